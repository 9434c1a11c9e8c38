package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.server.language.rewrite.RootUri;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Adds the creation of missing files to `workspace/applyEdit`.
///
/// A language server that may write creates a new file itself and sends the edit of its text. In
/// the sandbox the workspace is read-only, so the editor has to create the file: the edit gets a
/// `CreateFile` (LSP 3.18, "Resource operations") before the first change of each file of the
/// workspace that does not exist. An editor that announces no `create` gets the edit as it is.
///
/// Owned by the link's thread.
record NewFileEdits(ServerContext context, MessageTexts texts) {
    /// @param envelope of the server's request
    /// @param message the request with the server's URIs
    /// @return the request, with the creations that it lacks
    String withCreations(RunningServer running, JsonRpcEnvelope envelope, String message) {
        if (!"workspace/applyEdit".equals(envelope.method())
                || !running.responses().createsFiles()) {
            return message;
        }
        var tree = texts.tree(message);
        if (!(tree.get("params") instanceof JsonObject params)
                || !(params.get("edit") instanceof JsonObject edit)) {
            return message;
        }
        var changes = documentChanges(edit);
        var completed = new JsonArray();
        var known = new HashSet<String>();
        for (var change : changes) {
            var uri = changedDocument(change);
            if (uri == null) {
                addTargets(change, known);
            } else if (known.add(uri) && isMissing(running, uri)) {
                completed.add(creation(uri));
            }
            completed.add(change);
        }
        if (completed.size() == changes.size()) {
            return message;
        }
        edit.remove("changes");
        edit.add("documentChanges", completed);
        return tree.toString();
    }

    /// The `documentChanges` of an edit, converted from `changes` if it has none.
    private static JsonArray documentChanges(JsonObject edit) {
        if (edit.get("documentChanges") instanceof JsonArray changes) {
            return changes;
        }
        var converted = new JsonArray();
        if (edit.get("changes") instanceof JsonObject changes) {
            changes.entrySet().forEach(one -> converted.add(edits(one.getKey(), one.getValue())));
        }
        return converted;
    }

    private static JsonObject edits(String uri, JsonElement edits) {
        var document = new JsonObject();
        document.addProperty("uri", uri);
        document.add("version", JsonNull.INSTANCE);
        var change = new JsonObject();
        change.add("textDocument", document);
        change.add("edits", edits);
        return change;
    }

    private static @Nullable String changedDocument(JsonElement change) {
        return change instanceof JsonObject it
                        && it.get("textDocument") instanceof JsonObject document
                        && document.get("uri") instanceof JsonPrimitive uri
                ? uri.getAsString()
                : null;
    }

    /// The files that a resource operation creates.
    private static void addTargets(JsonElement operation, Set<String> known) {
        for (var name : new String[] {"uri", "newUri"}) {
            if (operation instanceof JsonObject it && it.get(name) instanceof JsonPrimitive uri) {
                known.add(uri.getAsString());
            }
        }
    }

    private boolean isMissing(RunningServer running, String uri) {
        int end = RootUri.ofPath(running.launched().workspace()).matchEnd(uri, 0);
        if (end < 0 || end >= uri.length()) {
            return false;
        }
        var directory = context.folder().directory();
        try {
            var file = directory.resolve(RootUri.decoded(uri, end + 1, uri.length())).normalize();
            return file.startsWith(directory) && !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        } catch (InvalidPathException _) {
            return false;
        }
    }

    private static JsonObject creation(String uri) {
        var options = new JsonObject();
        options.addProperty("ignoreIfExists", true);
        var creation = new JsonObject();
        creation.addProperty("kind", "create");
        creation.addProperty("uri", uri);
        creation.add("options", options);
        return creation;
    }
}
