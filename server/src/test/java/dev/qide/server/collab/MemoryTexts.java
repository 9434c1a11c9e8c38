package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A workspace's files in memory.
final class MemoryTexts implements TextSource {
    final Map<String, String> files = new ConcurrentHashMap<>();

    /// The number of attempts to read a file.
    final AtomicInteger reads = new AtomicInteger();

    @Override
    public void requireShared(WorkspaceId workspace, String path) {}

    @Override
    public FirstText read(WorkspaceId workspace, String path, boolean mayCreate) {
        reads.incrementAndGet();
        if (path.isEmpty() || path.contains("..")) {
            throw new FailureException(Failure.PATH_ILLEGAL);
        }
        var text = mayCreate ? files.computeIfAbsent(path, _ -> "") : files.get(path);
        if (text == null) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        bases.put(path, text);
        return new FirstText(text, hash(text), "lf", false, "utf-8");
    }

    /// The file's text when it was last merged into the document, by path.
    final Map<String, String> bases = new ConcurrentHashMap<>();

    /// Returns the file's text if only the file changed, or the document's text followed by the
    /// file's if both did.
    @Override
    public Comparison compare(StoredDocument document) {
        return committed -> merged(document, committed);
    }

    private @Nullable Merged merged(StoredDocument document, String committed) {
        var text = files.get(document.path());
        var base = bases.getOrDefault(document.path(), committed);
        if (text == null) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        if (text.equals(base) || text.equals(committed)) {
            return null;
        }
        bases.put(document.path(), text);
        return new Merged(committed.equals(base) ? text : committed + text, null);
    }

    @Override
    public boolean isReadOnly(WorkspaceId workspace, String path) {
        return false;
    }

    @Override
    public boolean isSynced(WorkspaceId workspace, String path) {
        return true;
    }

    static String hash(String text) {
        try {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
