package dev.qide.server.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.files.UnsyncedTexts;
import dev.qide.server.language.WindowMessage;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.MergedRequests;
import dev.qide.server.session.lsp.MovedRanges;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.lsp4j.MessageType;
import org.jspecify.annotations.Nullable;

/// The edits of language servers (LSP 3.18, "WorkspaceEdit") in files that the editor does not have
/// open, while others type in them.
///
/// A language server reads such a file from the disk, but the editor applies the edit to the shared
/// text, which may be newer. Therefore
///
/// - a rename waits until the files have what was typed before, for at most a second,
/// - the ranges of an edit move to where their characters are in the shared text,
/// - an edit is refused if its characters have changed, or its file was written during the request:
///   a request with `ContentModified`, `workspace/applyEdit` with `applied: false`. Editors show
///   neither, so a sentence tells the person. A code action is left out.
///
/// Messages keep their order: those that follow an edit wait until it is checked. Thread-safe: the
/// session's thread begins requests, the threads of the servers bring the edits.
final class WorkspaceEdits {
    private static final Duration SYNC_WAIT = Duration.ofSeconds(1);

    /// How long before `workspace/applyEdit` a server has read the files, if no command runs.
    private static final Duration UNASKED_READ = Duration.ofSeconds(2);

    private static final int REQUESTS = 256;

    /// A longer message without an edit is read only while a command runs: the request that it
    /// answers is forgotten later.
    private static final int ANSWER_CHARACTERS = 1 << 16;

    /// The end of the member of each edit: `changes` or `documentChanges`.
    private static final String MEMBER = "hanges\"";

    private static final String APPLY_EDIT = "workspace/applyEdit";

    /// The requests that edit files and await them. Each is a decision of a person.
    private static final Set<String> AWAITING_FILES =
            Set.of(
                    "textDocument/rename",
                    "workspace/willCreateFiles",
                    "workspace/willDeleteFiles",
                    "workspace/willRenameFiles");

    /// The other requests whose results may edit files.
    private static final Set<String> OTHERS =
            Set.of("textDocument/codeAction", "codeAction/resolve");

    private final Editor editor;
    private final UnsyncedTexts texts;
    private final Function<String, @Nullable Long> openedNanos;
    private final BooleanSupplier editsFiles;
    private final Recipients recipients;

