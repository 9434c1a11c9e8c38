package dev.qide.server.cli.relay;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The cache directory of `qide lsp` for copies of documents outside the workspace: one folder for
/// each endpoint.
public final class ExternalFileCache {
    /// Files and folders that did not change for so long are deleted.
    static final Duration KEPT_FOR = Duration.ofDays(30);

    private static final String PREFIX = "external-";

    private ExternalFileCache() {}

    /// The folder of an endpoint; it may not exist yet. Its last name occurs in no other path.
    public static Path of(Path cache, URI endpoint) {
        var name = UUID.nameUUIDFromBytes(endpoint.toString().getBytes(StandardCharsets.UTF_8));
        return cache.resolve(PREFIX + name);
    }

    /// Deletes what is older than thirty days, also of endpoints that are no longer used. What
    /// cannot be read or deleted stays: another `qide lsp` may be deleting it as well.
    public static void deleteOld(Path cache, Instant now) {
        var oldest = FileTime.from(now.minus(KEPT_FOR));
        try (var folders = Files.newDirectoryStream(cache, PREFIX + "*")) {
            for (var folder : folders) {
                deleteIn(folder, oldest);
            }
        } catch (IOException | DirectoryIteratorException _) {
            // There is no cache directory yet, or the next call deletes the rest.
        }
    }

    private static void deleteIn(Path folder, FileTime oldest) {
        try {
            Files.walkFileTree(folder, new OldCopies(oldest));
        } catch (IOException _) {
            // The next call deletes the rest.
        }
    }

    /// Deletes the old files of a folder, and its folders that were empty and old before.
    private static final class OldCopies extends SimpleFileVisitor<Path> {
        private final FileTime oldest;

        private OldCopies(FileTime oldest) {
            this.oldest = oldest;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            if (attributes.lastModifiedTime().compareTo(oldest) < 0) {
                Files.deleteIfExists(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                throws IOException {
            try {
                if (Files.getLastModifiedTime(folder).compareTo(oldest) < 0) {
                    Files.deleteIfExists(folder);
                }
            } catch (DirectoryNotEmptyException _) {
                // Its files are in use.
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
