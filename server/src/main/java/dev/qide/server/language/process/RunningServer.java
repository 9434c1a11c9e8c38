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

/// A process and how its messages are read and written. Owned by one thread.
public final class RunningServer {
    private static final int SYNC_WHOLE = 1;
    private static final JsonPrimitive FALSE = new JsonPrimitive(false);

    private final ServerLauncher.Launched launched;
    private final RootMap.PathView view;
    private final JsonRewriter toServer;
    private final JsonRewriter toClient;
    private final DefaultClientResponses table;
    private final long begunNanos = System.nanoTime();
    private int unreadable;
    private boolean hasServed;
    private JsonObject capabilities = new JsonObject();
    private long heardNanos = begunNanos;

    /// @param client how its editor names files
    public RunningServer(
            ServerLauncher.Launched launched, ClientUris client, DefaultClientResponses table) {
        this.launched = launched;
        this.table = table;
        var all = launched.view();
        view = client.showsExternalDocuments() ? all : all.withPackagesInside();
        toServer = new JsonRewriter(RootMap.toServer(client.root(), view));
        toClient = new JsonRewriter(RootMap.toClient(client.root(), view));
    }

    /// How an editor names files.
    ///
    /// @param root of the workspace
    /// @param showsExternalDocuments whether it requests their text
    ///   (`workspace/textDocumentContent`); another one gets packages of the project as files below
    ///   its root
    public record ClientUris(RootUri root, boolean showsExternalDocuments) {}

    /// The folders outside the workspace that its messages name.
    public List<ExternalFolder> outside() {
        return view.outside();
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

    /// Reads its answer to `initialize`.
    ///
    /// @param declared its declared capabilities: a feature that they say is `false` is withheld
    public void introduced(String answer, JsonObject declared) {
        if (JsonParser.parseString(answer).getAsJsonObject().get("result")
                        instanceof JsonObject result
                && result.get("capabilities") instanceof JsonObject announced) {
            capabilities = announced;
            declared.entrySet().stream()
                    .filter(member -> FALSE.equals(member.getValue()))
                    .forEach(member -> capabilities.remove(member.getKey()));
        }
    }

    /// Its `ServerCapabilities`, with what it has registered since (`client/registerCapability`).
    public JsonObject capabilities() {
        return capabilities;
    }

    /// It has registered a feature dynamically.
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

    /// Whether it takes no changes of parts of a text (`TextDocumentSyncKind.Full`).
    public boolean wantsWholeTexts() {
        var sync = capabilities.get("textDocumentSync");
        var kind = sync instanceof JsonObject options ? options.get("change") : sync;
        return new JsonPrimitive(SYNC_WHOLE).equals(kind);
    }

    /// Whether it reports diagnostics only on request (`textDocument/diagnostic`).
    public boolean wantsToBeAsked() {
        return capabilities.get("diagnosticProvider") instanceof JsonObject;
    }

    /// It has announced to report diagnostics on request, but does not.
    public void publishesItself() {
        capabilities.remove("diagnosticProvider");
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
