package dev.qide.yjs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Collects the steps of a delta and joins adjacent steps of the same kind.
final class DeltaBuilder {
    private final List<Delta> steps = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private Map<String, Value> textAttributes = Map.of();

    void insertText(TextRun run, Map<String, Value> attributes) {
        if (text.length() > 0 && !textAttributes.equals(attributes)) {
            flushText();
        }
        if (text.length() == 0) {
            textAttributes = new LinkedHashMap<>(attributes);
        }
        run.appendTo(text, 0, run.units());
    }

    /// Ends the current text, so that the next text is a separate step.
    void flushText() {
        if (text.length() > 0) {
            steps.add(new Delta.InsertText(text.toString(), textAttributes));
            text.setLength(0);
        }
    }

    void insertEmbed(Element embed, Map<String, Value> attributes) {
        flushText();
        steps.add(new Delta.InsertEmbed(embed, new LinkedHashMap<>(attributes)));
    }

    void insertElements(List<Element> elements) {
        if (!steps.isEmpty() && steps.getLast() instanceof Delta.InsertElements(var before)) {
            var joined = new ArrayList<>(before);
            joined.addAll(elements);
            steps.set(steps.size() - 1, new Delta.InsertElements(joined));
        } else {
            steps.add(new Delta.InsertElements(elements));
        }
    }

    void retain(long length, Map<String, Value> attributes) {
        flushText();
        if (!steps.isEmpty()
                && steps.getLast() instanceof Delta.Retain(var before, var marks)
                && marks.equals(attributes)) {
            steps.set(steps.size() - 1, new Delta.Retain(before + length, marks));
        } else {
            steps.add(new Delta.Retain(length, new LinkedHashMap<>(attributes)));
        }
    }

    void delete(long length) {
        flushText();
        if (!steps.isEmpty() && steps.getLast() instanceof Delta.Delete(var before)) {
            steps.set(steps.size() - 1, new Delta.Delete(before + length));
        } else {
            steps.add(new Delta.Delete(length));
        }
    }

    List<Delta> finish() {
        flushText();
        while (!steps.isEmpty()
                && steps.getLast() instanceof Delta.Retain(_, var marks)
                && marks.isEmpty()) {
            steps.removeLast();
        }
        return steps;
    }
}
