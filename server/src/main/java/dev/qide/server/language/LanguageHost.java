package dev.qide.server.language;

import com.google.gson.JsonObject;
import dev.qide.wire.FormattingStyle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The interface of `language`: it passes messages as text and sessions by id, so that the servers
/// of a workspace could run on another node. Thread-safe.
public interface LanguageHost extends AutoCloseable {
    /// Registers a new editor session. A server is started when the first message for its language
    /// is sent.
    ///
    /// @param session unique id of the editor session
    /// @param workspace name of the workspace
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`
    void open(String session, String workspace, ClientProfile client);

    /// Applies changed settings of the client of a routed session: the message goes to all servers
    /// of the session, also to those that start later.
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
    /// and add diagnostics and code actions. Servers that the document does not need, or that may
    /// not run in its workspace, are left out. Searches the folders from the document's up to the
    /// workspace's root.
    ///
    /// @param language the document's own
    /// @param languageId its LSP language id, if the client gave one
    /// @param path its path in the workspace
    List<String> auxiliaries(
            String workspace, String language, @Nullable String languageId, String path);

    /// Sends one JSON-RPC message of the editor to its server of that language: a request, a
    /// notification, or the response to a server's request. Waits, for a bounded time, when the
    /// server is behind. Every request is answered exactly once through [EditorClient], also when
    /// the server cannot start or ends, unless the session closes first.
    ///
    /// @param language the language's name, or one of its LSP language ids
    void send(String session, String language, String message);

    /// Notifies the running servers of all sessions of a workspace that a file has changed on disk
    /// (`workspace/didChangeWatchedFiles`). Never blocks.
    void fileChanged(String workspace, String path, FileEvent event);

    /// Reads the text of a read-only document outside the workspace; blocks while reading the file.
    ///
    /// @param uri `qide-external:/…`, as in a server's result
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_UNKNOWN`,
    ///   `FILE_TOO_LARGE`, `FILE_NOT_TEXT`
    String readExternal(String workspace, String uri);

    /// The formatting style of a file, by the project or the kind of the file; reads a few small
    /// files.
    ///
    /// @param path the file's path in the workspace; it need not exist
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`
    FormattingStyle formattingStyle(String workspace, String path);

    /// Whether the sandbox holds on this machine, so that trust changes nothing. Returns at once.
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
