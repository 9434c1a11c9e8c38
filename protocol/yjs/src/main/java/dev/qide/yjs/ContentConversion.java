package dev.qide.yjs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// Converts contents to elements, and elements to contents.
final class ContentConversion {
    /// The depth to which values nested in shared types are converted; deeper values become
    /// [Value#NULL]. A hostile update can nest types deeper than any stack.
    private static final int JSON_DEPTH = 500;

    private ContentConversion() {}

    /// The visible elements of a content; for text, its units.
    static List<Element> elements(Content content) {
        return switch (content) {
            case Content.Values values -> List.copyOf(values.values);
            case Content.JsonTexts texts -> texts.texts.stream().<Element>map(Json::parse).toList();
            case TextRun run -> {
                var units = new ArrayList<Element>();
                for (int i = 0; i < run.units(); i++) {
                    units.add(new Value.Str(run.substring(i, i + 1)));
                }
                yield units;
            }
            case Content.Binary(var bytes) -> List.of(new Value.Bytes(bytes));
            case Content.Embed(var json) -> List.of(Json.parse(json));
            case Content.Type(var branch) -> List.of(SharedType.of(branch));
            case Content.Document(var subdocument) -> List.of(subdocument);
            case Content.Format _, Content.Deleted _ -> List.of();
        };
    }

    /// The value of a map entry: the last element of its content, or `undefined` if it has none.
    static Element lastElement(Content content) {
        var elements = elements(content);
        return elements.isEmpty() ? Value.UNDEFINED : elements.getLast();
    }

    /// The content of one element.
    static Content of(Element element) {
        return switch (element) {
            case Value.Bytes(var bytes) -> new Content.Binary(bytes);
            case Value value -> new Content.Values(List.of(value));
            case SharedType type -> {
                if (type.branch.doc != null) {
                    throw new IllegalArgumentException("the type is already part of a document");
                }
                yield new Content.Type(type.branch);
            }
            case Subdocument subdocument -> new Content.Document(subdocument.normalized());
        };
    }

    static Value toJson(Element element) {
        return toJson(element, 0);
    }

    static Value toJson(Element element, int depth) {
        if (depth > JSON_DEPTH) {
            return Value.NULL;
        }
        return switch (element) {
            case Value value -> value;
            case Subdocument _ -> new Value.Obj(new LinkedHashMap<>());
            case YText text -> new Value.Str(text.toString());
            case YArray array -> listToJson(array.branch, depth);
            case YMap map -> entriesToJson(map.branch, depth);
            case YXml xml when xml.branch.kind == Branch.Kind.XML_HOOK ->
                    entriesToJson(xml.branch, depth);
            case YXml xml -> new Value.Str(xml.toString());
        };
    }

    static Value listToJson(Branch branch, int depth) {
        var elements = new ArrayList<Value>();
        for (Item item = branch.start; item != null; item = item.right) {
            if (item.isVisible()) {
                elements(item.content).forEach(element -> elements.add(toJson(element, depth + 1)));
            }
        }
        return new Value.Arr(elements);
    }

    static Value entriesToJson(Branch branch, int depth) {
        var members = new LinkedHashMap<String, Value>();
        branch.entries()
                .forEach((key, item) -> {
                    if (!item.isDeleted()) {
                        var last = lastElement(item.content);
                        members.put(key, toJson(last, depth + 1));
                    }
                });
        return new Value.Obj(members);
    }
}
