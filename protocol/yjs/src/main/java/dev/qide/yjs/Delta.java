package dev.qide.yjs;

import java.util.List;
import java.util.Map;

/// One step of a delta, which describes content, or a change from start to end.
public sealed interface Delta {
    /// @param attributes marks of the text; empty for plain text
    record InsertText(String text, Map<String, Value> attributes) implements Delta {}

    /// An object or a shared type in a text.
    record InsertEmbed(Element embed, Map<String, Value> attributes) implements Delta {}

    /// Elements of an array or of XML children.
    record InsertElements(List<Element> elements) implements Delta {}

    /// Keeps `length` clocks; attributes change their marks, [Value#NULL] removes one.
    record Retain(long length, Map<String, Value> attributes) implements Delta {}

    record Delete(long length) implements Delta {}

    /// Plain text.
    static Delta insert(String text) {
        return new InsertText(text, Map.of());
    }

    static Delta retain(long length) {
        return new Retain(length, Map.of());
    }

    static Delta delete(long length) {
        return new Delete(length);
    }
}
