package dev.qide.server.files.replication;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.Disk;
import dev.qide.server.files.IgnoreRules;
import dev.qide.server.files.IgnoreRules.Verdict;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.files.disk.FolderWalk;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Decides which files of a directory are replicated to the database, and finds them: all that are
/// shared, and the repositories of `git`, `hg` and `svn`. Ignored files and installed packages are
/// not replicated, nor are the lock files of repositories, which would block the next server.
/// Thread-safe.
final class ReplicatedFiles {
    private static final String GIT = "/.git/";
    private static final String OBJECTS = "objects";
    private static final String LOCK = ".lock";
    private static final String CLEANING = "gc.pid";

    private final DirectoryEntries entries;
    private final IgnoreRules rules;

    ReplicatedFiles(DirectoryEntries entries, IgnoreRules rules) {
        this.entries = entries;
        this.rules = rules;
    }

    /// The result of a walk.
    ///
    /// @param entries by path, folders before what is in them
    /// @param objects folders with a repository's objects, which were not entered
    /// @param illegal paths whose names the server does not allow
    /// @param unreadable folders, whose content is unknown
    record Found(
            Map<String, Entry> entries,
            List<String> objects,
            List<String> illegal,
            List<String> unreadable) {}

    /// Whether the file or folder is replicated.
    boolean isReplicated(String path, boolean isFolder) {
        var above = Verdict.SHARED;
        for (int end = path.indexOf('/'), start = 0; ; end = path.indexOf('/', start)) {
            boolean isLast = end < 0;
            var part = isLast ? path : path.substring(0, end);
            if (IgnoreRules.isRepository(part.substring(start))) {
                return !isTransient(path.substring(path.lastIndexOf('/') + 1));
            }
            above = rules.verdict(part, !isLast || isFolder, above);
            if (isLast || above == Verdict.IGNORED) {
                return above != Verdict.IGNORED;
            }
            start = end + 1;
        }
    }

    /// The entry at a path if it is replicated; null also if a folder above it cannot be read.
    @Nullable Entry find(String path) {
        return unlessUnreadable(() -> findReadable(path), null);
    }

    /// Whether nothing at the path is replicated any more. What cannot be read is not gone.
    boolean isGone(String path) {
        return unlessUnreadable(() -> findReadable(path) == null, false);
    }

    /// Whether there is no file at the path. What cannot be read counts as a file.
    boolean hasNoFile(String path) {
        return unlessUnreadable(
                () -> {
                    var there = entries.find(path);
                    return there == null || there.kind() != Kind.FILE;
                },
                false);
    }

    private @Nullable Entry findReadable(String path) {
        var there = entries.find(path);
        return there != null && isReplicated(path, there.kind() == Kind.FOLDER) ? there : null;
    }

    private static <T extends @Nullable Object> T unlessUnreadable(Supplier<T> look, T unreadable) {
        try {
            return look.get();
        } catch (FailureException failure) {
            if (failure.failure() != Failure.REQUEST_FAILED) {
                throw failure;
            }
            return unreadable;
        }
    }

    /// Whether a path belongs to a repository.
    static boolean isInRepository(String path) {
        for (var name : path.split("/", -1)) {
            if (IgnoreRules.isRepository(name)) {
                return true;
            }
        }
        return false;
    }

    /// Whether a path is an object of a git repository, or a folder of objects.
    static boolean isObject(String path) {
        var inside = "/" + path + "/";
        return inside.contains(GIT) && inside.contains("/" + OBJECTS + "/");
    }

    /// Whether a path is in the repository that one of the folders of objects belongs to, or in the
    /// one around it.
    static boolean isOfRepository(String path, List<String> objects) {
        return objects.stream()
                .map(folder -> folder.substring(0, ("/" + folder).indexOf(GIT) + GIT.length() - 1))
                .anyMatch(path::startsWith);
    }

    private static boolean isTransient(String name) {
        return name.endsWith(LOCK) || name.equals(CLEANING) || Disk.isTemporary(name);
    }

    /// Finds all replicated files.
    Found all() {
        var walk = new Walk(Verdict.SHARED, true);
        try {
            FolderWalk.through(entries.root(), walk);
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
        return walk.found();
    }

    /// Finds the replicated files of a replicated folder; none if it is gone meanwhile.
    ///
    /// @param skipsObjects whether folders with a repository's objects are not entered
    Found below(String folder, boolean skipsObjects) {
        var walk = new Walk(verdict(folder), skipsObjects);
        try {
            FolderWalk.below(entries.root(), new WorkspacePath(folder), walk);
        } catch (FailureException failure) {
            if (failure.failure() == Failure.REQUEST_FAILED) {
                walk.unreadable(folder);
            } else if (failure.failure() != Failure.FILE_UNKNOWN) {
                throw failure;
            }
        }
        return walk.found();
    }

    private Verdict verdict(String folder) {
        var above = Verdict.SHARED;
        for (int end = folder.indexOf('/'); end >= 0; end = folder.indexOf('/', end + 1)) {
            above = rules.verdict(folder.substring(0, end), true, above);
        }
        return isInRepository(folder) ? Verdict.SHARED : rules.verdict(folder, true, above);
    }

    private final class Walk implements FolderWalk.Visitor {
        private final Map<String, Entry> found = new LinkedHashMap<>();
        private final Map<String, Verdict> verdicts = new HashMap<>();
        private final List<String> objects = new ArrayList<>();
        private final Verdict atTop;
        private final boolean skipsObjects;
        private final List<String> illegal = new ArrayList<>();
        private final List<String> unreadable = new ArrayList<>();

        Walk(Verdict atTop, boolean skipsObjects) {
            this.atTop = atTop;
            this.skipsObjects = skipsObjects;
        }

        Found found() {
            return new Found(found, objects, illegal, unreadable);
        }

        @Override
        public void unreadable(String path) {
            unreadable.add(path);
        }

        @Override
        public FolderWalk.Next visit(
                String path,
                BasicFileAttributes attributes,
                SecureDirectoryStream<Path> above,
                Path name)
                throws IOException {
            if (!isLegal(path)) {
                illegal.add(path);
                return FolderWalk.Next.SKIP;
            }
            if (!isReplicated(path, name.toString(), attributes.isDirectory())) {
                return FolderWalk.Next.SKIP;
            }
            var entry = entry(path, above, name);
            if (entry == null) {
                return FolderWalk.Next.SKIP;
            }
            found.put(path, entry);
            if (skipsObjects && entry.kind() == Kind.FOLDER && isObject(path)) {
                objects.add(path);
                return FolderWalk.Next.SKIP;
            }
            return FolderWalk.Next.ENTER;
        }

        private @Nullable Entry entry(String path, SecureDirectoryStream<Path> above, Path name) {
            try {
                return entries.entry(path, above, name);
            } catch (IOException _) {
                // It was deleted meanwhile, or cannot be read.
                return null;
            }
        }

        /// Whether files in a folder of this path would have legal paths too.
        private static boolean isLegal(String path) {
            try {
                return !new WorkspacePath(path + "/x").value().isEmpty();
            } catch (FailureException _) {
                return false;
            }
        }

        private boolean isReplicated(String path, String name, boolean isFolder) {
            if (IgnoreRules.isRepository(name) || isInRepository(path)) {
                return !isTransient(name);
            }
            int end = path.lastIndexOf('/');
            var above = verdicts.getOrDefault(end < 0 ? "" : path.substring(0, end), atTop);
            var verdict = rules.verdict(path, isFolder, above);
            if (isFolder && verdict != atTop) {
                verdicts.put(path, verdict);
            }
            return verdict != Verdict.IGNORED;
        }
    }
}
