package dev.qide.server.ai;

import dev.qide.server.ai.provider.FillInPrompt;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Fill-in-the-middle. If a model's entry does not specify how, a server that refuses the parameter
/// `suffix` gets chat requests from then on. Thread-safe.
final class FillInCalls {
    private static final Set<String> WITHOUT_FILL_IN = Set.of("400", "404", "405", "422", "501");

    private final ModelCalls calls;

    /// The models, by name, that have answered a chat request after refusing `suffix`. A model that
    /// has changed since then is tried again.
    private final Map<String, Model> usingChat = new ConcurrentHashMap<>();

    FillInCalls(ModelCalls calls) {
        this.calls = calls;
    }

    /// See [ModelCalls#open].
    ModelCalls.Answer open(
            Caller caller, Model model, ModelRequest.FillIn request, Cancellation cancellation) {
        return calls.open(
                caller, model, candidate -> attempt(caller, candidate, request, cancellation));
    }

    private ModelCalls.Answer attempt(
            Caller caller, Model model, ModelRequest.FillIn request, Cancellation cancellation) {
        if (model.fillIn() != Model.FillIn.AUTO) {
            return attemptOnce(caller, model, request, cancellation);
        }
        if (!model.equals(usingChat.get(model.name()))) {
            try {
                return attemptOnce(caller, model, request, cancellation);
            } catch (FailureException failure) {
                if (!WITHOUT_FILL_IN.contains(failure.tags().getOrDefault("status", ""))) {
                    throw failure;
                }
            }
        }
        var answer = attemptOnce(caller, model, FillInPrompt.of(model, request), cancellation);
        // Only a provider that has answered a chat request is known to lack the other endpoint.
        usingChat.put(model.name(), model);
        return answer;
    }

    private ModelCalls.Answer attemptOnce(
            Caller caller, Model model, ModelRequest request, Cancellation cancellation) {
        return calls.attempt(caller, model, Model.Purpose.COMPLETION, request, cancellation);
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
