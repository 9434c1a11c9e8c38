package dev.qide.server.session.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.language.JsonPath;
import java.util.Map;

/// Merges the results of several language servers into one. Pure functions.
public final class ResultMerges {
    private static final String CHANGES = "changes";
    private static final String DOCUMENT_CHANGES = "documentChanges";
    private static final String ANNOTATIONS = "changeAnnotations";
    private static final String ITEMS = "items";
    private static final String RELATED = "relatedDocuments";

    private ResultMerges() {}

    /// The elements of all arrays, in the servers' order; `null` when there is no array.
    public static JsonElement arrays(Map<String, JsonElement> results) {
        JsonArray all = null;
        for (var result : results.values()) {
            if (result instanceof JsonArray array) {
                all = all == null ? new JsonArray() : all;
                all.addAll(array);
            }
        }
        return all == null ? JsonNull.INSTANCE : all;
    }

    /// The elements of all `items`, as the result of `workspace/diagnostic`.
    public static JsonElement items(Map<String, JsonElement> results) {
        var all = new JsonArray();
        for (var result : results.values()) {
            if (result instanceof JsonObject report
                    && report.get(ITEMS) instanceof JsonArray items) {
                all.addAll(items);
            }
        }
        var report = new JsonObject();
        report.add(ITEMS, all);
        return report;
    }

    /// One full `DocumentDiagnosticReport` with the diagnostics of all servers. It has no
    /// `resultId`, since that of one server means nothing to the others.
    public static JsonElement diagnostics(Map<String, JsonElement> results) {
        var all = new JsonObject();
        all.addProperty("kind", "full");
        array(all, ITEMS);
        for (var result : results.values()) {
            if (!(result instanceof JsonObject report)) {
                continue;
            }
            if (report.get(ITEMS) instanceof JsonArray items) {
                array(all, ITEMS).addAll(items);
            }
            if (report.get(RELATED) instanceof JsonObject related) {
                related.entrySet()
                        .forEach(one ->
                                JsonPath.member(all, RELATED).add(one.getKey(), one.getValue()));
            }
        }
        return all;
    }

    /// One `WorkspaceEdit` (LSP 3.18) with the changes of all servers; `null` when no server has
    /// any. If one of them has `documentChanges`, all changes take that form.
    public static JsonElement workspaceEdits(Map<String, JsonElement> results) {
        var edits =
                results.values().stream()
                        .filter(JsonObject.class::isInstance)
                        .map(JsonObject.class::cast)
                        .toList();
        if (edits.isEmpty()) {
            return JsonNull.INSTANCE;
        }
        var joined = new JsonObject();
        boolean areDocumentChanges = edits.stream().anyMatch(edit -> edit.has(DOCUMENT_CHANGES));
        for (var edit : edits) {
            if (areDocumentChanges) {
                documentChanges(joined, edit);
            } else if (edit.get(CHANGES) instanceof JsonObject changes) {
                changes(JsonPath.member(joined, CHANGES), changes);
            }
            if (edit.get(ANNOTATIONS) instanceof JsonObject annotations) {
                annotations
                        .entrySet()
                        .forEach(one ->
                                JsonPath.member(joined, ANNOTATIONS)
                                        .add(one.getKey(), one.getValue()));
            }
        }
        return joined;
    }

    private static void changes(JsonObject into, JsonObject changes) {
        for (var change : changes.entrySet()) {
            if (change.getValue() instanceof JsonArray edits) {
                array(into, change.getKey()).addAll(edits);
            }
        }
    }

    private static void documentChanges(JsonObject joined, JsonObject edit) {
        var all = array(joined, DOCUMENT_CHANGES);
        if (edit.get(DOCUMENT_CHANGES) instanceof JsonArray changes) {
            all.addAll(changes);
        } else if (edit.get(CHANGES) instanceof JsonObject changes) {
            for (var change : changes.entrySet()) {
                var document = new JsonObject();
                document.addProperty("uri", change.getKey());
                document.add("version", JsonNull.INSTANCE);
                var ofDocument = new JsonObject();
                ofDocument.add("textDocument", document);
                ofDocument.add("edits", change.getValue());
                all.add(ofDocument);
            }
        }
    }

    private static JsonArray array(JsonObject holder, String name) {
        if (!(holder.get(name) instanceof JsonArray)) {
            holder.add(name, new JsonArray());
        }
        return holder.getAsJsonArray(name);
    }
}
