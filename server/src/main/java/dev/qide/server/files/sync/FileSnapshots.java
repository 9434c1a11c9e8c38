package dev.qide.server.files.sync;

import dev.qide.server.files.Disk;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.store.WorkspaceId;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The state in which each watched file was last read or written. Thread-safe.
///
/// At most 8,192 files are remembered; further ones are not watched (saving over one that changed
/// is still refused).
public final class FileSnapshots {
    private static final int FILES = 8_192;

    private final ConcurrentHashMap<Key, Known> files = new ConcurrentHashMap<>();

    /// The identity of a file.
    public record Key(WorkspaceId workspace, WorkspacePath path) {}

    /// The known state of a file.
    private record Known(@Nullable String hash, Disk.@Nullable Stamp stamp) {}

    /// Remembers a file in this state, unless another state is known.
    public void remember(Key key, String hash) {
        if (files.size() < FILES || files.containsKey(key)) {
            // Without a stamp the next check reads the file once more.
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

    /// Records that the server itself wrote the file.
    public void saved(Key key, String hash) {
        files.computeIfPresent(key, (_, _) -> new Known(hash, null));
    }

    /// Whether the file may have changed, by its stamp.
    public boolean differsFrom(Key key, Disk.@Nullable Stamp stamp) {
        var known = files.get(key);
        return known != null
                && (known.stamp() == null || !known.stamp().equals(stamp))
                && !(known.hash() == null && stamp == null);
    }

    /// Records the current content and returns whether it differs from the known one.
    public boolean isNewContent(Key key, @Nullable String hash, Disk.@Nullable Stamp stamp) {
        var known = files.get(key);
        if (known == null) {
            return false;
        }
        files.replace(key, known, new Known(hash, stamp));
        return !Objects.equals(known.hash(), hash);
    }
}
