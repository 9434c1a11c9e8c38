package dev.qide.server.language.process;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.lsp.DefaultClientResponses;
import dev.qide.server.language.rewrite.JsonRewriter;
import dev.qide.server.language.rewrite.RootMap;
import dev.qide.server.language.rewrite.RootUri;

/// A process and how its messages are read and written. Owned by one thread.
public final class RunningServer {
    private static final int SYNC_WHOLE = 1;

    private final ServerLauncher.Launched launched;
    private final JsonRewriter toServer;
    private final JsonRewriter toClient;
    private final DefaultClientResponses table;
    private final long begunNanos = System.nanoTime();
    private int unreadable;
    private boolean hasServed;
    private boolean wantsWholeTexts;
    private boolean wantsToBeAsked;
    private long heardNanos = begunNanos;

    public RunningServer(
            ServerLauncher.Launched launched, RootUri clientRoot, DefaultClientResponses table) {
        this.launched = launched;
        this.table = table;
        toServer = new JsonRewriter(RootMap.toServer(clientRoot, launched.view()));
        toClient = new JsonRewriter(RootMap.toClient(clientRoot, launched.view()));
    }

    public ServerLauncher.Launched launched() {
        return launched;
    }

    public ServerProcess process() {
        return launched.process();
    }

    public JsonRewriter toServer() {
        return toServer;
    }

    public JsonRewriter toClient() {
        return toClient;
    }

    public DefaultClientResponses table() {
        return table;
    }

    public long ranNanos() {
        return System.nanoTime() - begunNanos;
    }

    /// Takes from its answer to `initialize` how it wants to be told of changes, and asked what is
    /// wrong.
    public void introduced(String answer) {
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
    public boolean wantsWholeTexts() {
        return wantsWholeTexts;
    }

    /// Whether it says what is wrong only to who asks (`textDocument/diagnostic`).
    public boolean wantsToBeAsked() {
        return wantsToBeAsked;
    }

    /// It has said something.
    public void heard() {
        heardNanos = System.nanoTime();
    }

    /// Whether it has said nothing since that moment.
    public boolean isSilentSince(long nanos) {
        return heardNanos - nanos < 0;
    }

    /// It has answered a request of the editor.
    public void served() {
        hasServed = true;
    }

    public boolean hasServed() {
        return hasServed;
    }

    /// Counts one more message that could not be read.
    ///
    /// @return how many there were
    public int countUnreadable() {
        return ++unreadable;
    }
}
