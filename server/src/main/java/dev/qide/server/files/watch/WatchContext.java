package dev.qide.server.files.watch;

import dev.qide.server.files.FileChange;
import dev.qide.server.files.IgnoreRules;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspacePath;
import dev.qide.wire.FailureException;
import org.jspecify.annotations.Nullable;

/// What the watch of one workspace works with. Thread-safe.
public interface WatchContext {
    Workspace workspace();

    IgnoreRules rules();

    /// Whether the path has a document that takes the change in and reports it. The caller holds
    /// the path's lock.
    ///
    /// @throws FailureException when the database does not answer
    boolean isTakenIn(WorkspacePath path);

    /// The hash of the file's bytes; null when it is larger than a mebibyte or cannot be read.
    @Nullable String hash(WorkspacePath path);

    /// Runs what must not meet a writer of this server at the path.
    void alone(WorkspacePath path, Runnable work);

    void tell(FileChange change);
}
