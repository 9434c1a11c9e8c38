package dev.qide.server.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.JoinedRequests;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.server.session.lsp.RpcWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which language servers a document of `/ws` has, and how their diagnostics become one set.
///
/// Each document has one server, its primary, which answers for it. Auxiliary servers (ESLint
/// beside TypeScript) hear of the document too: their diagnostics are shown together with the
/// primary's, and their code actions follow its own ([JoinedRequests]). Everything else is the
/// primary's alone. While an auxiliary server still owes an answer it is not asked for another one.
///
/// Thread-safe: the session's thread asks, the threads of the servers answer.
final class DocumentServers {
    private static final int OPEN_DOCUMENTS = 2_000;

    /// How many characters of diagnostics are kept, to be joined with later ones.
    private static final int KEPT_CHARACTERS = 16 << 20;

    private static final String CODE_ACTION = "textDocument/codeAction";
    private static final String PUBLISH = "textDocument/publishDiagnostics";

    /// What is the same however a server writes the slash.
    private static final String PUBLISH_NAME = "publishDiagnostics";

    private final SessionServices services;
    private final String workspace;
    private final JoinedRequests joined;
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
    private final Set<String> auxiliaries = new HashSet<>();
    private volatile ClientRoot root = ClientRoot.NONE;
    private boolean appliesEdits;
    private int keptCharacters;

    /// Whether any document ever had an auxiliary server; else messages go through unread.
    private volatile boolean isJoining;

    /// @param send to the editor; does not block
    DocumentServers(
            SessionServices services,
            String workspace,
            JoinedRequests joined,
            Consumer<String> send) {
        this.services = services;
        this.workspace = workspace;
        this.joined = joined;
        this.send = send;
    }

    /// An open document.
    ///
    /// @param uri as the client writes it
    /// @param languages whose servers it has, the primary first
    /// @param diagnostics the JSON text of the diagnostics that each server has found last
    private record Open(String uri, List<String> languages, Map<String, String> diagnostics) {
        boolean isJoined() {
            return languages.size() > 1;
        }

        int characters() {
            return diagnostics.values().stream().mapToInt(String::length).sum();
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

    /// A document is closed: the diagnostics of its auxiliary servers are withdrawn.
    synchronized void closed(String uri) {
        var open = documents.remove(key(uri));
        if (open == null) {
            return;
        }
        keptCharacters -= open.characters();
        if (open.isJoined()) {
            open.diagnostics().keySet().retainAll(open.languages().subList(0, 1));
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

    /// The auxiliary servers that a request about an open document goes to besides its primary.
    List<String> auxiliariesFor(RpcMessage.Request request, String uri) {
        if (!appliesEdits || !request.method().equals(CODE_ACTION)) {
            return List.of();
        }
        return of(uri).stream().skip(1).filter(language -> !joined.isOwedBy(language)).toList();
    }

    /// A message of a server. Called by any thread.
    void fromServer(String language, String message) {
        boolean isRead = (isJoining && message.contains(PUBLISH_NAME)) || joined.isOwedBy(language);
        if (isRead) {
            join(language, message, JoinedRequests.tree(message));
        } else {
            send.accept(message);
        }
    }

    private void join(String language, String message, JsonObject tree) {
        if (!tree.has("method")) {
            if (!joined.answered(language, tree)) {
                send.accept(message);
            }
        } else if (tree.get("method").getAsString().equals(PUBLISH)) {
            published(language, tree.get("params"), message);
        } else {
            send.accept(message);
        }
    }

    /// A message of another shape goes on to the editor as it is, unless an auxiliary server sent
    /// it.
    private synchronized void published(
            String language, @Nullable JsonElement params, String message) {
        var published = params instanceof JsonObject object ? object : new JsonObject();
        var open =
                published.get("uri") instanceof JsonPrimitive uri
                        ? documents.get(key(uri.getAsString()))
                        : null;
        if (open != null
                && open.isJoined()
                && open.languages().contains(language)
                && published.get("diagnostics") instanceof JsonArray diagnostics) {
            keep(language, open, diagnostics);
        } else if (!auxiliaries.contains(language)) {
            send.accept(message);
        }
    }

    private void keep(String language, Open open, JsonArray diagnostics) {
        keptCharacters -= open.characters();
        open.diagnostics().put(language, diagnostics.toString());
        publish(open);
        keptCharacters += open.characters();
        if (keptCharacters > KEPT_CHARACTERS) {
            // They are shown, but not again with the next ones of another server.
            keptCharacters -= open.characters();
            open.diagnostics().clear();
        }
    }

    /// Publishes the diagnostics of all servers under the client's own URI; without a version, as
    /// the servers need not have seen the same one.
    private void publish(Open open) {
        var all = new JsonArray();
        for (var language : open.languages()) {
            var diagnostics = open.diagnostics().get(language);
            if (diagnostics != null) {
                all.addAll(JsonParser.parseString(diagnostics).getAsJsonArray());
            }
        }
        var params = new JsonObject();
        params.addProperty("uri", open.uri());
        params.add("diagnostics", all);
        send.accept(RpcWriter.notification(PUBLISH, params.toString()));
    }

    /// Servers may write the same URI otherwise.
    private String key(String uri) {
        var path = root.pathOf(uri);
        return path == null ? uri : "/" + path;
    }
}
