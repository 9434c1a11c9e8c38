package dev.qide.server.language.rewrite;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;

/// Replaces snippets in completion items (LSP 3.18, "Snippet Syntax") by plain text. Some servers
/// complete only for clients that support snippets, which not all clients do.
public final class Snippets {
    private static final int SNIPPET = 2;
    private static final int PLAIN = 1;
    private static final int PLACEHOLDER_LEVELS = 20;
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private Snippets() {}

    /// Replaces the snippets in a completion's answer; returns an answer without snippets
    /// unchanged.
    ///
    /// @throws FailureException `PARSE_ERROR`
    static String plain(String answer) {
        if (!answer.contains("\"insertTextFormat\":2")) {
            return answer;
        }
        JsonObject tree;
        try {
            tree = JsonParser.parseString(answer).getAsJsonObject();
        } catch (JsonParseException malformed) {
            throw new FailureException(Failure.PARSE_ERROR, Map.of(), malformed);
        }
        switch (tree.get("result")) {
            case JsonArray items -> items.forEach(Snippets::flatten);
            case JsonObject list when list.get("items") instanceof JsonArray items -> {
                items.forEach(Snippets::flatten);
                if (list.get("itemDefaults") instanceof JsonObject defaults) {
                    defaults.remove("insertTextFormat");
                }
            }
            case JsonObject item -> flatten(item);
            case null, default -> {}
        }
        return GSON.toJson(tree);
    }

    private static void flatten(JsonElement element) {
        if (!(element instanceof JsonObject item)
                || !new JsonPrimitive(SNIPPET).equals(item.get("insertTextFormat"))) {
            return;
        }
        item.addProperty("insertTextFormat", PLAIN);
        text(item, "insertText");
        text(item, "textEditText");
        if (item.get("textEdit") instanceof JsonObject edit) {
            text(edit, "newText");
        }
    }

    private static void text(JsonObject holder, String name) {
        if (holder.get(name) != null && holder.get(name).isJsonPrimitive()) {
            holder.addProperty(name, text(holder.get(name).getAsString()));
        }
    }

    /// The text of a snippet with the default of each placeholder and the first of each choice,
    /// without tab stops and variables.
    public static String text(String snippet) {
        var out = new StringBuilder();
        text(snippet, 0, 0, out);
        return out.toString();
    }

    /// @return the index after the parsed part
    private static int text(String in, int from, int depth, StringBuilder out) {
        int at = from;
        while (at < in.length()) {
            char c = in.charAt(at);
            if (c == '\\' && at + 1 < in.length()) {
                out.append(in.charAt(at + 1));
                at += 2;
            } else if (c == '$' && depth < PLACEHOLDER_LEVELS) {
                at = variable(in, at + 1, depth, out);
            } else if (c == '}' && depth > 0) {
                return at + 1;
            } else {
                out.append(c);
                at++;
            }
        }
        return at;
    }

    private static int variable(String in, int from, int depth, StringBuilder out) {
        boolean isBraced = in.startsWith("{", from);
        int at = isBraced ? from + 1 : from;
        int begun = at;
        while (at < in.length()
                && (Character.isLetterOrDigit(in.charAt(at)) || in.charAt(at) == '_')) {
            at++;
        }
        if (at == begun) {
            out.append('$');
            return from;
        }
        if (!isBraced) {
            return at;
        }
        if (in.startsWith(":", at)) {
            return text(in, at + 1, depth + 1, out);
        }
        var rest = new StringBuilder();
        int end = text(in, at, depth + 1, rest);
        if (in.startsWith("|", at)) {
            int comma = rest.indexOf(",");
            out.append(rest, 1, comma < 0 ? Math.max(1, rest.length() - 1) : comma);
        }
        return end;
    }
}
