package dev.qide.server.session;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import dev.qide.server.ai.Caller;
import dev.qide.server.ai.CompletionRequest;
import dev.qide.server.ai.Completions;
import dev.qide.server.ai.Suggestion;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.eclipse.lsp4j.DidChangeTextDocumentParams;
import org.eclipse.lsp4j.DidCloseTextDocumentParams;
import org.eclipse.lsp4j.DidOpenTextDocumentParams;
import org.eclipse.lsp4j.InlineCompletionItem;
import org.eclipse.lsp4j.InlineCompletionList;
import org.eclipse.lsp4j.InlineCompletionParams;
import org.eclipse.lsp4j.Range;
import org.eclipse.lsp4j.jsonrpc.json.MessageJsonHandler;
import org.eclipse.lsp4j.jsonrpc.messages.Either;
import org.jspecify.annotations.Nullable;

/// `textDocument/inlineCompletion` of one editor. At most one request is pending; a newer one
/// cancels the older one.
///
/// The text is the editor's own, from its `didOpen` and `didChange`, so that positions mean what
/// the editor shows. A change of the text makes a pending suggestion useless: it ends the request
/// with `ContentModified` and cancels the model call. Owned by the session's thread.
final class InlineCompletions {
    private static final int DOCUMENTS = 500;

    /// The names at the end of a path outside the workspace: the file, its folder, and one above.
    private static final int OUTSIDE_NAMES = 3;

    private static final long ALL_TEXTS_CHARS = 16L << 20;
    private static final Gson GSON = new MessageJsonHandler(Map.of()).getGson();

    private final Completions completions;
    private final Caller caller;
    private final ShownCompletions shown;
    private final Consumer<String> send;
    private final Actor actor;
    private final Map<String, TrackedText> texts = new HashMap<>();
    private @Nullable PendingCompletion pendingCompletion;

    /// @param caller the person who requests completions
    InlineCompletions(Completions completions, Caller caller, Consumer<String> send, Actor actor) {
        this.completions = completions;
        this.caller = caller;
        this.shown = new ShownCompletions(completions, caller);
        this.send = send;
        this.actor = actor;
    }

    void opened(@Nullable JsonObject params) {
        if (!completions.isConfigured()) {
            return;
        }
        var document = read(params, DidOpenTextDocumentParams.class).getTextDocument();
        if (document == null || document.getUri() == null) {
            throw new FailureException(Failure.INVALID_PARAMS);
        }
        outdated(document.getUri());
        if (document.getText() != null) {
            var languageId = String.valueOf(document.getLanguageId());
            track(document.getUri(), new TrackedText(languageId, document.getText()));
        }
    }

    void changed(@Nullable JsonObject params) {
        if (!completions.isConfigured()) {
            return;
        }
        var change = read(params, DidChangeTextDocumentParams.class);
        if (change.getTextDocument() == null || change.getContentChanges() == null) {
            throw new FailureException(Failure.INVALID_PARAMS);
        }
        var uri = change.getTextDocument().getUri();
        outdated(uri);
        var text = texts.get(uri);
        if (text == null) {
            return;
        }
        try {
            track(uri, text.changed(change.getContentChanges()));
        } catch (FailureException outOfStep) {
            // An uncertain text must not be completed.
            texts.remove(uri);
            throw outOfStep;
        }
    }

    void closed(@Nullable JsonObject params) {
        if (!completions.isConfigured()) {
            return;
        }
        var document = read(params, DidCloseTextDocumentParams.class).getTextDocument();
        if (document != null) {
            outdated(document.getUri());
            texts.remove(document.getUri());
        }
    }

    void request(RpcMessage.Request request, String json, ClientRoot root) {
        var params = read(RpcMessage.params(json), InlineCompletionParams.class);
        if (params.getTextDocument() == null || params.getPosition() == null) {
            throw new FailureException(Failure.INVALID_PARAMS);
        }
        if (!completions.isConfigured()) {
            throw new FailureException(Failure.MODEL_NOT_CONFIGURED);
        }
        var uri = params.getTextDocument().getUri();
        var text = texts.get(uri);
        if (text == null) {
            throw new FailureException(
                    Failure.INVALID_PARAMS, Map.of("reason", "document-not-open"));
        }
        var path = root.pathOf(uri);
        var prompt =
                CompletionRequest.at(
                        path == null ? outsidePath(uri) : path,
                        text.languageId(),
                        text.rope(),
                        text.offset(params.getPosition()));
        supersede();
        var next =
                new PendingCompletion(
                        request.id(), uri, new Range(params.getPosition(), params.getPosition()));
        pendingCompletion = next;
        try {
            next.running = completions.start(caller, prompt, next);
        } catch (FailureException failure) {
            pendingCompletion = null;
            throw failure;
        }
    }

