package dev.qide.server.language;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

/// A process and how its messages are read and written. Owned by one thread.
final class RunningServer {
    private static final int SYNC_WHOLE = 1;

    private final ServerLaunch.Launched launched;
    private final JsonRewriter toServer;
    private final JsonRewriter toClient;
    private final ServerRequests table;
    private final long begunNanos = System.nanoTime();
    private int unreadable;
    private boolean hasServed;
    private boolean wantsWholeTexts;
    private boolean wantsToBeAsked;
    private long heardNanos = begunNanos;

    RunningServer(ServerLaunch.Launched launched, RootUri clientRoot, ServerRequests table) {
        this.launched = launched;
        this.table = table;
        toServer = new JsonRewriter(RootMap.toServer(clientRoot, launched.sight()));
        toClient = new JsonRewriter(RootMap.toClient(clientRoot, launched.sight()));
    }

    ServerLaunch.Launched launched() {
        return launched;
    }

    ServerProcess process() {
        return launched.process();
    }

    JsonRewriter toServer() {
        return toServer;
    }

    JsonRewriter toClient() {
        return toClient;
    }

    ServerRequests table() {
        return table;
    }

    long ranNanos() {
        return System.nanoTime() - begunNanos;
    }

    /// Takes from its answer to `initialize` how it wants to be told of changes, and asked what is
    /// wrong.
    void introduced(String answer) {
        var capabilities =
                JsonParser.parseString(answer).getAsJsonObject().get("result")
                                        instanceof JsonObject result
                                && result.get("capabilities") instanceof JsonObject announced
                        ? announced
                        : new JsonObject();
        var sync = capabilities.get("textDocumentSync");
        var kind = sync instanceof JsonObject options ? options.get("change") : sync;
        wantsWholeTexts = new JsonPrimitive(SYNC_WHOLE).equals(kind);
        wantsToBeAsked = capabilities.get("diagnosticProvider") instanceof JsonObject;
    }

    /// Whether it takes no changes of parts of a text (`TextDocumentSyncKind.Full`).
    boolean wantsWholeTexts() {
        return wantsWholeTexts;
    }

    /// Whether it says what is wrong only to who asks (`textDocument/diagnostic`).
    boolean wantsToBeAsked() {
        return wantsToBeAsked;
    }

    /// It has said something.
    void heard() {
        heardNanos = System.nanoTime();
    }

    /// Whether it has said nothing since that moment.
    boolean isSilentSince(long nanos) {
        return heardNanos - nanos < 0;
    }

    /// It has answered a request of the editor.
    void served() {
        hasServed = true;
    }

    boolean hasServed() {
        return hasServed;
    }

    /// Counts one more message that could not be read.
    ///
    /// @return how many there were
    int countUnreadable() {
        return ++unreadable;
    }
}
