package dev.qide.server.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.concurrent.BackgroundTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which language servers a document of `/ws` has, and how their answers become one.
///
/// Each document has one server, its primary, which answers for it. Auxiliary servers (ESLint
/// beside TypeScript) are told of the document too; what they mark is shown together with what the
/// primary marks, and their code actions stand behind its own. Everything else is the primary's
/// alone.
///
/// The same request, with the same id, goes to the primary and its auxiliary servers; each link
/// answers it once, also when its server ends, and what is said here makes one answer of them. The
/// primary's error is the answer; an auxiliary server's error counts as no action. Invariant: an
/// auxiliary server costs the primary's answer at most [#AUXILIARY_WAIT], and while it still owes
/// an answer it is not asked for another one.
///
/// Thread-safe: the session's thread asks, the threads of the servers answer.
final class DocumentServers {
    private static final int OPEN_DOCUMENTS = 2_000;

    /// How long the answer of a primary waits for those of auxiliary servers.
    private static final Duration AUXILIARY_WAIT = Duration.ofMillis(500);

    /// How much of marks is kept, to be joined with later ones.
    private static final int KEPT_CHARACTERS = 16 << 20;

    private static final String CODE_ACTION = "textDocument/codeAction";
    private static final String PUBLISH = "textDocument/publishDiagnostics";

    /// What is the same however a server writes the slash.
    private static final String PUBLISH_NAME = "publishDiagnostics";

    /// Says of a code action, in its `data`, that it is an auxiliary server's.
    private static final String AUXILIARY = "qide.companion";

