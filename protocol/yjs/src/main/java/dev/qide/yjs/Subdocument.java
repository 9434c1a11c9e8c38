package dev.qide.yjs;

import java.util.Map;

/// A reference to another document inside a document; the content of the other document is
/// exchanged separately.
///
/// @param guid the id of the other document
/// @param options the options that Yjs stores with it: `gc`, `autoLoad`, `meta`
public record Subdocument(String guid, Value.Obj options) implements Element {
    /// The options as Yjs writes them after reading: `gc` only if false, `autoLoad` only if true,
    /// `meta` only if present, in this order.
    Subdocument normalized() {
        var kept = new java.util.LinkedHashMap<String, Value>();
        var given = options.members();
        if (given.containsKey("gc") && !isTrue(given, "gc", true)) {
            kept.put("gc", Value.of(false));
        }
        if (isTrue(given, "autoLoad", false)) {
            kept.put("autoLoad", Value.of(true));
        }
        var meta = given.getOrDefault("meta", Value.UNDEFINED);
        if (!meta.equals(Value.NULL) && !meta.equals(Value.UNDEFINED)) {
            kept.put("meta", meta);
        }
        var name = given.get("guid") instanceof Value.Str(var text) ? text : guid;
        return new Subdocument(name, new Value.Obj(kept));
    }

    private static boolean isTrue(Map<String, Value> options, String key, boolean otherwise) {
        return switch (options.getOrDefault(key, Value.UNDEFINED)) {
            case Value.Undefined _ -> otherwise;
            case Value.Null _ -> false;
            case Value.Bool(var truth) -> truth;
            case Value.Num(var number) -> number != 0 && !Double.isNaN(number);
            case Value.BigInt(var number) -> number != 0;
            case Value.Str(var text) -> !text.isEmpty();
            case Value.Bytes _, Value.Arr _, Value.Obj _ -> true;
        };
    }
}
