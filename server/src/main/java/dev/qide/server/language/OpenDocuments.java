package dev.qide.server.language;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The documents that an editor has open for one server, with the texts as last told, so that a
/// server that starts again can be told all of them. Owned by one thread.
final class OpenDocuments {
    private static final int DOCUMENTS = 2_000;
    private static final long ALL_TEXTS_CHARACTERS = 64L << 20;

    /// How many characters one message's changes may copy: each change copies the whole text.
    private static final long COPIED_CHARACTERS = 1L << 30;

    private final Map<String, Document> documents = new LinkedHashMap<>();
    private long characters;
    private long revision;

    private record Document(String languageId, JsonElement version, String text) {}

    /// Follows `textDocument/didOpen`, `didChange` and `didClose`; other methods change nothing.
    /// What has not the shape of LSP makes the document forgotten.
    void told(MessageHead head) {
        var method = head.method();
        if (method == null || !method.startsWith("textDocument/did")) {
            return;
        }
        if (!method.equals("textDocument/didSave")) {
            revision++;
        }
        var params = head.tree();
        if (!(params.get("textDocument") instanceof JsonObject document)
                || !(document.get("uri") instanceof com.google.gson.JsonPrimitive uri)) {
            return;
        }
        try {
            follow(method, uri.getAsString(), document, params);
        } catch (RuntimeException _) {
            forget(uri.getAsString());
        }
    }

    boolean isEmpty() {
        return documents.isEmpty();
    }

    boolean has(String uri) {
        return documents.containsKey(uri);
    }

    /// The URIs of all of them, as the client has them.
    List<String> uris() {
        return List.copyOf(documents.keySet());
    }

    /// Changes whenever a document is opened, changed or closed.
    long revision() {
        return revision;
    }

    /// The `textDocument/didOpen` messages that tell a fresh server all of them, in the client's
    /// URIs.
    List<String> openings() {
        var openings = new ArrayList<String>();
        documents.forEach((uri, document) -> {
            var item = new JsonObject();
            item.addProperty("uri", uri);
            item.addProperty("languageId", document.languageId());
            item.add("version", document.version());
            item.addProperty("text", document.text());
            var params = new JsonObject();
            params.add("textDocument", item);
            openings.add(Messages.notification("textDocument/didOpen", params));
        });
        return openings;
    }

    /// A `textDocument/didChange` with the whole text in place of its changes; null for another
    /// message, or of a document that is not known.
    @Nullable String whole(MessageHead head) {
        if (!"textDocument/didChange".equals(head.method())
                || !(head.tree().get("textDocument") instanceof JsonObject document)
                || document.get("uri") == null) {
            return null;
        }
        var known = documents.get(document.get("uri").getAsString());
        if (known == null) {
            return null;
        }
        var change = new JsonObject();
        change.addProperty("text", known.text());
        var changes = new JsonArray();
        changes.add(change);
        var params = new JsonObject();
        params.add("textDocument", document);
        params.add("contentChanges", changes);
        return Messages.notification("textDocument/didChange", params);
    }

    private void follow(String method, String uri, JsonObject document, JsonObject params) {
        switch (method) {
            case "textDocument/didOpen" ->
                    keep(
                            uri,
                            new Document(
                                    document.get("languageId").getAsString(),
                                    document.get("version"),
                                    document.get("text").getAsString()));
            case "textDocument/didChange" -> {
                var before = documents.get(uri);
                if (before != null) {
                    var text = before.text();
                    long copied = 0;
                    for (var change : params.getAsJsonArray("contentChanges")) {
                        text = changed(text, change.getAsJsonObject());
                        copied += text.length();
                        if (copied > COPIED_CHARACTERS) {
                            forget(uri);
                            return;
                        }
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

    private static String changed(String text, JsonObject change) {
        var replacement = change.get("text").getAsString();
        if (!(change.get("range") instanceof JsonObject range)) {
            return replacement;
        }
        int from = offset(text, range.getAsJsonObject("start"));
        int to = Math.max(from, offset(text, range.getAsJsonObject("end")));
        return text.substring(0, from) + replacement + text.substring(to);
    }

    /// Positions count UTF-16 units; a line ends with LF, CR or CRLF (LSP 3.18, "Text Documents").
    private static int offset(String text, JsonObject position) {
        int lines = position.get("line").getAsInt();
        int at = 0;
        for (; lines > 0 && at < text.length(); at++) {
            char c = text.charAt(at);
            boolean isBeforeLineFeed =
                    c == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n';
            if (c == '\n' || (c == '\r' && !isBeforeLineFeed)) {
                lines--;
            }
        }
        int end = at;
        while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
            end++;
        }
        return Math.min(end, at + position.get("character").getAsInt());
    }
}
