package dev.qide.server.files;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.EnumSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes what killed servers left of files that they were about to write for somebody's PUT, and
/// of what somebody deleted. The temporary files of documents have other names and are not touched:
/// they may hold what a tool wrote. Owned by one thread.
final class Leftovers extends SimpleFileVisitor<Path> {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final Pattern NAME = Pattern.compile("\\.qide-[0-9a-f]{24}\\.tmp");
    private static final int TREE_DEPTH = 64;

    private final Path root;
    private final IgnoreRules rules;
    private final Instant before;

    private Leftovers(Path root, IgnoreRules rules, Instant before) {
        this.root = root;
        this.rules = rules;
        this.before = before;
    }

    /// @param before what was written later is in use
    static void remove(Path root, IgnoreRules rules, Instant before) {
        try {
            Files.walkFileTree(
                    root,
                    EnumSet.noneOf(FileVisitOption.class),
                    TREE_DEPTH,
                    new Leftovers(root, rules, before));
        } catch (IOException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.leftovers_kept")
                    .setCause(failure)
                    .log("temporary files of an earlier server could not be removed");
        }
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
            throws IOException {
        if (isLeftOver(folder, attributes)) {
            // A folder that somebody deleted; the server ended before it was empty.
            try (var above = Folders.secure(folder.resolveSibling(""))) {
                DiskTree.delete(above, folder.getFileName(), 0);
            }
            return FileVisitResult.SKIP_SUBTREE;
        }
        return folder.equals(root)
                        || !rules.isItselfIgnored(root.relativize(folder).toString(), true)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (attributes.isRegularFile() && isLeftOver(file, attributes)) {
            Files.deleteIfExists(file);
        }
        return FileVisitResult.CONTINUE;
    }

    private boolean isLeftOver(Path found, BasicFileAttributes attributes) {
        return attributes.lastModifiedTime().toInstant().isBefore(before)
                && NAME.matcher("" + found.getFileName()).matches();
    }

    /// What cannot be looked at stays.
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) {
        return FileVisitResult.CONTINUE;
    }
}
