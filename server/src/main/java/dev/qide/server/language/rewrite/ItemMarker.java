package dev.qide.server.language.rewrite;

import com.google.gson.JsonPrimitive;
import dev.qide.server.language.ItemOrigin;

/// Adds the language of origin ([ItemOrigin]) to the items of an answer while the answer is copied.
/// The items are the elements of `result`, or of `result.items`, that are objects.
///
/// A `Command` in place of a code action has no `data` (LSP 3.18, "Command") and stays unchanged.
/// Owned by one thread.
final class ItemMarker implements JsonScanner.Tokens {
    private static final int NONE = -1;

    /// The depth of an element of `result`, and of `result.items`.
    private static final int IN_RESULT = 2;

    private static final int IN_ITEMS = 3;

    private final String json;
    private final JsonRewriter.Copy copy;
    private final String prefix;
    private final String whole;
    private int item = NONE;
    private boolean isEmpty;
    private boolean hasData;
    private boolean isCommand;

    ItemMarker(String json, String origin, JsonRewriter.Copy copy) {
        this.json = json;
        this.copy = copy;
        var mark = "{\"" + ItemOrigin.LANGUAGE + "\":" + new JsonPrimitive(origin);
        this.prefix = mark + ",\"" + ItemOrigin.ORIGINAL + "\":";
        this.whole = "\"data\":" + mark + "}";
    }

    @Override
    public void name(int depth, JsonScanner.Span name) {
        isEmpty &= depth != item + 1;
        copy.name(depth, name);
    }

    @Override
    public void string(int depth, JsonScanner.Span name, JsonScanner.Span value) {
        boolean isMember = item != NONE && depth == item + 1;
        isCommand |= isMember && name.is(json, "command");
        before(depth, name, value.from() - 1);
        copy.string(depth, name, value);
        after(depth, name, value.to() + 1);
    }

    @Override
    public void literal(int depth, JsonScanner.Span name, JsonScanner.Span value) {
        before(depth, name, value.from());
        copy.literal(depth, name, value);
        after(depth, name, value.to());
    }

    @Override
    public void opened(int depth, JsonScanner.Span name, int from) {
        before(depth, name, from);
        copy.opened(depth, name, from);
        if (item == NONE && json.charAt(from) == '{' && isItem(depth, name)) {
            item = depth;
            isEmpty = true;
            hasData = false;
            isCommand = false;
        }
    }

    @Override
    public void closed(int depth, JsonScanner.Span name, int to) {
        copy.closed(depth, name, to);
        if (depth == item) {
            if (!hasData && !isCommand) {
                copy.replace(to - 1, to - 1, isEmpty ? whole : "," + whole);
            }
            item = NONE;
        } else {
            after(depth, name, to);
        }
    }

    private boolean isItem(int depth, JsonScanner.Span name) {
        return (depth == IN_RESULT && name.is(json, "result"))
                || (depth == IN_ITEMS && name.is(json, "items"));
    }

    private void before(int depth, JsonScanner.Span name, int from) {
        if (isData(depth, name)) {
            hasData = true;
            copy.replace(from, from, prefix);
        }
    }

    private void after(int depth, JsonScanner.Span name, int to) {
        if (isData(depth, name)) {
            copy.replace(to, to, "}");
        }
    }

    /// Whether a value is the `data` of an item.
    private boolean isData(int depth, JsonScanner.Span name) {
        return item != NONE && depth == item + 1 && name.is(json, "data");
    }
}
