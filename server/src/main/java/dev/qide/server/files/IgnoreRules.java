package dev.qide.server.files;

import dev.qide.server.files.disk.TrackedFiles;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides which files of a workspace are not shared: a list of names, and its `.gitignore` files
/// (gitignore(5), nested files included), except files that git tracks. Thread-safe.
///
/// Repositories and package folders cannot be overruled: no editor shares their files.
public final class IgnoreRules {
    private static final Set<String> REPOSITORIES = Set.of(".git", ".hg", ".svn");
    private static final Set<String> PACKAGES = Set.of(".venv", "node_modules", "venv");
    private static final Set<String> GENERATED =
            Set.of(
                    ".idea",
                    ".vs",
                    ".gradle",
                    ".mypy_cache",
                    ".next",
                    ".nox",
                    ".pytest_cache",
                    ".ruff_cache",
                    ".tox",
                    "__pycache__",
                    "build",
                    "dist",
                    "target",
                    ".ds_store");
    private static final int GITIGNORE_BYTES = 256 << 10;
    private static final int CACHED_FOLDERS = 1024;

    private final Path root;
    private final DirectoryHandles directoryHandles;
    private final TrackedFiles tracked;

    /// The rules by folder, most recently used last. Guarded by itself.
    private final Map<String, Rules> cache =
            new LinkedHashMap<>(64, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Rules> eldest) {
                    return size() > CACHED_FOLDERS;
                }
            };

    /// One folder's `.gitignore` with the stamp at which it was read.
    private record Rules(FileTime modified, long size, @Nullable IgnoreFile file) {}

    IgnoreRules(Path root) {
        this.root = root;
        directoryHandles = new DirectoryHandles(root);
        tracked = new TrackedFiles(root);
    }

    /// The verdict on a path.
    public enum Verdict {
        SHARED,
        /// The rules ignore it, but git tracks it or a file in it.
        TRACKED,
        IGNORED
    }

    /// Whether this path or a folder above it is ignored.
    boolean isIgnored(WorkspacePath path, boolean isFolder) {
        return verdict(path, isFolder) == Verdict.IGNORED;
    }

    private Verdict verdict(WorkspacePath path, boolean isFolder) {
        var value = path.value();
        var above = Verdict.SHARED;
        for (int end = value.indexOf('/'); end >= 0; end = value.indexOf('/', end + 1)) {
            above = verdict(value.substring(0, end), true, above);
            if (above == Verdict.IGNORED) {
                return above;
            }
        }
        return verdict(value, isFolder, above);
    }

    /// The verdict on a path.
    ///
    /// @param above the verdict on its folder; `SHARED` at the root
    public Verdict verdict(String path, boolean isFolder, Verdict above) {
        var name = path.substring(path.lastIndexOf('/') + 1);
        if (above == Verdict.IGNORED || isNeverShared(name)) {
            return Verdict.IGNORED;
        }
        boolean isIgnored = above == Verdict.TRACKED || isIgnoredByName(path, name, isFolder);
        if (!isIgnored) {
            return Verdict.SHARED;
        }
        return tracked.tracks(path) ? Verdict.TRACKED : Verdict.IGNORED;
    }

    /// A number that changes when git tracks other files.
    public int trackedVersion() {
        return tracked.version();
    }

    /// Whether a file is ignored but may be opened by a client that names it, if it is text.
    ///
    /// @throws FailureException `FILE_IGNORED` when it belongs to a repository or to packages
    boolean isOpenedByNameOnly(WorkspacePath path) {
        if (!isIgnored(path, false)) {
            return false;
        }
        if (path.segments().stream().anyMatch(IgnoreRules::isNeverShared)) {
            throw new FailureException(Failure.FILE_IGNORED);
        }
        return true;
    }

    /// Whether a name is never shared, whatever git tracks.
    public static boolean isNeverShared(String name) {
        return isRepository(name) || isPackages(name) || Disk.isTemporary(name);
    }

    /// Whether a folder of this name belongs to a repository.
    public static boolean isRepository(String name) {
        return REPOSITORIES.contains(name.toLowerCase(Locale.ROOT));
    }

    /// Whether a folder of this name holds installed packages.
    public static boolean isPackages(String name) {
        return PACKAGES.contains(name.toLowerCase(Locale.ROOT));
    }

    private boolean isIgnoredByName(String path, String name, boolean isFolder) {
        if (GENERATED.contains(name.toLowerCase(Locale.ROOT))) {
            return true;
        }
        // The deepest .gitignore with a matching rule decides.
        for (int end = path.lastIndexOf('/'); ; end = path.lastIndexOf('/', end - 1)) {
            var folder = end < 0 ? "" : path.substring(0, end + 1);
            var file = rules(folder).file();
            var opinion =
                    file == null ? null : file.isIgnored(path.substring(folder.length()), isFolder);
            if (opinion != null) {
                return opinion;
            }
            if (end < 0) {
                return false;
            }
        }
    }

    private Rules rules(String folder) {
        var file = root.resolve(folder + ".gitignore");
        try {
            var now =
                    Files.readAttributes(
                            file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            synchronized (cache) {
                var known = cache.get(folder);
                if (known != null
                        && known.modified().equals(now.lastModifiedTime())
                        && known.size() == now.size()) {
                    return known;
                }
            }
            var read = new Rules(now.lastModifiedTime(), now.size(), read(folder, now));
            synchronized (cache) {
                cache.put(folder, read);
            }
            return read;
        } catch (IOException | FailureException _) {
            return new Rules(FileTime.fromMillis(0), 0, null);
        }
    }

    /// The stamp is read by path, since it is needed for each entry of a tree; the content is read
    /// without following links, up to the bound.
    private @Nullable IgnoreFile read(String folder, BasicFileAttributes attributes)
            throws IOException {
        if (!attributes.isRegularFile() || attributes.size() > GITIGNORE_BYTES) {
            return null;
        }
        var bytes =
                directoryHandles.in(
                        new WorkspacePath(folder + ".gitignore"),
                        (open, name) -> {
                            DirectoryHandles.requireFile(DirectoryHandles.attributes(open, name));
                            try (var channel = open.newByteChannel(name, DirectoryHandles.READ)) {
                                return DirectoryHandles.content(channel, GITIGNORE_BYTES);
                            }
                        });
        return IgnoreFile.parse(bytes);
    }
}
