package dev.qide.server.ai;

import dev.qide.server.ai.provider.FillInPrompt;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.wire.FailureException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Fill-in-the-middle with a model whose entry does not specify how. A server that refuses the
/// parameter `suffix` gets chat requests from then on. Thread-safe.
final class FillInCalls {
    private static final Set<String> WITHOUT_FILL_IN = Set.of("400", "404", "405", "422", "501");

    private final ModelCalls calls;

    /// The models that have answered a chat request after refusing `suffix`.
    private final Set<String> usingChat = ConcurrentHashMap.newKeySet();

    FillInCalls(ModelCalls calls) {
        this.calls = calls;
    }

    /// See [ModelCalls#open].
    ModelCalls.Answer open(
            Caller caller, Model model, ModelRequest.FillIn request, Cancellation cancellation) {
        if (usingChat.contains(model.name())) {
            return calls.open(
                    caller, model, Model.Purpose.COMPLETION, byChat(model, request), cancellation);
        }
        try {
            return calls.open(caller, model, Model.Purpose.COMPLETION, request, cancellation);
        } catch (FailureException failure) {
            if (model.fillIn() != Model.FillIn.AUTO
                    || !WITHOUT_FILL_IN.contains(failure.tags().getOrDefault("status", ""))) {
                throw failure;
            }
        }
        var answer =
                calls.open(
                        caller,
                        model,
                        Model.Purpose.COMPLETION,
                        byChat(model, request),
                        cancellation);
        // Only a provider that has answered a chat request is known to lack the other endpoint.
        usingChat.add(model.name());
        return answer;
    }

    private static ModelRequest byChat(Model model, ModelRequest.FillIn request) {
        return FillInPrompt.of(model, request);
    }

    /// The text of an answer without the Markdown fence that a chat model puts around it.
    static String withoutFence(String text) {
        if (!text.startsWith("```")) {
            return text;
        }
        int firstLine = text.indexOf('\n');
        int end = text.lastIndexOf("\n```");
        return firstLine < 0
                ? ""
                : text.substring(firstLine + 1, end > firstLine ? end : text.length());
    }
}
