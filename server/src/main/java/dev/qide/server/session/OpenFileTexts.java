package dev.qide.server.session;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.qide.server.files.Workspace;
import dev.qide.server.identity.Action;
import dev.qide.server.language.WindowMessage;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.eclipse.lsp4j.DidChangeTextDocumentParams;
import org.eclipse.lsp4j.DidOpenTextDocumentParams;
import org.eclipse.lsp4j.MessageType;
import org.eclipse.lsp4j.jsonrpc.json.MessageJsonHandler;
import org.jspecify.annotations.Nullable;

/// The files that one editor has open in the workspace's own directory, where it writes them itself
/// ([SaveMerger]). An editor in another directory, on another machine or with shared documents has
/// none. Owned by the session's thread.
final class OpenFileTexts {
    private static final int FILES = 500;
    private static final Gson GSON = new MessageJsonHandler(Map.of()).getGson();

    private final Editor editor;
    private final SaveMerger files;
    private final Consumer<String> send;
    private final Map<String, OpenFileText> openTexts = new HashMap<>();
    private ClientRoot root = ClientRoot.NONE;
    private volatile boolean isInPlace;
    private volatile boolean hasDirectory;
    private volatile boolean isSharing;

    /// @param send to the editor; does not block
    OpenFileTexts(Editor editor, SaveMerger files, Consumer<String> send) {
        this.editor = editor;
        this.files = files;
        this.send = send;
    }

    /// The client has initialized.
    void begin(ClientRoot clientRoot) {
        root = clientRoot;
        isInPlace = isRoot(clientRoot, files.workspace(editor.workspaceId()));
        hasDirectory = clientRoot.uri() != null && clientRoot.uri().startsWith("file:///");
    }

    /// The client has shared documents: it does not write files. Any thread may call it.
    void setSharing() {
        isSharing = true;
    }

    /// Whether the editor applies edits to files, those of the workspace or a copy of them (on
    /// another machine, or in a mounted directory). Any thread may call it.
    boolean editsFiles() {
        return hasDirectory && !isSharing;
    }

    /// Processes a notification of the editor, after its language servers have. A malformed one
    /// ends the tracking of its text.
    void receive(RpcMessage.Notification notification, String json) {
        var uri = notification.target().uri();
        if (!isInPlace || uri == null) {
            return;
        }
        if (isSharing) {
            end();
            return;
        }
        switch (notification.method()) {
            case "textDocument/didOpen" -> opened(uri, json);
            case "textDocument/didChange" -> changed(uri, json);
            case "textDocument/didClose" -> close(uri);
            default -> {}
        }
    }

    /// Follows a `textDocument/didSave`, before the editor's language servers read the file and
    /// before file sync writes what others have typed.
    void saved(@Nullable String uri) {
        var open = uri == null || isSharing ? null : openTexts.get(uri);
        if (open != null && editor.can(Action.EDIT_WORKSPACE) && files.saved(open)) {
            var sentence =
                    "Somebody else also saved %s. The file now has both changes; reload it."
                            .formatted(open.key().path());
            send.accept(WindowMessage.shown(MessageType.Info, sentence));
        }
    }

    /// The session has ended.
    void end() {
        openTexts.values().forEach(files::closed);
        openTexts.clear();
    }

    private void opened(String uri, String json) {
        close(uri);
        var path = root.pathOf(uri);
        if (path == null || openTexts.size() >= FILES) {
            return;
        }
        try {
            var params = GSON.fromJson(RpcMessage.params(json), DidOpenTextDocumentParams.class);
            var document = params == null ? null : params.getTextDocument();
            if (document != null && document.getText() != null) {
                var key = new SaveMerger.Key(editor.workspaceId(), path);
                var open = files.opened(key, document.getText());
                if (open != null) {
                    openTexts.put(uri, open);
                }
            }
        } catch (FailureException | JsonParseException | IllegalStateException _) {
            close(uri);
        }
    }

    private void changed(String uri, String json) {
        var open = openTexts.get(uri);
        if (open == null) {
            return;
        }
        try {
            var params = GSON.fromJson(RpcMessage.params(json), DidChangeTextDocumentParams.class);
            if (params != null && params.getContentChanges() != null) {
                open.change(params.getContentChanges());
                if (!files.changed(open) || open.characters() > SaveMerger.TEXT_CHARACTERS) {
                    close(uri);
                }
            }
        } catch (RuntimeException _) {
            close(uri);
        }
    }

    private void close(String uri) {
        var open = openTexts.remove(uri);
        if (open != null) {
            files.closed(open);
        }
    }

    private static boolean isRoot(ClientRoot root, Workspace workspace) {
        var uri = root.uri();
        if (uri == null || !uri.startsWith("file:///")) {
            return false;
        }
        try {
            return Path.of(URI.create(uri)).toRealPath().equals(workspace.directory());
        } catch (IOException | IllegalArgumentException | FileSystemNotFoundException _) {
            return false;
        }
    }
}
