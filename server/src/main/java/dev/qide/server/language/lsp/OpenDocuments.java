package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.text.Rope;
import dev.qide.wire.JsonRpcWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The documents that an editor has open on one server, with their current texts, so that a
/// restarted server gets all of them. Owned by one thread.
public final class OpenDocuments {
    private static final int DOCUMENTS = 2_000;
    private static final long ALL_TEXTS_CHARACTERS = 64L << 20;

    private final Map<String, Document> documents = new LinkedHashMap<>();
    private long characters;
    private long revision;

    private record Document(String languageId, JsonElement version, Rope text) {}

    /// Applies `textDocument/didOpen`, `didChange` and `didClose`; other methods change nothing. A
    /// malformed change makes the document unknown.
    public void apply(JsonRpcEnvelope envelope) {
        var method = envelope.method();
        if (method == null || !method.startsWith("textDocument/did")) {
            return;
        }
        if (!method.equals("textDocument/didSave")) {
            revision++;
        }
        var params = envelope.tree();
        if (!(params.get("textDocument") instanceof JsonObject document)
                || !(document.get("uri") instanceof com.google.gson.JsonPrimitive uri)) {
            return;
        }
        try {
            applyChange(method, uri.getAsString(), document, params);
        } catch (RuntimeException _) {
            forget(uri.getAsString());
        }
    }

    boolean isEmpty() {
        return documents.isEmpty();
    }

    public boolean has(String uri) {
        return documents.containsKey(uri);
    }

    /// Whether a document is known and its last line ends with a line feed.
    ///
    /// @param uri as the client has it
    boolean endsWithNewline(String uri) {
        var document = documents.get(uri);
        return document != null
                && document.text().length() > 0
                && document.text().charAt(document.text().length() - 1) == '\n';
    }

    /// The URIs of all documents, as the client has them.
    List<String> uris() {
        return List.copyOf(documents.keySet());
    }

    /// Changes whenever a document is opened, changed or closed.
    long revision() {
        return revision;
    }

    /// The `textDocument/didOpen` messages of all documents for a new server, in the client's URIs.
    List<String> openings() {
        var openings = new ArrayList<String>();
        documents.forEach((uri, document) -> {
            var item = new JsonObject();
            item.addProperty("uri", uri);
            item.addProperty("languageId", document.languageId());
            item.add("version", document.version());
            item.addProperty("text", document.text().toString());
            var params = new JsonObject();
            params.add("textDocument", item);
            openings.add(JsonRpcWriter.notification("textDocument/didOpen", params));
        });
        return openings;
    }

    /// The `textDocument/didClose` messages of all documents, in the client's URIs.
    List<String> closings() {
        var closings = new ArrayList<String>();
        for (var uri : documents.keySet()) {
            var item = new JsonObject();
            item.addProperty("uri", uri);
            var params = new JsonObject();
            params.add("textDocument", item);
            closings.add(JsonRpcWriter.notification("textDocument/didClose", params));
        }
        return closings;
    }

    /// A `textDocument/didChange` with the whole text in place of its changes; null for another
    /// message or an unknown document.
    @Nullable String whole(JsonRpcEnvelope envelope) {
        if (!"textDocument/didChange".equals(envelope.method())
                || !(envelope.tree().get("textDocument") instanceof JsonObject document)
                || document.get("uri") == null) {
            return null;
        }
        var known = documents.get(document.get("uri").getAsString());
        if (known == null) {
            return null;
        }
        var change = new JsonObject();
        change.addProperty("text", known.text().toString());
        var changes = new JsonArray();
        changes.add(change);
        var params = new JsonObject();
        params.add("textDocument", document);
        params.add("contentChanges", changes);
        return JsonRpcWriter.notification("textDocument/didChange", params);
    }

    private void applyChange(String method, String uri, JsonObject document, JsonObject params) {
        switch (method) {
            case "textDocument/didOpen" ->
                    keep(
                            uri,
                            new Document(
                                    document.get("languageId").getAsString(),
                                    document.get("version"),
                                    Rope.of(document.get("text").getAsString())));
            case "textDocument/didChange" -> {
                var before = documents.get(uri);
                if (before != null) {
                    var text = before.text();
                    for (var change : params.getAsJsonArray("contentChanges")) {
                        text = changed(text, change.getAsJsonObject());
                    }
                    keep(uri, new Document(before.languageId(), document.get("version"), text));
                }
            }
            case "textDocument/didClose" -> forget(uri);
            default -> {}
        }
    }

    private void keep(String uri, Document document) {
        forget(uri);
        if (documents.size() < DOCUMENTS
                && characters + document.text().length() <= ALL_TEXTS_CHARACTERS) {
            documents.put(uri, document);
            characters += document.text().length();
        }
    }

    private void forget(String uri) {
        var document = documents.remove(uri);
        if (document != null) {
            characters -= document.text().length();
        }
    }

    private static Rope changed(Rope text, JsonObject change) {
        var replacement = change.get("text").getAsString();
        if (!(change.get("range") instanceof JsonObject range)) {
            return Rope.of(replacement);
        }
        int from = offset(text, range.getAsJsonObject("start"));
        int to = Math.max(from, offset(text, range.getAsJsonObject("end")));
        return text.replaced(from, to, replacement);
    }

    /// Positions count UTF-16 units; a missing line means the end of the text.
    private static int offset(Rope text, JsonObject position) {
        int line = position.get("line").getAsInt();
        int character = position.get("character").getAsInt();
        if (line < 0 || character < 0) {
            throw new IllegalArgumentException("a position is negative");
        }
        return text.lineStart(line) < 0 ? text.length() : text.offset(line, character);
    }
}
