package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;

/// The files of a workspace that must not reach services elsewhere, such as models. Thread-safe.
public final class LocalOnlyFiles {
    private static final String IGNORE_FILE = ".qideignore";

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;

    public LocalOnlyFiles(WorkspaceRegistry workspaces, WorkspaceFiles files) {
        this.workspaces = workspaces;
        this.files = files;
    }

    /// Whether `.gitignore` files, or the `.qideignore` at the root, which has the same syntax,
    /// name a path or a folder above it.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`
    public boolean isIgnored(String workspace, String path) {
        var wanted = new WorkspacePath(path);
        return files.rules(workspaces.named(workspace)).isIgnored(wanted, false)
                || isIgnoredHere(workspace, path);
    }

    private boolean isIgnoredHere(String workspace, String path) {
        IgnoreFile rules;
        try {
            rules = IgnoreFile.parse(files.read(workspace, IGNORE_FILE).bytes());
        } catch (FailureException failure) {
            // A list that cannot be read hides everything.
            return failure.failure() != Failure.FILE_UNKNOWN;
        }
        for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
            if (Boolean.TRUE.equals(rules.isIgnored(path.substring(0, end), true))) {
                return true;
            }
        }
        return Boolean.TRUE.equals(rules.isIgnored(path, false));
    }
}
