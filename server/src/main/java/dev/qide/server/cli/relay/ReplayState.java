package dev.qide.server.cli.relay;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The state that `qide lsp` replays to the server on a new connection: the editor's `initialize`,
/// its configuration, its workspace folders and its open documents. Also the requests without a
/// response in both directions, so that neither side waits for a response that was lost with the
/// connection.
///
/// Thread-safe.
final class ReplayState {
    /// `ContentModified` (LSP 3.18): editors drop such an answer and ask again when they need to.
    private static final int CONTENT_MODIFIED = -32801;

    /// `RequestFailed` (LSP 3.18).
    private static final int REQUEST_FAILED = -32803;

    private static final String INITIALIZE = "initialize";
    private static final String REGISTER = "client/registerCapability";
    private static final String UNREGISTER = "client/unregisterCapability";
    private static final String PROGRESS = "$/progress";
    private static final String PUBLISH = "textDocument/publishDiagnostics";

    /// A server may publish for every file of a project; those beyond are not cleared.
    private static final int DIAGNOSED_DOCUMENTS = 2_000;

    private static final String OWN_ID = "qide-lsp-unregister:";

    private final EditorDocuments documents = new EditorDocuments();
    private final EditorFolders folders = new EditorFolders();

    /// Requests of the editor without an answer, by their ids.
    private final Set<String> editorRequests = new LinkedHashSet<>();

    /// Requests of the server that the editor has not answered, by their ids.
    private final Set<String> serverRequests = new HashSet<>();

    /// Registered capabilities: methods by ids of the registrations.
    private final Map<String, String> registered = new LinkedHashMap<>();

    /// Tokens of work in progress that the editor shows.
    private final Set<JsonElement> progress = new LinkedHashSet<>();

    /// Documents with diagnostics that the server has pushed.
    private final Set<String> diagnosed = new LinkedHashSet<>();

    private @Nullable String initialize;
    private String initializeId = "";
    private boolean isInitialized;
    private @Nullable String configuration;
    private @Nullable CompletableFuture<Boolean> replayed;
    private long lastId;

    /// A message of the editor.
    ///
    /// @return whether it is for the server; an answer to a request of a lost connection is not
    synchronized boolean fromEditor(String message) {
        var head = JsonRpcMembers.of(message);
        if (head.isResponse()) {
            return serverRequests.remove(head.id());
        }
        if (head.isRequest()) {
            editorRequests.add(String.valueOf(head.id()));
            if (head.is(INITIALIZE)) {
                initialize = message;
                initializeId = String.valueOf(head.id());
            }
            return true;
        }
        try {
            switch (String.valueOf(head.method())) {
                case "initialized" -> isInitialized = true;
                case "workspace/didChangeConfiguration" -> configuration = message;
                case "workspace/didChangeWorkspaceFolders" -> folders.changed(message);
                case "textDocument/didOpen" -> documents.opened(message);
                case "textDocument/didChange" -> documents.changed(message);
                case "textDocument/didClose" -> documents.closed(message);
                default -> {}
            }
        } catch (JsonParseException
                | IllegalStateException
                | NumberFormatException
                | UnsupportedOperationException _) {
            // The server says what is wrong with it.
        }
        return true;
    }

    /// A message of the server.
    ///
    /// @return whether it is for the editor; an answer that nobody waits for is not
    synchronized boolean fromServer(String message) {
        var head = JsonRpcMembers.of(message);
        if (head.isResponse()) {
            if (replayed != null && initializeId.equals(head.id())) {
                var _ = replayed.complete(true);
            }
            return editorRequests.remove(head.id());
        }
        if (head.isRequest()) {
            serverRequests.add(String.valueOf(head.id()));
        }
        if (head.is(PUBLISH)) {
            published(message);
        } else if (head.is(REGISTER) || head.is(UNREGISTER) || head.is(PROGRESS)) {
            follow(head, JsonParser.parseString(message));
        }
        return true;
    }

    private void follow(JsonRpcMembers head, JsonElement message) {
        if (head.is(PROGRESS)) {
            var token = JsonPath.at(message, "params.token");
            switch (JsonPath.at(message, "params.value.kind").toString()) {
                case "\"begin\"" -> progress.add(token);
                case "\"end\"" -> progress.remove(token);
                default -> {}
            }
        } else if (head.is(REGISTER)) {
            each(message, "params.registrations", registered::put);
        } else {
            // The protocol's own spelling.
            each(message, "params.unregisterations", (id, _) -> registered.remove(id));
        }
    }

    private interface Registration {
        void accept(String id, String method);
    }

    private static void each(JsonElement message, String path, Registration registration) {
        if (JsonPath.at(message, path) instanceof JsonArray all) {
            for (var each : all) {
                if (JsonPath.at(each, "id") instanceof JsonPrimitive id
                        && JsonPath.at(each, "method") instanceof JsonPrimitive method) {
                    registration.accept(id.getAsString(), method.getAsString());
                }
            }
        }
    }

