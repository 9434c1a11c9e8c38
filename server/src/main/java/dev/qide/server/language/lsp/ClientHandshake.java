package dev.qide.server.language.lsp;

import com.google.gson.JsonObject;
import dev.qide.server.language.ClientFolders;
import dev.qide.server.language.rewrite.RootUri;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The `initialize` request of an editor on `/lsp`. It is kept as long as the session: each
/// restarted server is initialized with it.
///
/// Owned by the link's thread.
final class ClientHandshake {
    private final Path workspace;
    private ClientFolders folders;
    private @Nullable JsonObject initialize;
    private @Nullable String id;
    private boolean isAnswered;
    private boolean isComplete;

    ClientHandshake(ServerContext context) {
        this.workspace = context.folder().directory();
        this.folders = context.client().folders();
    }

    /// Records the editor's `initialize`.
    ///
    /// @param requestId its id as a JSON literal
    void begin(String requestId, JsonObject params) {
        id = requestId;
        initialize = params;
        folders = ClientFolders.of(params, workspace);
    }

    boolean hasBegun() {
        return initialize != null;
    }

    /// The parameters of `initialize`; null before it arrived.
    @Nullable JsonObject initialize() {
        return initialize;
    }

    /// The id of `initialize` as a JSON literal; null before it arrived.
    @Nullable String id() {
        return id;
    }

    RootUri root() {
        return RootUri.ofClient(folders.root());
    }

    /// The folders that the editor has open.
    ClientFolders folders() {
        return folders;
    }

    /// A `workspace/didChangeWorkspaceFolders` of the editor.
    ///
    /// @return the added URIs that are not in the workspace
    List<String> change(JsonObject event) {
        folders = folders.changed(event);
        return folders.outside(event.get("added"));
    }

    /// Records that a server has answered `initialize` with a result.
    void answered() {
        isAnswered = true;
    }

    /// Records the editor's `initialized`.
    ///
    /// @return whether it is the first one
    boolean complete() {
        boolean isFirst = !isComplete;
        isComplete = true;
        return isFirst;
    }

    boolean isComplete() {
        return isComplete;
    }

    /// Lets an editor whose `initialize` has failed send another one.
    void forgetUnanswered(OutstandingRequests requests) {
        if (!isAnswered && (id == null || !requests.has(id))) {
            initialize = null;
            id = null;
        }
    }
}
