package dev.qide.server.ai.gateway;

import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.server.ai.provider.ModelRequest.Message;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.ai.provider.ModelRequest.Role;
import java.util.ArrayList;
import java.util.List;

/// A complete answer, collected from its events. Owned by one thread.
public final class CollectedAnswer {
    private final List<Block> blocks = new ArrayList<>();
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

    public void add(ModelEvent event) {
        switch (event) {
            case ModelEvent.Text(var text) -> text().append(text);
            case ModelEvent.Thinking(var text) -> thinking().text().append(text);
            case ModelEvent.Signature(var value) -> thinking().signature().append(value);
            case ModelEvent.RedactedThinking(var data) -> blocks.add(new Block.Redacted(data));
            case ModelEvent.ToolCall(int index, var id, var name) ->
                    blocks.add(new Block.ToolCall(index, id, name, new StringBuilder()));
            case ModelEvent.ToolArguments(int index, var json) ->
                    blocks.forEach(block -> {
                        if (block instanceof Block.ToolCall call && call.index() == index) {
                            call.arguments().append(json);
                        }
                    });
            case ModelEvent.Used(var now) -> usage = now;
            case ModelEvent.Finished end -> finished = end;
            case ModelEvent.Started _, ModelEvent.Image _ -> {}
        }
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
