package dev.qide.server.ai;

import dev.qide.server.ai.WorkspaceTools.Outcome;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.server.ai.chat.ChatDeltaBuffer;
import dev.qide.server.ai.gateway.CollectedAnswer;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Message;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.ai.provider.ModelRequest.Role;
import dev.qide.wire.ChatDeltaParams.Kind;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.ToolUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/// Answers one turn of a conversation: calls the model, then the tools that it wants, then the
/// model with their results, until it calls no further tool. Thread-safe; calls block.
final class ChatAgent {
    /// The calls of the model in one turn.
    private static final int ROUNDS = 25;

    /// The calls of tools in one answer of the model; the others fail.
    private static final int TOOLS_PER_ROUND = 32;

    /// The text that one turn may read through tools, in UTF-16 units.
    private static final int RESULT_CHARACTERS = 2_000_000;

    private final ModelCalls calls;
    private final WorkspaceTools tools;

    ChatAgent(ModelCalls calls, WorkspaceTools tools) {
        this.calls = calls;
        this.tools = tools;
    }

    /// The question of a turn.
    ///
    /// @param caller in whose name tools are called
    record Question(ToolCaller caller, Model model, ModelRequest.Chat request) {}

    /// A whole answer.
    ///
    /// @param model the name of the model that answered last
    /// @param inputTokens of all calls of the model
    /// @param outputTokens of all calls of the model
    record Answered(String model, StopReason reason, long inputTokens, long outputTokens) {}

    /// @param request makes the request with these tools
    /// @param hasTools whether the model may call tools
    Question question(
            ToolCaller caller,
            Model model,
            Function<List<ModelRequest.Tool>, ModelRequest.Chat> request,
            boolean hasTools) {
        var offered =
                hasTools
                        ? tools.definitions(caller.rights()).stream()
                                .map(tool ->
                                        new ModelRequest.Tool(
                                                tool.name(), tool.description(), tool.schema()))
                                .toList()
                        : List.<ModelRequest.Tool>of();
        return new Question(caller, model, request.apply(offered));
    }

    /// Answers.
    ///
    /// @param deltas receives the text, the thinking and the tools
    /// @throws CancelledException when cancelled
    /// @throws FailureException as [ModelCalls#open], and `MESSAGE_TOO_LARGE` when the turn exceeds
    ///   its bounds
    Answered answer(Question question, Cancellation cancellation, ChatDeltaBuffer deltas) {
        var messages = new ArrayList<>(question.request().messages());
        long input = 0;
        long output = 0;
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            var answer = round(question, messages, cancellation, deltas);
            input += answer.usage().input();
            output += answer.usage().output();
            var calls = answer.message().parts().stream().filter(Part.ToolCall.class::isInstance);
            var toolCalls = calls.map(Part.ToolCall.class::cast).toList();
            if (toolCalls.isEmpty() || question.request().tools().isEmpty()) {
                return new Answered(answer.model(), answer.reason(), input, output);
            }
            var results = new ArrayList<Part>();
            for (int i = 0; i < toolCalls.size(); i++) {
                var toolCall = toolCalls.get(i);
                var outcome =
                        i < TOOLS_PER_ROUND
                                ? call(question.caller(), toolCall, cancellation, deltas)
                                : new Outcome("Too many calls at once.", true);
                read += outcome.text().length();
                results.add(new Part.ToolResult(toolCall.id(), outcome.text(), outcome.isError()));
            }
            if (read > RESULT_CHARACTERS) {
                throw tooLarge(RESULT_CHARACTERS);
            }
            messages.add(answer.message());
            messages.add(new Message(Role.USER, results));
        }
        throw new FailureException(
                Failure.MESSAGE_TOO_LARGE, Map.of("limit", ROUNDS + " calls of the model"));
    }

    private record Round(String model, Message message, StopReason reason, Usage usage) {}

    /// One call of the model.
    private Round round(
            Question question,
            List<Message> messages,
            Cancellation cancellation,
            ChatDeltaBuffer deltas) {
        var first = question.request();
        var request =
                new ModelRequest.Chat(
                        first.system(),
                        messages,
                        first.tools(),
                        first.toolChoice(),
                        first.options(),
                        first.extras());
        var collected = new CollectedAnswer(ChatDeltaBuffer.CHARACTERS);
        var usage = Usage.NONE;
        var reason = StopReason.END;
        try (var answer =
                calls.open(
                        question.caller().member().caller(),
                        question.model(),
                        Model.Purpose.CHAT,
                        request,
                        cancellation)) {
            for (var event = answer.next(); event != null; event = answer.next()) {
                collected.add(event);
                boolean hasRoom =
                        switch (event) {
                            case ModelEvent.Text(var text) -> deltas.add(Kind.TEXT, text);
                            case ModelEvent.Thinking(var text) -> deltas.add(Kind.THINKING, text);
                            default -> true;
                        };
                if (!hasRoom) {
                    throw tooLarge(ChatDeltaBuffer.CHARACTERS);
                }
                if (event instanceof ModelEvent.Used(var now)) {
                    usage = now;
                } else if (event instanceof ModelEvent.Finished(var stop, _)) {
                    reason = stop;
                }
            }
            return new Round(answer.model().name(), collected.message(), reason, usage);
        }
    }

    private Outcome call(
            ToolCaller caller,
            Part.ToolCall toolCall,
            Cancellation cancellation,
            ChatDeltaBuffer deltas) {
        if (cancellation.isCancelled()) {
            throw new CancelledException();
        }
        // Providers may use an id again in another answer.
        var id = UUID.randomUUID().toString();
        show(deltas, new ToolUse(id, toolCall.name(), toolCall.arguments(), null, false));
        var outcome = interruptibly(caller, toolCall, cancellation);
        show(
                deltas,
                new ToolUse(
                        id,
                        toolCall.name(),
                        toolCall.arguments(),
                        outcome.text(),
                        outcome.isError()));
        return outcome;
    }

    /// A cancellation interrupts the tool.
    private Outcome interruptibly(
            ToolCaller caller, Part.ToolCall toolCall, Cancellation cancellation) {
        var remove = cancellation.onCancel(Thread.currentThread()::interrupt);
        try {
            return tools.call(caller, toolCall.name(), toolCall.arguments());
        } catch (InterruptedException _) {
            throw new CancelledException();
        } finally {
            remove.run();
            if (cancellation.isCancelled()) {
                // The answer so far is stored on this thread.
                var _ = Thread.interrupted();
            }
        }
    }

    private static void show(ChatDeltaBuffer deltas, ToolUse use) {
        if (!deltas.add(use)) {
            throw tooLarge(ChatDeltaBuffer.CHARACTERS);
        }
    }

    private static FailureException tooLarge(int limit) {
        return new FailureException(Failure.MESSAGE_TOO_LARGE, Map.of("limit", "" + limit));
    }
}
