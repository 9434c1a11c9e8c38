package dev.qide.server.files;

/// Hears what becomes of files. Implemented above. Changes of one file come in their order, one
/// after the other; the next write of that file waits until this returns, so it is bounded.
public interface FileListener {
    void changed(FileChange change);
}
