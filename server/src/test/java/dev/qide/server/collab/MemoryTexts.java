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
import org.jspecify.annotations.Nullable;

/// A workspace's files, kept in memory.
final class MemoryTexts implements TextSource {
    final Map<String, String> files = new ConcurrentHashMap<>();

    @Override
    public FirstText read(WorkspaceId workspace, String path, boolean mayCreate) {
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

    /// What the file was when the document was given to it last, by path.
    final Map<String, String> bases = new ConcurrentHashMap<>();

    /// Where only the file changed, its text; where both did, the file's text behind the
    /// document's.
    @Override
    public @Nullable String reconciled(StoredDocument document, String committed) {
        var text = files.get(document.path());
        var base = bases.getOrDefault(document.path(), committed);
        if (text == null) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        if (text.equals(base) || text.equals(committed)) {
            return null;
        }
        bases.put(document.path(), text);
        return committed.equals(base) ? text : committed + text;
    }

    @Override
    public boolean isReadOnly(WorkspaceId workspace, String path) {
        return false;
    }

    @Override
    public boolean isSynced(WorkspaceId workspace, String path) {
        return true;
    }

    @Override
    public void isReconciled(StoredDocument document) {}

    static String hash(String text) {
        try {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
