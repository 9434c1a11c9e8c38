package dev.qide.server.files.watch;

import dev.qide.server.files.FileChanges;
import dev.qide.server.files.IgnoreRules;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspacePath;
import dev.qide.wire.FailureException;
import org.jspecify.annotations.Nullable;

/// The parts of one workspace that its watch uses. Thread-safe.
public interface WatchContext {
    Workspace workspace();

    IgnoreRules rules();

    /// Whether the path has a document that merges and publishes the change. The caller holds the
    /// path's lock.
    ///
    /// @throws FailureException when the database does not answer
    boolean isMergedByDocument(WorkspacePath path);

    /// The hash of the file's bytes; null when it is larger than a mebibyte or cannot be read.
    @Nullable String hash(WorkspacePath path);

    /// Runs work while this server writes nothing at the path.
    void exclusively(WorkspacePath path, Runnable work);

    FileChanges changes();
}
