package dev.qide.server.cli.relay;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.language.JsonPath;
import dev.qide.server.text.Rope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The texts that an editor has open, from its notifications. Not thread-safe.
///
/// A notification that is incomplete, or outside its text, leaves the text as it is: the server
/// refuses it as well.
final class EditorDocuments {
    private static final String DOCUMENT = "params.textDocument";

    private final Map<String, Document> documents = new LinkedHashMap<>();

    private record Document(String languageId, long version, Rope text) {}

    /// A `textDocument/didOpen`.
    void opened(String message) {
        if (JsonPath.at(JsonParser.parseString(message), DOCUMENT) instanceof JsonObject opened
                && opened.has("uri")
                && opened.has("text")) {
            documents.put(
                    opened.get("uri").getAsString(),
                    new Document(
                            opened.has("languageId") ? opened.get("languageId").getAsString() : "",
                            version(opened),
                            Rope.of(opened.get("text").getAsString())));
        }
    }

    /// A `textDocument/didChange`.
    void changed(String message) {
        var parsed = JsonParser.parseString(message);
        if (JsonPath.at(parsed, DOCUMENT) instanceof JsonObject changed
                && changed.has("uri")
                && JsonPath.at(parsed, "params.contentChanges") instanceof JsonArray changes) {
            var _ =
                    documents.computeIfPresent(
                            changed.get("uri").getAsString(),
                            (_, document) ->
                                    new Document(
                                            document.languageId(),
                                            version(changed),
                                            after(document.text(), changes)));
        }
    }

    /// A `textDocument/didClose`.
    void closed(String message) {
        if (JsonPath.at(JsonParser.parseString(message), DOCUMENT) instanceof JsonObject closed
                && closed.has("uri")) {
            documents.remove(closed.get("uri").getAsString());
        }
    }

    /// The parameters of a `textDocument/didOpen` for each of them, as it is now.
    List<JsonObject> now() {
        return documents.entrySet().stream()
                .map(entry -> opening(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static JsonObject opening(String uri, Document document) {
        var item = new JsonObject();
        item.addProperty("uri", uri);
        item.addProperty("languageId", document.languageId());
        item.addProperty("version", document.version());
        item.addProperty("text", document.text().toString());
        var params = new JsonObject();
        params.add("textDocument", item);
        return params;
    }

    private static long version(JsonObject document) {
        return document.has("version") ? document.get("version").getAsLong() : 0;
    }

    private static Rope after(Rope text, JsonArray changes) {
        var now = text;
        for (var change : changes) {
            var characters = JsonPath.at(change, "text");
            if (!characters.isJsonPrimitive()) {
                continue;
            }
            if (JsonPath.at(change, "range") instanceof JsonObject range) {
                int from = offset(now, range, "start");
                int to = offset(now, range, "end");
                if (from >= 0 && to >= from) {
                    now = now.replaced(from, to, characters.getAsString());
                }
            } else {
                now = Rope.of(characters.getAsString());
            }
        }
        return now;
    }

    /// In UTF-16 units, which the server speaks; -1 when there is no such line.
    private static int offset(Rope text, JsonObject range, String end) {
        var line = JsonPath.at(range, end + ".line");
        var character = JsonPath.at(range, end + ".character");
        if (!line.isJsonPrimitive()
                || !character.isJsonPrimitive()
                || line.getAsInt() < 0
                || character.getAsInt() < 0
                || text.lineStart(line.getAsInt()) < 0) {
            return -1;
        }
        return text.offset(line.getAsInt(), character.getAsInt());
    }
}
