package dev.qide.server.ai.gateway;

import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.server.ai.provider.ModelRequest.Message;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.ai.provider.ModelRequest.Role;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A complete answer of bounded size, collected from its events. Owned by one thread.
public final class CollectedAnswer {
    /// What each part of an answer counts beside its text.
    private static final int PART_CHARACTERS = 64;

    private final int limit;
    private long characters;
    private final List<Block> blocks = new ArrayList<>();

    /// The latest tool call of each index; some providers number every call 0.
    private final Map<Integer, Block.ToolCall> calls = new HashMap<>();

    private Usage usage = Usage.NONE;
    private ModelEvent.Finished finished = new ModelEvent.Finished(ModelEvent.StopReason.END, "");

    /// A part of an answer, in order.
    sealed interface Block {
        record Text(StringBuilder text) implements Block {}

        record Thinking(StringBuilder text, StringBuilder signature) implements Block {}

        record Redacted(String data) implements Block {}

        record ToolCall(int index, String id, String name, StringBuilder arguments)
                implements Block {}
    }

    /// @param limit the maximum text of the answer, thinking and calls of tools included, in UTF-16
    ///   units; each part, such as the call of a tool, counts 64 in addition
    public CollectedAnswer(int limit) {
        this.limit = limit;
    }

    /// @throws FailureException `MESSAGE_TOO_LARGE` when the answer exceeds its limit
    public void add(ModelEvent event) {
        switch (event) {
            case ModelEvent.Text(var text) -> text().append(text);
            case ModelEvent.Thinking(var text) -> thinking().text().append(text);
            case ModelEvent.Signature(var value) -> thinking().signature().append(value);
            case ModelEvent.RedactedThinking(var data) -> blocks.add(new Block.Redacted(data));
            case ModelEvent.ToolCall(int index, var id, var name) -> {
                var call = new Block.ToolCall(index, id, name, new StringBuilder());
                blocks.add(call);
                calls.put(index, call);
            }
            case ModelEvent.ToolArguments(int index, var json) -> {
                var call = calls.get(index);
                if (call != null) {
                    call.arguments().append(json);
                }
            }
            case ModelEvent.Used(var now) -> usage = now;
            case ModelEvent.Finished end -> finished = end;
            case ModelEvent.Started _, ModelEvent.Image _ -> {}
        }
        characters += characters(event);
        if (characters + (long) PART_CHARACTERS * blocks.size() > limit) {
            throw new FailureException(
                    Failure.MESSAGE_TOO_LARGE, Map.of("limit", "" + limit, "reason", "answer"));
        }
    }

    private static long characters(ModelEvent event) {
        return switch (event) {
            case ModelEvent.Text(var text) -> text.length();
            case ModelEvent.Thinking(var text) -> text.length();
            case ModelEvent.Signature(var value) -> value.length();
            case ModelEvent.RedactedThinking(var data) -> data.length();
            case ModelEvent.ToolCall(_, var id, var name) -> (long) id.length() + name.length();
            case ModelEvent.ToolArguments(_, var json) -> json.length();
            case ModelEvent.Used _,
                    ModelEvent.Finished _,
                    ModelEvent.Started _,
                    ModelEvent.Image _ ->
                    0;
        };
    }

    List<Block> blocks() {
        return blocks;
    }

    /// The answer as a message of the conversation, so that the model can go on from it.
    public Message message() {
        var parts = new ArrayList<Part>();
        for (var block : blocks) {
            parts.add(
                    switch (block) {
                        case Block.Text(var text) -> new Part.Text(text.toString());
                        case Block.Thinking(var text, var signature) ->
                                new Part.Thinking(text.toString(), signature.toString());
                        case Block.Redacted(var data) -> new Part.RedactedThinking(data);
                        case Block.ToolCall(_, var id, var name, var arguments) ->
                                new Part.ToolCall(id, name, arguments.toString());
                    });
        }
        return new Message(Role.ASSISTANT, parts);
    }

    /// All text of the answer.
    public String allText() {
        var all = new StringBuilder();
        blocks.forEach(block -> {
            if (block instanceof Block.Text(var text)) {
                all.append(text);
            }
        });
        return all.toString();
    }

    String allThinking() {
        var all = new StringBuilder();
        blocks.forEach(block -> {
            if (block instanceof Block.Thinking(var text, _)) {
                all.append(text);
            }
        });
        return all.toString();
    }

    List<Block.ToolCall> toolCalls() {
        return blocks.stream()
                .filter(Block.ToolCall.class::isInstance)
                .map(Block.ToolCall.class::cast)
                .toList();
    }

    Usage usage() {
        return usage;
    }

    ModelEvent.Finished finished() {
        return finished;
    }

    private StringBuilder text() {
        if (blocks.isEmpty() || !(blocks.getLast() instanceof Block.Text)) {
            blocks.add(new Block.Text(new StringBuilder()));
        }
        return ((Block.Text) blocks.getLast()).text();
    }

    private Block.Thinking thinking() {
        if (blocks.isEmpty() || !(blocks.getLast() instanceof Block.Thinking)) {
            blocks.add(new Block.Thinking(new StringBuilder(), new StringBuilder()));
        }
        return (Block.Thinking) blocks.getLast();
    }
}
