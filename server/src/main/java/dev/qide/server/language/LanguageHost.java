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

    /// Applies changed settings of the client of a routed session: passes the message to all
    /// servers of the session, including those that start later.
    ///
    /// @param message the client's `workspace/didChangeConfiguration`
    void configure(String session, String message);

    /// The folders in a client's `initialize`.
    ///
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`, `INVALID_PARAMS`
    ClientFolders folders(String workspace, @Nullable JsonObject initialize);

    /// Applies a change of the workspace folders of a routed session: passes the message to all
    /// servers of the session. Servers that start later get the new folders.
    ///
    /// @param message the client's `workspace/didChangeWorkspaceFolders`
    void changeFolders(String session, String message);

    /// The languages of a document's auxiliary servers, which get its notifications and add
    /// diagnostics and code actions; without servers that the document does not need or that may
    /// not run in its workspace. Searches the folders from the document's up to the workspace's
    /// root.
    ///
    /// @param language the document's own language
    /// @param languageId its LSP language id, if the client sent one
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

    /// The formatting style of a file, from the project or the file's type; reads a few small
    /// files.
    ///
    /// @param path the file's path in the workspace; it need not exist
    /// @throws dev.qide.wire.FailureException `WORKSPACE_UNKNOWN`
    FormattingStyle formattingStyle(String workspace, String path);

    /// Whether the sandbox works on this machine, so that trust has no effect. Returns at once.
    boolean isSandboxed();

    /// Applies a change of a workspace's trust. Stops servers that ran only because of trust;
    /// servers that were refused without it start with the next message. Never blocks for long.
    void trustChanged(String workspace);

    /// Stops the servers of all sessions of a deleted workspace, and forgets the external folders
    /// that they named.
    void workspaceDeleted(String workspace);

    /// Stops the servers of an editor that has disconnected.
    void close(String session);

    @Override
    void close();
}
