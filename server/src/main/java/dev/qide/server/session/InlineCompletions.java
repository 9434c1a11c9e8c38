package dev.qide.server.session;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import dev.qide.server.ai.CompletionRequest;
import dev.qide.server.ai.Completions;
import dev.qide.server.owner.Owner;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/// `textDocument/inlineCompletion` of one editor: at most one is under way; a newer one ends the
/// older one.
///
/// The text is the editor's own (what its `didOpen` and `didChange` say), so that the position
/// means what the editor shows. LSP gives this request no document version: the one at receipt is
/// remembered, and an answer that comes after a change is `ContentModified`. Owned by the session's
/// thread.
final class InlineCompletions {
    private static final int DOCUMENTS = 500;
    private static final int TEXT_CHARS = 8 << 20;
    private static final Gson GSON = new MessageJsonHandler(Map.of()).getGson();

    private final Completions completions;
    private final Consumer<String> send;
    private final Owner owner;
    private final Map<String, ShadowText> texts = new HashMap<>();
    private @Nullable Asked asked;

    InlineCompletions(Completions completions, Consumer<String> send, Owner owner) {
        this.completions = completions;
        this.send = send;
        this.owner = owner;
    }

    void opened(@Nullable JsonObject params) {
        if (!completions.isConfigured()) {
            return;
        }
        var document = read(params, DidOpenTextDocumentParams.class).getTextDocument();
        if (document == null
                || document.getText() == null
                || document.getText().length() > TEXT_CHARS) {
            return;
        }
        if (texts.size() < DOCUMENTS || texts.containsKey(document.getUri())) {
            texts.put(
                    document.getUri(),
                    new ShadowText(
                            String.valueOf(document.getLanguageId()),
                            document.getVersion(),
                            document.getText()));
        }
    }

    void changed(@Nullable JsonObject params) {
        if (!completions.isConfigured()) {
            return;
        }
        var change = read(params, DidChangeTextDocumentParams.class);
        var uri = change.getTextDocument().getUri();
        var text = texts.get(uri);
        if (text == null) {
            return;
        }
        try {
            texts.put(
                    uri,
                    text.changed(
                            change.getTextDocument().getVersion(), change.getContentChanges()));
        } catch (FailureException outOfStep) {
            // A text that is not known for certain must not be completed.
            texts.remove(uri);
            throw outOfStep;
        }
    }

    void closed(@Nullable JsonObject params) {
        if (completions.isConfigured()) {
            texts.remove(read(params, DidCloseTextDocumentParams.class).getTextDocument().getUri());
        }
    }

    void answer(RpcMessage.Request request, String json, ClientRoot root) {
        var params =
                read(
                        com.google.gson.JsonParser.parseString(json).getAsJsonObject().get("params")
                                        instanceof JsonObject object
                                ? object
                                : null,
                        InlineCompletionParams.class);
        if (params.getTextDocument() == null || params.getPosition() == null) {
            throw new FailureException(Failure.INVALID_PARAMS);
        }
        var uri = params.getTextDocument().getUri();
        var text = texts.get(uri);
        if (text == null) {
            throw new FailureException(
                    completions.isConfigured()
                            ? Failure.INVALID_PARAMS
                            : Failure.MODEL_NOT_CONFIGURED,
                    Map.of("reason", "document-not-open"));
        }
        var path = root.pathOf(uri);
        var prompt =
                CompletionRequest.at(
                        path == null ? "untitled" : path,
                        text.languageId(),
                        text.text(),
                        text.offset(params.getPosition()));
        supersede();
        var next =
                new Asked(
                        request.id(),
                        uri,
                        text.version(),
                        new Range(params.getPosition(), params.getPosition()));
        asked = next;
        try {
            next.running = completions.start(prompt, next);
        } catch (FailureException failure) {
            asked = null;
            throw failure;
        }
    }

    /// Cancels the request of this id.
    ///
    /// @return false when it is not (or no longer) under way here
    boolean cancel(String id) {
        var current = asked;
        if (current == null || !current.id.equals(id)) {
            return false;
        }
        current.end(Failure.REQUEST_CANCELLED);
        return true;
    }

    /// The editor has gone.
    void end() {
        var current = asked;
        if (current != null && current.running != null) {
            current.running.cancel();
        }
    }

    private void supersede() {
        if (asked != null) {
            asked.end(Failure.SERVER_CANCELLED);
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

    /// The one request under way. Its fields belong to the session's thread; the model's answer
    /// comes back as a task.
    private final class Asked implements Completions.Listener {
        private final String id;
        private final String uri;
        private final int version;
        private final Range range;
        private Completions.@Nullable Running running;

        Asked(String id, String uri, int version, Range range) {
            this.id = id;
            this.uri = uri;
            this.version = version;
            this.range = range;
        }

        /// Answers now with a failure and closes the upstream call.
        void end(Failure why) {
            if (asked != this) {
                return;
            }
            asked = null;
            if (running != null) {
                running.cancel();
            }
            send.accept(RpcWriter.error(id, new FailureException(why)));
        }

        @Override
        public void completed(String text) {
            later(() -> answer(text));
        }

        @Override
        public void cancelled() {
            later(() -> end(Failure.REQUEST_CANCELLED));
        }

        @Override
        public void failed(FailureException failure) {
            later(() -> {
                if (asked == this) {
                    asked = null;
                    send.accept(RpcWriter.error(id, failure));
                }
            });
        }

        private void answer(String text) {
            if (asked != this) {
                return;
            }
            var now = texts.get(uri);
            if (now == null || now.version() != version) {
                end(Failure.CONTENT_MODIFIED);
                return;
            }
            asked = null;
            var item = new InlineCompletionItem();
            item.setInsertText(Either.forLeft(text));
            item.setRange(range);
            var list = new InlineCompletionList();
            list.setItems(text.isEmpty() ? List.of() : List.of(item));
            send.accept(RpcWriter.result(id, GSON.toJson(list)));
        }

        private void later(Runnable task) {
            // One request is under way at a time, so this signal has at most one task to carry.
            owner.signal(task).raise();
        }
    }
}
