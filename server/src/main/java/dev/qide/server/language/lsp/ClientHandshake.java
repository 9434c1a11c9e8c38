package dev.qide.server.language.lsp;

import com.google.gson.JsonObject;
import dev.qide.server.language.rewrite.RootUri;
import org.jspecify.annotations.Nullable;

/// The `initialize` of an editor of `/lsp`, which is kept for as long as its session: the server,
/// and every one that takes its place, is initialised with it.
///
/// Owned by one thread, the link's.
final class ClientHandshake {
    private RootUri root;
    private @Nullable JsonObject initialize;
    private @Nullable String id;
    private boolean isAnswered;
    private boolean isComplete;

    /// @param root of the editor until its `initialize` names one
    ClientHandshake(RootUri root) {
        this.root = root;
    }

    /// The editor has sent `initialize`.
    ///
    /// @param requestId the literal of its id
    void begin(String requestId, JsonObject params) {
        id = requestId;
        initialize = params;
        root = InitializeParamsWriter.clientRoot(params);
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
        return root;
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
