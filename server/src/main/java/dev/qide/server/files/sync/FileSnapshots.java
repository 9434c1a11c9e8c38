package dev.qide.server.files.sync;

import dev.qide.server.files.Disk;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.store.WorkspaceId;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What files were when they were read or saved last, as far as somebody watches them. Thread-safe.
///
/// At most 8,192 files are remembered; one more is not watched (a save of it is still refused when
/// it changed).
public final class FileSnapshots {
    private static final int FILES = 8_192;

    private final ConcurrentHashMap<Key, Known> files = new ConcurrentHashMap<>();

    /// A file by its name.
    public record Key(WorkspaceId workspace, WorkspacePath path) {}

    /// A file's state.
    private record Known(@Nullable String hash, Disk.@Nullable Stamp stamp) {}

    /// Begins to remember a file in this state, if it is not remembered in another one.
    public void remember(Key key, String hash) {
        if (files.size() < FILES || files.containsKey(key)) {
            // No stamp: the next look reads the file once more.
            files.putIfAbsent(key, new Known(hash, null));
        }
    }

    public boolean contains(Key key) {
        return files.containsKey(key);
    }

    public void forget(Key key) {
        files.remove(key);
    }

    public void forget(WorkspaceId workspace) {
        files.keySet().removeIf(key -> key.workspace().equals(workspace));
    }

    public List<Key> all() {
        return List.copyOf(files.keySet());
    }

    /// The server itself wrote the file.
    public void saved(Key key, String hash) {
        files.computeIfPresent(key, (_, _) -> new Known(hash, null));
    }

    /// Whether the stamp says that the file may have changed.
    public boolean isOtherThan(Key key, Disk.@Nullable Stamp stamp) {
        var known = files.get(key);
        return known != null
                && (known.stamp() == null || !known.stamp().equals(stamp))
                && !(known.hash() == null && stamp == null);
    }

    /// Takes what is on disk now, and says whether that is another content than the known one.
    public boolean isNews(Key key, @Nullable String hash, Disk.@Nullable Stamp stamp) {
        var known = files.get(key);
        if (known == null) {
            return false;
        }
        files.replace(key, known, new Known(hash, stamp));
        return !Objects.equals(known.hash(), hash);
    }
}