    /// Handles a command: answers the one by which an editor reports an accepted completion.
    ///
    /// @param others executes any other command
    void handle(
            RpcMessage.Request request,
            String json,
            BiConsumer<RpcMessage.Request, String> others) {
        if (!ShownCompletions.isAcceptance(request)) {
            others.accept(request, json);
            return;
        }
        shown.accepted(RpcMessage.params(json));
        send.accept(JsonRpcWriter.result(request.id(), "null"));
    }

    /// The end of a path outside the workspace: its names decide whether the text is private.
    private static String outsidePath(String uri) {
        var decoded = decoded(uri);
        var names =
                Arrays.stream(decoded.split("[/\\\\:]", -1))
                        .filter(name -> !name.isEmpty() && !name.startsWith(".."))
                        .toList();
        var end = names.subList(Math.max(0, names.size() - OUTSIDE_NAMES), names.size());
        return end.isEmpty() ? "untitled" : String.join("/", end);
    }

    private static String decoded(String uri) {
        try {
            return URLDecoder.decode(uri.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return uri;
        }
    }

    /// Cancels the request of this id.
    ///
    /// @return false when no such request is pending here
    boolean cancel(String id) {
        var current = pendingCompletion;
        if (current == null || !current.id.equals(id)) {
            return false;
        }
        current.end(Failure.REQUEST_CANCELLED);
        return true;
    }

    /// Cancels the pending request; called when the editor disconnects.
    void end() {
        var current = pendingCompletion;
        if (current != null && current.running != null) {
            current.running.cancel();
        }
    }

    /// Refuses and cancels the pending request: the permission was withdrawn.
    void forbid() {
        if (pendingCompletion != null) {
            pendingCompletion.end(Failure.FORBIDDEN);
        }
    }

    private void supersede() {
        if (pendingCompletion != null) {
            pendingCompletion.end(Failure.SERVER_CANCELLED);
        }
    }

    private void outdated(@Nullable String uri) {
        if (pendingCompletion != null && pendingCompletion.uri.equals(uri)) {
            pendingCompletion.end(Failure.CONTENT_MODIFIED);
        }
    }

    /// Keeps a text unless that would exceed the bound; without it the text gets no completions.
    private void track(String uri, TrackedText text) {
        texts.remove(uri);
        long characters =
                texts.values().stream().mapToLong(known -> known.rope().length()).sum()
                        + text.rope().length();
        if (texts.size() < DOCUMENTS && characters <= ALL_TEXTS_CHARS) {
            texts.put(uri, text);
        }
    }

    private static <T> T read(@Nullable JsonObject params, Class<T> type) {
        try {
            var value = params == null ? null : GSON.fromJson(params, type);
            if (value == null) {
                throw new FailureException(Failure.INVALID_PARAMS);
            }
            return value;
        } catch (JsonParseException | IllegalStateException malformed) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of(), malformed);
        }
    }

    /// The pending request. The session's thread owns its fields; the model's response returns as a
    /// task on that thread.
    private final class PendingCompletion implements Completions.Listener {
        private final String id;
        private final String uri;
        private final Range range;
        private Completions.@Nullable Running running;

        PendingCompletion(String id, String uri, Range range) {
            this.id = id;
            this.uri = uri;
            this.range = range;
        }

        /// Answers with a failure and cancels the upstream call.
        void end(Failure why) {
            if (pendingCompletion != this) {
                return;
            }
            pendingCompletion = null;
            if (running != null) {
                running.cancel();
            }
            send.accept(JsonRpcWriter.error(id, new FailureException(why)));
        }

        @Override
        public void completed(Suggestion suggestion) {
            later(() -> answer(suggestion));
        }

        @Override
        public void cancelled() {
            later(() -> end(Failure.REQUEST_CANCELLED));
        }

        @Override
        public void failed(FailureException failure) {
            later(() -> {
                if (pendingCompletion == this) {
                    pendingCompletion = null;
                    send.accept(JsonRpcWriter.error(id, failure));
                }
            });
        }

        private void answer(Suggestion suggestion) {
            if (pendingCompletion != this) {
                return;
            }
            pendingCompletion = null;
            var list = new InlineCompletionList();
            list.setItems(suggestion.text().isEmpty() ? List.of() : List.of(item(suggestion)));
            send.accept(JsonRpcWriter.result(id, GSON.toJson(list)));
        }

        private InlineCompletionItem item(Suggestion suggestion) {
            var item = new InlineCompletionItem();
            item.setInsertText(Either.forLeft(suggestion.text()));
            item.setRange(range);
            item.setCommand(shown.command(suggestion));
            return item;
        }

        private void later(Runnable task) {
            // Only one request is pending at a time, so this signal carries at most one task.
            actor.signal(task).raise();
        }
    }
}
