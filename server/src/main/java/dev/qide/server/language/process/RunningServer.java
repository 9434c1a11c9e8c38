package dev.qide.server.language.process;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.LspMethod;
import dev.qide.server.language.lsp.DefaultClientResponses;
import dev.qide.server.language.rewrite.ExternalFolder;
import dev.qide.server.language.rewrite.JsonRewriter;
import dev.qide.server.language.rewrite.RootMap;
import dev.qide.server.language.rewrite.RootUri;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A process with its capabilities and the rewriters of its messages. Owned by one thread.
public final class RunningServer {
    /// The number of unreadable messages with which a server goes on.
    public static final int UNREADABLE_MESSAGES = 10;

    private static final int SYNC_WHOLE = 1;
    private static final JsonPrimitive FALSE = new JsonPrimitive(false);

    private final ServerLauncher.Launched launched;
    private final RootMap.PathView view;
    private final JsonRewriter toServer;
    private final JsonRewriter toClient;
    private final DefaultClientResponses responses;
    private final long begunNanos = System.nanoTime();
    private int unreadable;
    private boolean hasAnswered;
    private JsonObject capabilities = new JsonObject();
    private long heardNanos = begunNanos;

    /// @param client how its editor names files
    public RunningServer(
            ServerLauncher.Launched launched, RootlessUris client, DefaultClientResponses table) {
        this.launched = launched;
        responses = table;
        var all = launched.view();
        view = client.showsExternalDocuments() ? all : all.withPackagesInside();
        toServer = new JsonRewriter(RootMap.toServer(client.root(), view));
        toClient = new JsonRewriter(RootMap.toClient(client.root(), view));
    }

    /// The form in which an editor names files.
    ///
    /// @param root of the workspace
    /// @param showsExternalDocuments whether it requests their text
    ///   (`workspace/textDocumentContent`); another one gets packages of the project as files below
    ///   its root
    public record RootlessUris(RootUri root, boolean showsExternalDocuments) {}

    /// The folders outside the workspace that its messages name.
    public List<ExternalFolder> externalFolders() {
        return view.externalFolders();
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

    public DefaultClientResponses responses() {
        return responses;
    }

    public long ranNanos() {
        return System.nanoTime() - begunNanos;
    }

    /// Reads the server's response to `initialize`.
    ///
    /// @param declared its declared capabilities: a feature declared as `false` is withheld
    public void initialized(String answer, JsonObject declared) {
        if (JsonParser.parseString(answer).getAsJsonObject().get("result")
                        instanceof JsonObject result
                && result.get("capabilities") instanceof JsonObject announced) {
            capabilities = announced;
            declared.entrySet().stream()
                    .filter(member -> FALSE.equals(member.getValue()))
                    .forEach(member -> capabilities.remove(member.getKey()));
        }
    }

    /// Its `ServerCapabilities`, including features registered later (`client/registerCapability`).
    public JsonObject capabilities() {
        return capabilities;
    }

    /// Records a dynamically registered feature.
    ///
    /// @param options `registerOptions`, null for none
    public void registered(LspMethod method, @Nullable JsonObject options) {
        if (method.capability() == null || method.capability().contains(".")) {
            return;
        }
        var added = new JsonObject();
        added.add(method.capability(), options == null ? new JsonPrimitive(true) : options);
        Declarations.merge(capabilities, added);
    }

    /// Whether changes must carry the whole text (`TextDocumentSyncKind.Full`).
    public boolean needsFullTexts() {
        var sync = capabilities.get("textDocumentSync");
        var kind = sync instanceof JsonObject options ? options.get("change") : sync;
        return new JsonPrimitive(SYNC_WHOLE).equals(kind);
    }

    /// Whether it reports diagnostics only on request (`textDocument/diagnostic`).
    public boolean pullsDiagnostics() {
        return capabilities.get("diagnosticProvider") instanceof JsonObject;
    }

    /// Records that it announces pulls but does not answer them.
    public void setPushesDiagnostics() {
        capabilities.remove("diagnosticProvider");
    }

    /// Records that a message arrived.
    public void messageReceived() {
        heardNanos = System.nanoTime();
    }

    /// Whether no message has arrived since that moment.
    public boolean isSilentSince(long nanos) {
        return heardNanos - nanos < 0;
    }

    /// Records that it answered a request of the editor.
    public void requestAnswered() {
        hasAnswered = true;
    }

    public boolean hasAnswered() {
        return hasAnswered;
    }

    /// Counts one more unreadable message.
    ///
    /// @return the number of unreadable messages
    public int countUnreadable() {
        return ++unreadable;
    }
}
