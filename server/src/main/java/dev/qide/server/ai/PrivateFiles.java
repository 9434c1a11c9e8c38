package dev.qide.server.ai;

import dev.qide.server.ai.privacy.SecretFileNames;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import org.jspecify.annotations.Nullable;

/// Decides which files of a workspace must not leave this machine. Thread-safe.
@FunctionalInterface
public interface PrivateFiles {
    /// Whether `.gitignore` or `.qideignore` names a path.
    boolean isIgnored(String workspace, String path);

    /// Refuses a file whose text must not reach a model.
    ///
    /// @param workspace null for a text outside any workspace
    /// @throws FailureException `FILE_IGNORED`
    default void requireShareable(@Nullable String workspace, String path) {
        if (SecretFileNames.isPrivate(path) || (workspace != null && isIgnored(workspace, path))) {
            throw new FailureException(Failure.FILE_IGNORED);
        }
    }
}
