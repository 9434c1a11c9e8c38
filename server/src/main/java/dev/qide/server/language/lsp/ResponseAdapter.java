package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.qide.server.language.JsonPath;
import dev.qide.server.language.LspMethod;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;

/// Adapts a server's responses for the editor. On `/lsp` only ids and roots change; on `/ws`
///
/// - a refused request for diagnostics becomes an empty result: the server announces pulls but
///   pushes its diagnostics,
/// - an internal error of a request that only reads becomes `ContentModified` after a document was
///   changed or closed: editors do not show it, and servers fail on a document that has gone,
/// - snippets become plain text for an editor that takes none,
/// - items name the server that resolves them ([dev.qide.server.language.ItemOrigin]),
/// - an empty completion while the server is still reading the project is marked incomplete, so
///   that the editor requests it again with the next key.
///
/// Owned by the link's thread.
final class ResponseAdapter {
    /// How long after its start a server may still be reading the project.
    private static final Duration LOADING = Duration.ofSeconds(30);

    /// The maximum length of a response that can be an empty completion, in characters.
    private static final int EMPTY_CHARACTERS = 256;

    private static final LspMethod TYPES = LspMethod.named("textDocument/typeDefinition");
    private static final String COMPLETION = "textDocument/completion";
    private static final String DIAGNOSTIC = "textDocument/diagnostic";
    private static final String METHOD_NOT_FOUND = "-32601";
    private static final String INTERNAL_ERROR = "-32603";

    /// The maximum length of an error that is read, in characters.
    private static final int ERROR_CHARACTERS = 4_096;

    private final ClientNotifier notifier;
    private final MessageTexts texts;
    private final boolean takesSnippets;

    ResponseAdapter(ClientNotifier notifier, MessageTexts texts) {
        this.notifier = notifier;
        this.texts = texts;
        this.takesSnippets =
                notifier.context().isPassThrough()
                        || JsonPath.isTrue(
                                RoutedCapabilities.read(notifier.context().client().capabilities()),
                                "textDocument.completion.completionItem.snippetSupport");
    }

    /// @param isOutdated whether a document was opened, changed or closed during the request
    /// @param message the server's answer, as it wrote it
    /// @throws FailureException `PARSE_ERROR`, `INVALID_REQUEST` when it is malformed; the editor
    ///   has got an answer then
    void forward(
            RunningServer running,
            OutstandingRequests.Request request,
            boolean isOutdated,
            String message) {
        var context = notifier.context();
        var method = request.method();
        var answer = message;
        if (!takesSnippets) {
            try {
                answer = texts.plain(answer);
            } catch (FailureException malformed) {
                notifier.failUnreadable(request.clientId(), malformed);
                return;
            }
        }
        if (isRefusedPull(request, answer)) {
            running.setPushesDiagnostics();
            notifier.capabilities(running);
            notifier.send(JsonRpcWriter.result(request.clientId(), method.emptyResult(null)));
            return;
        }
        if (isOutdated
                && !context.isPassThrough()
                && method.isRepeatable()
                && !method.isEdit()
                && hasError(answer, INTERNAL_ERROR)) {
            notifier.fail(request.clientId(), Failure.CONTENT_MODIFIED);
            return;
        }
        String origin = null;
        if (!context.isPassThrough()) {
            answer = isLoading(running, method) ? incompleteIfEmpty(answer) : answer;
            origin =
                    method.hasItemsResolvedBy(running.capabilities())
                            ? context.server().language()
                            : null;
        }
        notifier.forwardResponse(running, request.clientId(), origin, texts, answer);
    }

    /// Whether a server that announced `textDocument/diagnostic` answers that it does not know it.
    private boolean isRefusedPull(OutstandingRequests.Request request, String answer) {
        return !notifier.context().isPassThrough()
                && request.method().name().equals(DIAGNOSTIC)
                && hasError(answer, METHOD_NOT_FOUND);
    }

    /// Whether an answer is an error with this code.
    private static boolean hasError(String answer, String code) {
        if (answer.length() > ERROR_CHARACTERS || !answer.contains(code)) {
            return false;
        }
        try {
            return JsonParser.parseString(answer) instanceof JsonObject tree
                    && tree.get("error") instanceof JsonObject error
                    && code.equals(String.valueOf(error.get("code")));
        } catch (JsonParseException _) {
            return false; // A result that is nested too deeply.
        }
    }

    /// A server that knows the types of other files reads the project first.
    private static boolean isLoading(RunningServer running, LspMethod method) {
        return method.name().equals(COMPLETION)
                && running.ranNanos() < LOADING.toNanos()
                && TYPES.isAnsweredBy(running.capabilities());
    }

    private static String incompleteIfEmpty(String answer) {
        if (answer.length() > EMPTY_CHARACTERS) {
            return answer;
        }
        var tree = JsonParser.parseString(answer).getAsJsonObject();
        boolean isEmpty =
                switch (tree.get("result")) {
                    case JsonNull _ -> true;
                    case JsonArray items -> items.isEmpty();
                    case JsonObject list ->
                            list.get("items") instanceof JsonArray items && items.isEmpty();
                    case null, default -> false;
                };
        if (!isEmpty) {
            return answer;
        }
        var list = new JsonObject();
        list.addProperty("isIncomplete", true);
        list.add("items", new JsonArray());
        tree.add("result", list);
        return tree.toString();
    }
}
