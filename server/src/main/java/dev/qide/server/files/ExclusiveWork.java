package dev.qide.server.files;

import org.jspecify.annotations.Nullable;

/// Work during which this server writes nothing else at the work's paths; see
/// [WorkspaceFiles#exclusivelyInWorkspace].
public interface ExclusiveWork<T extends @Nullable Object> {
    T run() throws InterruptedException;
}
