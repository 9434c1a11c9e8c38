package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

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
        return new FirstText(text, hash(text), "lf", false, "utf-8");
    }

    @Override
    public String conflictPath(WorkspaceId workspace, String path) {
        return path + ".conflict";
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
