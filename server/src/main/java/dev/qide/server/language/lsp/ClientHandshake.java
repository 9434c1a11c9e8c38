package dev.qide.server.language.lsp;

import com.google.gson.JsonObject;
import dev.qide.server.language.ClientFolders;
import dev.qide.server.language.rewrite.RootUri;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The `initialize` of an editor of `/lsp`, which is kept for as long as its session: the server,
/// and every one that takes its place, is initialised with it.
///
/// Owned by one thread, the link's.
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

    /// The editor has sent `initialize`.
    ///
    /// @param requestId the literal of its id
    void begin(String requestId, JsonObject params) {
        id = requestId;
        initialize = params;
        folders = ClientFolders.of(params, workspace);
    }

    boolean hasBegun() {
        return initialize != null;
    }

    /// The parameters of `initialize`, null before it has come.
    @Nullable JsonObject initialize() {
        return initialize;
    }

    /// The literal of the id of `initialize`, null before it has come.
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

    /// A server has answered `initialize` with a result.
    void answered() {
        isAnswered = true;
    }

    /// The editor has sent `initialized`.
    ///
    /// @return whether for the first time
    boolean complete() {
        boolean isFirst = !isComplete;
        isComplete = true;
        return isFirst;
    }

    boolean isComplete() {
        return isComplete;
    }

    /// An editor whose `initialize` has failed may send another one.
    void forgetUnanswered(OutstandingRequests requests) {
        if (!isAnswered && (id == null || !requests.has(id))) {
            initialize = null;
            id = null;
        }
    }
}
