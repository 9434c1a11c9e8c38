package dev.qide.server.files.disk;

import dev.qide.server.linux.OpenFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files that git tracks in a directory. The nearest repository of a path decides: the
/// directory's own, one above it, a submodule, a worktree, or one inside. Thread-safe.
///
/// Reads an index again when its file has changed. Remembers at most 64 repositories. When an index
/// is unreadable or larger than 32 MiB, no file counts as tracked, and the log says so.
public final class TrackedFiles {
    private static final Logger LOG = LoggerFactory.getLogger(TrackedFiles.class);
    private static final int REPOSITORIES = 64;
    private static final int POINTER_BYTES = 4 << 10;
    private static final String POINTER = "gitdir:";

    private final Path root;

    /// The indexes by their repository's folder, most recently used last. Guarded by itself.
    private final Map<Path, Known> cache =
            new LinkedHashMap<>(4, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Path, Known> eldest) {
                    return size() > REPOSITORIES;
                }
            };

    private int version;

    /// An index and the state of its file when it was read.
    private record Known(@Nullable State state, GitIndex index) {}

    private record State(FileTime modified, long bytes, @Nullable Object file) {}

    /// @param root a real path
    public TrackedFiles(Path root) {
        this.root = root;
    }

    /// Whether git tracks the file, or a file in the folder.
    ///
    /// @param path relative to the root, with `/`
    public boolean tracks(String path) {
        var whole = root.resolve(path);
        for (var folder = whole.getParent(); folder != null; folder = folder.getParent()) {
            var git = attributes(folder.resolve(".git"));
            if (git != null && (git.isDirectory() || git.isRegularFile())) {
                var within = folder.relativize(whole).toString();
                return index(folder, git.isDirectory()).tracks(within);
            }
        }
        return false;
    }

    /// A number that changes when a repository that was used tracks other files.
    public int version() {
        List<Path> repositories;
        synchronized (cache) {
            repositories = List.copyOf(cache.keySet());
        }
        for (var folder : repositories) {
            var git = attributes(folder.resolve(".git"));
            var _ = index(folder, git == null || git.isDirectory());
        }
        synchronized (cache) {
            return version;
        }
    }

    private GitIndex index(Path folder, boolean isDirectory) {
        var git = folder.resolve(".git");
        var directory = isDirectory ? git : pointedTo(git);
        var file = directory == null ? null : directory.resolve("index");
        var state = file == null ? null : state(file);
        synchronized (cache) {
            var known = cache.get(folder);
            if (known != null && Objects.equals(known.state(), state)) {
                return known.index();
            }
        }
        var index = file == null || state == null ? GitIndex.empty() : read(file, state);
        synchronized (cache) {
            var before = cache.put(folder, new Known(state, index));
            if (before == null || !before.index().isLike(index)) {
                version++;
            }
        }
        return index;
    }

    private static GitIndex read(Path file, State state) {
        var bytes = bytes(file);
        var index =
                bytes == null
                        ? null
                        : GitIndex.parse(bytes, name -> bytes(file.resolveSibling(name)));
        if (index == null) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.git_index_unreadable")
                    .addKeyValue("bytes", state.bytes())
                    .log(
                            "cannot read a repository's index: the ignore rules alone decide which of its files are shared");
            return GitIndex.empty();
        }
        return index;
    }

    /// The content of an index; null when it cannot be read or is too large.
    private static byte @Nullable [] bytes(Path file) {
        try (var in = OpenFolder.openFile(file)) {
            var bytes = in.readNBytes(GitIndex.INDEX_BYTES + 1);
            return bytes.length > GitIndex.INDEX_BYTES ? null : bytes;
        } catch (IOException _) {
            return null;
        }
    }

    /// The repository of a worktree or a submodule.
    private static @Nullable Path pointedTo(Path git) {
        try (var in = OpenFolder.openFile(git)) {
            var text = new String(in.readNBytes(POINTER_BYTES), StandardCharsets.UTF_8).strip();
            if (!text.startsWith(POINTER)) {
                return null;
            }
            return git.resolveSibling(text.substring(POINTER.length()).strip()).normalize();
        } catch (IOException | InvalidPathException _) {
            return null;
        }
    }

    private static @Nullable State state(Path file) {
        var now = attributes(file);
        return now == null || !now.isRegularFile()
                ? null
                : new State(now.lastModifiedTime(), now.size(), now.fileKey());
    }

    private static @Nullable BasicFileAttributes attributes(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException _) {
            return null;
        }
    }
}