    private final SessionServices services;
    private final String workspace;
    private final Consumer<String> send;
    private final Map<String, Open> documents =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Open> eldest) {
                    boolean isTooMany = size() > OPEN_DOCUMENTS;
                    if (isTooMany) {
                        keptCharacters -= eldest.getValue().characters();
                    }
                    return isTooMany;
                }
            };
    private final Map<String, PendingAnswer> asked = new LinkedHashMap<>();
    private final Set<String> auxiliaries = new HashSet<>();
    private volatile ClientRoot root = ClientRoot.NONE;
    private boolean appliesEdits;
    private int keptCharacters;

    /// Whether any document ever had an auxiliary server; else messages go through unread.
    private volatile boolean isJoining;

    /// @param send to the editor; does not block
    DocumentServers(SessionServices services, String workspace, Consumer<String> send) {
        this.services = services;
        this.workspace = workspace;
        this.send = send;
    }

    /// An open document.
    ///
    /// @param uri as the client writes it
    /// @param languages whose servers it has, the primary first
    /// @param marks the JSON text of the diagnostics that each server has found last
    private record Open(String uri, List<String> languages, Map<String, String> marks) {
        boolean isJoined() {
            return languages.size() > 1;
        }

        int characters() {
            return marks.values().stream().mapToInt(String::length).sum();
        }
    }

    /// A request that was given to several servers. Stays until all have answered.
    private static final class PendingAnswer {
        private final String primary;
        private final Set<String> owing;
        private final Map<String, JsonObject> answers = new LinkedHashMap<>();
        private boolean isAnswered;

        private PendingAnswer(String primary, List<String> besides) {
            this.primary = primary;
            this.owing = new HashSet<>(besides);
            owing.add(primary);
        }
    }

    /// The client has initialized.
    ///
    /// @param isApplying whether it applies edits that a server asks for (`workspace/applyEdit`):
    ///   code actions of auxiliary servers are commands, which are of no use without
    synchronized void begin(ClientRoot clientRoot, boolean isApplying) {
        root = clientRoot;
        appliesEdits = isApplying;
    }

    /// A document is opened. Looks into the workspace for the auxiliary servers that it has.
    ///
    /// @param languageId its LSP language id, if the client says it
    void opened(String uri, @Nullable String languageId) {
        closed(uri);
        var primary = primaryOf(uri, languageId);
        if (primary == null) {
            return;
        }
        var languages = new ArrayList<>(List.of(primary));
        var path = root.pathOf(uri);
        if (path != null) {
            languages.addAll(
                    services.languages().auxiliaries(workspace, primary, languageId, path));
        }
        var open = new Open(uri, List.copyOf(languages), new LinkedHashMap<>());
        synchronized (this) {
            auxiliaries.addAll(languages.subList(1, languages.size()));
            isJoining |= open.isJoined();
            documents.put(key(uri), open);
        }
    }

    /// A document is closed: what auxiliary servers marked in it is taken back.
    synchronized void closed(String uri) {
        var open = documents.remove(key(uri));
        if (open == null) {
            return;
        }
        keptCharacters -= open.characters();
        if (open.isJoined()) {
            open.marks().keySet().retainAll(open.languages().subList(0, 1));
            publish(open);
        }
    }

    /// The languages whose servers an open document has, the primary first; none when it is not
    /// open, or nobody serves it.
    private synchronized List<String> of(String uri) {
        var open = documents.get(key(uri));
        return open == null ? List.of() : open.languages();
    }

    /// The language whose server answers for a document, open or not; null for none.
    @Nullable String primaryOf(String uri, @Nullable String languageId) {
        var known = of(uri);
        if (!known.isEmpty()) {
            return known.getFirst();
        }
        var path = ExternalText.isExternal(uri) ? uri : root.pathOf(uri);
        return path == null && languageId == null
                ? null
                : services.capabilities().languageOf(languageId, path);
    }

    /// The languages whose servers hear of what happens to a document, the primary first.
    List<String> hearing(RpcMessage.Notification notification, String uri) {
        var all =
                notification.method().startsWith("textDocument/did") ? of(uri) : List.<String>of();
        var primary = primaryOf(uri, notification.target().languageId());
        return all.isEmpty() && primary != null ? List.of(primary) : all;
    }

    /// The auxiliary servers that are asked too, when the primary of an open document is; their
    /// answers are waited for then.
    synchronized List<String> besides(RpcMessage.Request request, String uri) {
        var languages = of(uri);
        if (languages.size() < 2 || !appliesEdits || !request.method().equals(CODE_ACTION)) {
            return List.of();
        }
        var free = languages.stream().skip(1).filter(language -> !owes(language)).toList();
        if (free.isEmpty() || asked.containsKey(request.id())) {
            return List.of();
        }
        asked.put(request.id(), new PendingAnswer(languages.getFirst(), free));
        return free;
    }

    /// Whether a code action, which a client wants completed, is an auxiliary server's: those come
    /// whole.
    static boolean isWhole(@Nullable JsonObject action) {
        return action != null
                && action.get("data") instanceof JsonObject data
                && data.has(AUXILIARY);
    }

    synchronized boolean isAuxiliary(String language) {
        return auxiliaries.contains(language);
    }

    /// A message of a server. Called by any thread.
    void fromServer(String language, String message) {
        if (isJoining && (message.contains(PUBLISH_NAME) || owes(language))) {
            join(language, message, JsonParser.parseString(message).getAsJsonObject());
        } else {
            send.accept(message);
        }
    }

    private synchronized void join(String language, String message, JsonObject tree) {
        if (!tree.has("method")) {
            answered(language, tree, message);
        } else if (tree.get("method").getAsString().equals(PUBLISH)) {
            marked(language, tree.get("params"), message);
        } else {
            send.accept(message);
        }
    }

    /// What has not the shape of LSP goes on to the editor as it is, but for an auxiliary server's.
    private void marked(String language, @Nullable JsonElement params, String message) {
        var said = params instanceof JsonObject object ? object : new JsonObject();
        var open =
                said.get("uri") instanceof JsonPrimitive uri
                        ? documents.get(key(uri.getAsString()))
                        : null;
        if (open != null
                && open.isJoined()
                && open.languages().contains(language)
                && said.get("diagnostics") instanceof JsonArray marks) {
            marked(language, open, marks);
        } else if (!auxiliaries.contains(language)) {
            send.accept(message);
        }
    }

    private void marked(String language, Open open, JsonArray marks) {
        keptCharacters -= open.characters();
        open.marks().put(language, marks.toString());
        publish(open);
        keptCharacters += open.characters();
        if (keptCharacters > KEPT_CHARACTERS) {
            // They are shown, but not again with the next ones of another server.
            keptCharacters -= open.characters();
            open.marks().clear();
        }
    }

    /// Says under the client's own URI what all servers have marked. It has no version, as they
    /// need not speak of the same one.
    private void publish(Open open) {
        var all = new JsonArray();
        for (var language : open.languages()) {
            var marks = open.marks().get(language);
            if (marks != null) {
                all.addAll(JsonParser.parseString(marks).getAsJsonArray());
            }
        }
        var params = new JsonObject();
        params.addProperty("uri", open.uri());
        params.add("diagnostics", all);
        send.accept(RpcWriter.notification(PUBLISH, params.toString()));
    }

    private void answered(String language, JsonObject tree, String message) {
        var id = String.valueOf(tree.get("id"));
        var request = asked.get(id);
        if (request == null || !request.owing.remove(language)) {
            send.accept(message);
            return;
        }
        request.answers.put(language, tree);
        if (request.owing.isEmpty()) {
            asked.remove(id);
        }
        var primary = request.answers.get(request.primary);
        if (primary == null || request.isAnswered) {
            return;
        }
        if (request.owing.isEmpty() || primary.has("error")) {
            answer(id, request, primary);
        } else {
            BackgroundTask.start(
                    Thread.ofVirtual().name("auxiliary-wait"), () -> waited(id, request, primary));
        }
    }

    private void waited(String id, PendingAnswer request, JsonObject primary) {
        try {
            Thread.sleep(AUXILIARY_WAIT);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            if (!request.isAnswered) {
                answer(id, request, primary);
            }
        }
    }

    private void answer(String id, PendingAnswer request, JsonObject primary) {
        request.isAnswered = true;
        if (primary.has("error")) {
            send.accept(primary.toString());
            return;
        }
        var actions = new JsonArray();
        if (primary.get("result") instanceof JsonArray own) {
            actions.addAll(own);
        }
        request.answers.forEach((language, answer) -> {
            if (!language.equals(request.primary)
                    && answer.get("result") instanceof JsonArray more) {
                more.forEach(action -> actions.add(whole(language, action)));
            }
        });
        send.accept(RpcWriter.result(id, actions.toString()));
    }

    /// A `CodeAction` that says whose it is; a `Command`, whose `command` is a name, cannot.
    private static JsonElement whole(String language, JsonElement action) {
        if (action instanceof JsonObject object
                && !(object.get("command") instanceof JsonPrimitive)) {
            var data = new JsonObject();
            data.addProperty(AUXILIARY, language);
            object.add("data", data);
        }
        return action;
    }

    private synchronized boolean owes(String language) {
        return asked.values().stream().anyMatch(request -> request.owing.contains(language));
    }

    /// Servers may write the same URI otherwise.
    private String key(String uri) {
        var path = root.pathOf(uri);
        return path == null ? uri : "/" + path;
    }
}