    /// When each request was sent, by its id. Guarded by itself.
    private final Map<String, Sent> sent =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Sent> eldest) {
                    return size() > REQUESTS;
                }
            };

    private final MessageQueue queue;
    private volatile ClientRoot root = ClientRoot.NONE;

    /// The receivers of messages.
    ///
    /// @param editor does not block
    /// @param server receives the id of its request and the response
    record Recipients(Consumer<String> editor, BiConsumer<String, String> server) {}

    /// A message with an edit.
    ///
    /// @param isRequest whether the server requests it (`workspace/applyEdit`)
    /// @param since when the server may first have read the files, by `System.nanoTime`
    private record Message(String id, boolean isRequest, long since) {}

    /// A request that has no response yet.
    ///
    /// @param commanded the language whose server runs a command; null for another request
    private record Sent(long nanos, @Nullable String commanded) {}

    /// @param openedNanos when the editor opened the document with this URI, by `System.nanoTime`;
    ///   null when it is not open
    /// @param editsFiles whether the editor applies edits to files on disk
    WorkspaceEdits(
            Editor editor,
            UnsyncedTexts texts,
            Function<String, @Nullable Long> openedNanos,
            BooleanSupplier editsFiles,
            Recipients recipients) {
        this.editor = editor;
        this.texts = texts;
        this.openedNanos = openedNanos;
        this.editsFiles = editsFiles;
        this.recipients = recipients;
        this.queue = new MessageQueue(recipients.editor());
    }

    /// The client has initialized.
    void begin(ClientRoot clientRoot) {
        root = clientRoot;
    }

    /// Prepares any request but a command before it is sent to its servers; may wait for a second.
    void prepare(RpcMessage.Request request) {
        boolean awaitsFiles = AWAITING_FILES.contains(request.method());
        if (!awaitsFiles && !OTHERS.contains(request.method())) {
            return;
        }
        if (awaitsFiles) {
            try {
                texts.awaitSynced(editor.workspaceId(), SYNC_WAIT);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
        remember(request, null);
    }

    /// Prepares a command before it is sent to the server of its language.
    void prepareCommand(RpcMessage.Request request, String language) {
        remember(request, language);
    }

    private void remember(RpcMessage.Request request, @Nullable String commanded) {
        var now = new Sent(System.nanoTime(), commanded);
        synchronized (sent) {
            sent.put(request.id(), now);
        }
    }

    /// Passes a message of a server on to the editor, an edit once it fits the shared texts.
    void forward(String message) {
        var edit = read(message);
        if (edit == null) {
            queue.add(message);
        } else {
            queue.add(message, () -> check(edit, message), () -> refuse(edit, "A file"));
        }
    }

    private @Nullable Message read(String message) {
        boolean hasEdit = message.contains(MEMBER);
        if (!hasEdit && !mayEndRequest(message)) {
            return null;
        }
        try {
            return switch (RpcMessage.read(message)) {
                case RpcMessage.Response(var id) -> {
                    var request = taken(id);
                    yield request == null || !hasEdit
                            ? null
                            : new Message(id, false, request.nanos());
                }
                case RpcMessage.Request(var id, var method, _) ->
                        hasEdit && method.equals(APPLY_EDIT)
                                ? new Message(
                                        id, true, commandSent(LanguageDispatcher.serverOf(id)))
                                : null;
                case RpcMessage.Notification _, RpcMessage.TooLong _ -> null;
            };
        } catch (FailureException _) {
            return null;
        }
    }

    private boolean mayEndRequest(String message) {
        synchronized (sent) {
            return message.length() <= ANSWER_CHARACTERS
                    ? !sent.isEmpty()
                    : sent.values().stream().anyMatch(one -> one.commanded() != null);
        }
    }

    private @Nullable Sent taken(String id) {
        synchronized (sent) {
            return sent.remove(id);
        }
    }

    /// When the oldest command was sent that a server still runs: `workspace/applyEdit` does not
    /// say to which one it belongs.
    private long commandSent(@Nullable String language) {
        synchronized (sent) {
            return sent.values().stream()
                    .filter(one -> one.commanded() != null && one.commanded().equals(language))
                    .mapToLong(Sent::nanos)
                    .findFirst()
                    .orElseGet(() -> System.nanoTime() - UNASKED_READ.toNanos());
        }
    }

    private void check(Message message, String json) throws InterruptedException {
        var tree = MergedRequests.tree(json);
        var content = tree.get(message.isRequest() ? "params" : "result");
        var files = new EditedFiles(message.since());
        if (content instanceof JsonArray actions) {
            for (var each = actions.iterator(); each.hasNext(); ) {
                if (files.conflict(each.next()) != null) {
                    each.remove();
                }
            }
        } else {
            var changed = files.conflict(content);
            if (changed != null) {
                refuse(message, changed);
                return;
            }
        }
        recipients.editor().accept(tree.toString());
    }

    /// @param file the one that has changed
    private void refuse(Message message, String file) {
        var sentence =
                "%s changed, or could not be read, while the language server computed its edits. They were not applied; try again."
                        .formatted(file);
        recipients.editor().accept(WindowMessage.shown(MessageType.Warning, sentence));
        if (message.isRequest()) {
            var result = new JsonObject();
            result.addProperty("applied", false);
            result.addProperty("failureReason", sentence);
            recipients.server().accept(message.id(), JsonRpcWriter.result(message.id(), result));
        } else {
            var failure = new FailureException(Failure.CONTENT_MODIFIED, Map.of("path", file));
            recipients.editor().accept(JsonRpcWriter.error(message.id(), failure));
        }
    }

    /// A file that a server has read, compared with its shared text.
    ///
    /// @param ranges moves those of its edits; null for none to move
    private record Comparison(boolean applies, @Nullable MovedRanges ranges) {
        private static final Comparison SYNCED = new Comparison(true, null);
        private static final Comparison REFUSED = new Comparison(false, null);
    }

    /// The files of one message, each compared once. Owned by one thread.
    private final class EditedFiles {
        private final long since;
        private final Map<String, Comparison> compared = new LinkedHashMap<>();

        private EditedFiles(long since) {
            this.since = since;
        }

        /// Moves the ranges of an edit, or of the edit of a code action.
        ///
        /// @return the path of a file to which the edit does not apply; null when it applies
        @Nullable String conflict(@Nullable JsonElement content) throws InterruptedException {
            if (!(content instanceof JsonObject object)) {
                return null;
            }
            var edit = object.get("edit") instanceof JsonObject own ? own : object;
            if (edit.get("documentChanges") instanceof JsonArray changes) {
                for (var change : changes) {
                    var path =
                            change instanceof JsonObject it
                                            && it.get("textDocument") instanceof JsonObject document
                                            && document.get("uri") instanceof JsonPrimitive uri
                                    ? conflict(
                                            uri.getAsString(),
                                            document.get("version"),
                                            it.get("edits"))
                                    : null;
                    if (path != null) {
                        return path;
                    }
                }
            } else if (edit.get("changes") instanceof JsonObject changes) {
                for (var change : changes.entrySet()) {
                    var path = conflict(change.getKey(), null, change.getValue());
                    if (path != null) {
                        return path;
                    }
                }
            }
            return null;
        }

        /// @param version with a number, the edits are of the text that the editor has open, and it
        ///   compares the version itself
        private @Nullable String conflict(
                String uri, @Nullable JsonElement version, @Nullable JsonElement edits)
                throws InterruptedException {
            var opened = openedNanos.apply(uri);
            boolean wasOpen =
                    opened != null && (version instanceof JsonPrimitive || opened - since < 0);
            var path = wasOpen ? null : root.pathOf(uri);
            return path == null
                            || !(edits instanceof JsonArray all)
                            || fits(path, all, opened != null)
                    ? null
                    : path;
        }

        /// @param isOpenNow whether the editor opened the file after the server began to compute,
        ///   so that it may have read the file or the open text
        private boolean fits(String path, JsonArray edits, boolean isOpenNow)
                throws InterruptedException {
            var comparison = compared.get(path);
            if (comparison == null) {
                comparison = compare(path);
                compared.put(path, comparison);
            }
            var ranges = comparison.ranges();
            if (ranges == null) {
                return comparison.applies();
            }
            return !isOpenNow && edits.asList().stream().allMatch(each -> move(ranges, each));
        }

        private Comparison compare(String path) throws InterruptedException {
            try {
                return switch (texts.compare(editor.workspaceId(), path, since)) {
                    case UnsyncedTexts.State.ChangedSince _ -> Comparison.REFUSED;
                    case UnsyncedTexts.State.Synced _ -> Comparison.SYNCED;
                    case UnsyncedTexts.State.Unsynced both ->
                            editsFiles.getAsBoolean() ? Comparison.SYNCED : moving(both);
                };
            } catch (FailureException unreadable) {
                boolean isOutside = unreadable.failure() == Failure.PATH_ILLEGAL;
                return isOutside ? Comparison.SYNCED : Comparison.REFUSED;
            }
        }

        private Comparison moving(UnsyncedTexts.State.Unsynced both) {
            return new Comparison(
                    true,
                    texts.compute(both, () -> new MovedRanges(both.onDisk(), both.committed())));
        }

        private static boolean move(MovedRanges text, JsonElement edit) {
            return edit instanceof JsonObject it
                    && it.get("range") instanceof JsonObject range
                    && text.move(range);
        }
    }
}