    private void published(String message) {
        var parsed = JsonParser.parseString(message);
        if (JsonPath.at(parsed, "params.uri") instanceof JsonPrimitive uri
                && JsonPath.at(parsed, "params.diagnostics") instanceof JsonArray found) {
            if (found.isEmpty()) {
                diagnosed.remove(uri.getAsString());
            } else if (diagnosed.size() < DIAGNOSED_DOCUMENTS) {
                diagnosed.add(uri.getAsString());
            }
        }
    }

    /// The connection is lost.
    ///
    /// @return what the editor is sent: failures of its requests, the end of work in progress, that
    ///   the server's registrations end, and that its diagnostics do. The next connection has those
    ///   of its time, but none for a document that is closed by then.
    synchronized List<String> lost() {
        var messages = failures();
        serverRequests.clear();
        progress.forEach(token -> messages.add(ended(token)));
        progress.clear();
        if (!registered.isEmpty()) {
            messages.add(unregistration());
            registered.clear();
        }
        diagnosed.forEach(uri -> messages.add(undiagnosed(uri)));
        diagnosed.clear();
        return messages;
    }

    /// There is no connection for a request of the editor.
    ///
    /// @return failures of its requests. Its `initialize` waits for the next connection.
    synchronized List<String> failures() {
        boolean isInitializing = editorRequests.remove(initializeId);
        var messages = new ArrayList<String>();
        editorRequests.forEach(id -> messages.add(failure(id)));
        editorRequests.clear();
        if (isInitializing) {
            editorRequests.add(initializeId);
        }
        return messages;
    }

    /// The `initialize` for another connection; null before the editor has sent one.
    synchronized @Nullable String initialize() {
        replayed = new CompletableFuture<>();
        return initialize;
    }

    /// Completes when the server has answered [#initialize].
    synchronized CompletableFuture<Boolean> initializeAnswered() {
        return replayed == null ? CompletableFuture.completedFuture(true) : replayed;
    }

    /// What a server is told after it has answered [#initialize], in this order.
    synchronized List<String> afterInitialize() {
        replayed = null;
        var messages = new ArrayList<String>();
        if (isInitialized) {
            messages.add(message("initialized", new JsonObject()));
        }
        if (configuration != null) {
            messages.add(configuration);
        }
        folders.now()
                .forEach(params ->
                        messages.add(message("workspace/didChangeWorkspaceFolders", params)));
        documents.now().forEach(params -> messages.add(message("textDocument/didOpen", params)));
        return messages;
    }

    /// A notification that an editor shows to the person.
    ///
    /// @param type `MessageType` (LSP 3.18)
    static String shown(int type, String sentence) {
        var params = new JsonObject();
        params.addProperty("type", type);
        params.addProperty("message", sentence);
        return message("window/showMessage", params);
    }

    /// The answer `null` to a request.
    ///
    /// @param id as JSON text
    static String nothing(String id) {
        var answer = new JsonObject();
        answer.addProperty("jsonrpc", "2.0");
        answer.add("id", JsonParser.parseString(id));
        answer.add("result", JsonNull.INSTANCE);
        return answer.toString();
    }

    /// The refusal of a request that another attempt would not help.
    ///
    /// @param id as JSON text
    static String refused(String id, String sentence) {
        return failure(id, REQUEST_FAILED, sentence);
    }

    /// The editor's notification that it has closed a document.
    static String closed(String uri) {
        var document = new JsonObject();
        document.addProperty("uri", uri);
        var params = new JsonObject();
        params.add("textDocument", document);
        return message("textDocument/didClose", params);
    }

    private static String undiagnosed(String uri) {
        var params = new JsonObject();
        params.addProperty("uri", uri);
        params.add("diagnostics", new JsonArray());
        return message(PUBLISH, params);
    }

    private static String failure(String id) {
        return failure(id, CONTENT_MODIFIED, "The connection to the server is lost: try again.");
    }

    private static String failure(String id, int code, String sentence) {
        var error = new JsonObject();
        error.addProperty("code", code);
        error.addProperty("message", sentence);
        var answer = new JsonObject();
        answer.addProperty("jsonrpc", "2.0");
        answer.add("id", JsonParser.parseString(id));
        answer.add("error", error);
        return answer.toString();
    }

    private static String ended(JsonElement token) {
        var value = new JsonObject();
        value.addProperty("kind", "end");
        var params = new JsonObject();
        params.add("token", token);
        params.add("value", value);
        return message(PROGRESS, params);
    }

    private String unregistration() {
        var all = new JsonArray();
        registered.forEach((id, method) -> {
            var each = new JsonObject();
            each.addProperty("id", id);
            each.addProperty("method", method);
            all.add(each);
        });
        var params = new JsonObject();
        params.add("unregisterations", all);
        var request = JsonParser.parseString(message(UNREGISTER, params)).getAsJsonObject();
        request.addProperty("id", OWN_ID + ++lastId);
        return request.toString();
    }

    private static String message(String method, JsonObject params) {
        var message = new JsonObject();
        message.addProperty("jsonrpc", "2.0");
        message.addProperty("method", method);
        message.add("params", params);
        return message.toString();
    }
}
