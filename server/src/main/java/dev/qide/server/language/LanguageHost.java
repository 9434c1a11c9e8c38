package dev.qide.server.language;

import com.google.gson.JsonObject;
import dev.qide.wire.FormattingStyle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The one face of `language`: messages as text and session ids, never object references, so that
/// the servers of a workspace can run on another node. Thread-safe.
public interface LanguageHost extends AutoCloseable {
    /// Registers a new editor session. A server is started when the first message for its language
    /// is sent.
    ///
    /// @param session unique id of the editor session
    /// @param workspace name of the workspace
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`
    void open(String session, String workspace, ClientProfile client);

    /// The client of a routed session has changed its settings: the message goes to all servers of
    /// the session, also to those that start later.
    ///
    /// @param message its `workspace/didChangeConfiguration`
    void configure(String session, String message);

    /// The folders that a client names in its `initialize`.
    ///
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`, `INVALID_PARAMS`
    ClientFolders folders(String workspace, @Nullable JsonObject initialize);

    /// The client of a routed session has opened or closed workspace folders: the message goes to
    /// all servers of the session, and those that start later begin with the folders of then.
    ///
    /// @param message its `workspace/didChangeWorkspaceFolders`
    void changeFolders(String session, String message);

    /// The languages whose servers are auxiliary servers of a document: they get its notifications
    /// and add to what its own server says. Those that the document has no use for, or that may not
    /// run in its workspace, are left out. Looks into the folders from the document's up to the
    /// workspace's root.
    ///
    /// @param language the document's own
    /// @param languageId its LSP language id, if the client gave one
    /// @param path its path in the workspace
    List<String> auxiliaries(
            String workspace, String language, @Nullable String languageId, String path);

    /// One JSON-RPC message of the editor, for its server of that language (a request,
    /// notification, or the answer to a server's request). Waits, bounded, when the server is
    /// behind. Every request is answered exactly once through [EditorClient], also when the server
    /// cannot start or dies; only the closing of the session ends that.
    ///
    /// @param language the language's name, or one of its LSP language ids
    void send(String session, String language, String message);

    /// A file of the workspace has changed on disk: the running servers of all its sessions hear of
    /// it (`workspace/didChangeWatchedFiles`). Never blocks.
    void fileChanged(String workspace, String path, FileEvent event);

    /// The text of a read-only document outside the workspace; blocks for the reading of a file.
    ///
    /// @param uri `qide-external:/…`, as a server's answer had it
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_UNKNOWN`,
    ///   `FILE_TOO_LARGE`, `FILE_NOT_TEXT`
    String external(String workspace, String uri);

    /// What a project, or the kind of a file, says of the file's style; reads a few small files.
    ///
    /// @param path the file's path in the workspace; it need not exist
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`
    FormattingStyle style(String workspace, String path);

    /// Whether the sandbox holds on this machine, so that trust changes nothing. Answers at once.
    boolean isSandboxed();

    /// A workspace is trusted now, or no longer: servers that ran only because it was are stopped.
    /// Those that were refused because it was not start with the next message. Never blocks for
    /// long.
    void trustChanged(String workspace);

    /// A workspace was deleted: the servers of all its sessions are stopped, and what they had
    /// named outside is not read any more.
    void workspaceDeleted(String workspace);

    /// The editor has gone: its servers are stopped.
    void close(String session);

    @Override
    void close();
}
