package dev.qide.server.files;

import org.jspecify.annotations.Nullable;

/// Work that meets no other writer of this server at its paths; see [WorkspaceFiles#aloneInAll].
public interface AloneWork<T extends @Nullable Object> {
    T run() throws InterruptedException;
}
