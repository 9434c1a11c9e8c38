package dev.qide.server.files.replication;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.store.WorkspaceId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A record of the directories on this server that are copies of a workspace in the database, of
/// the state that each copies, and of the files that only the directory has: small files per
/// directory, in the data directory. Thread-safe; calls block on the disk.
public final class LocalCopies {
    /// An epoch that no lease has: a copy that is not complete.
    public static final long NO_EPOCH = 0;

    private static final String TEMPORARY = ".tmp";
    private static final String UNSTORED = ".unstored";
    private static final int MOST = 10_000;

    private final Path folder;

    /// A directory that is a copy of a workspace.
    ///
    /// @param directory its name
    /// @param epochs of leases; the copy is current if the database has one of them
    public record Copy(WorkspaceId workspace, String directory, Set<Long> epochs) {
        public Copy {
            epochs = Set.copyOf(epochs);
        }
    }

    /// @param folder of the data directory
    public LocalCopies(Path folder) {
        this.folder = folder;
    }

    /// The copy of a workspace, or null.
    public @Nullable Copy find(WorkspaceId workspace) {
        var file = folder.resolve(workspace.toString());
        try {
            return Files.exists(file) ? parsed(workspace, Files.readAllLines(file)) : null;
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }

    /// All copies.
    public List<Copy> all() {
        var found = new ArrayList<Copy>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (var files = Files.list(folder)) {
            for (var file : files.limit(MOST).toList()) {
                var id = idOrNull(file.getFileName().toString());
                var copy = id == null ? null : find(id);
                if (copy != null) {
                    found.add(copy);
                }
            }
            return found;
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }

    /// Records a copy durably.
    public void put(Copy copy) {
        var epochs = new TreeSet<>(copy.epochs());
        var text =
                copy.directory()
                        + "\n"
                        + epochs.stream().map(String::valueOf).collect(Collectors.joining(" "))
                        + "\n";
        write(copy.workspace().toString(), text);
    }

    /// The files that the database does not have, as far as [#putUnstored] recorded.
    Set<String> unstored(WorkspaceId workspace) {
        var file = folder.resolve(workspace + UNSTORED);
        try {
            return Files.exists(file) ? Set.copyOf(Files.readAllLines(file)) : Set.of();
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }

    /// Records durably which files of a directory the database does not have, for example since
    /// they are too large.
    void putUnstored(WorkspaceId workspace, Set<String> paths) {
        if (!paths.equals(unstored(workspace))) {
            var lines = new StringBuilder();
            paths.stream().sorted().forEach(path -> lines.append(path).append('\n'));
            write(workspace + UNSTORED, lines.toString());
        }
    }

    /// Adds files to that record at once, since a server that is killed now must keep them. The
    /// next whole comparison removes what is no longer true.
    void addUnstored(WorkspaceId workspace, Set<String> added) {
        if (!added.isEmpty()) {
            var paths = new TreeSet<>(unstored(workspace));
            paths.addAll(added);
            putUnstored(workspace, paths);
        }
    }

    private void write(String name, String text) {
        try {
            Files.createDirectories(folder);
            var fresh = folder.resolve(name + TEMPORARY);
            try (var channel =
                    FileChannel.open(
                            fresh,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    var _ = channel.write(bytes);
                }
                channel.force(true);
            }
            var _ = Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }

    /// Forgets a copy.
    public void remove(WorkspaceId workspace) {
        try {
            var _ = Files.deleteIfExists(folder.resolve(workspace.toString()));
            var _ = Files.deleteIfExists(folder.resolve(workspace + UNSTORED));
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }

    /// A file that is damaged says nothing, so that the directory is restored.
    private static @Nullable Copy parsed(WorkspaceId workspace, List<String> lines) {
        if (lines.size() != 2 || !lines.getLast().matches("[0-9]{1,18}( [0-9]{1,18})*")) {
            return null;
        }
        var epochs =
                List.of(lines.getLast().split(" ")).stream()
                        .map(Long::parseLong)
                        .collect(Collectors.toSet());
        return new Copy(workspace, lines.getFirst(), epochs);
    }

    private static @Nullable WorkspaceId idOrNull(String name) {
        try {
            return new WorkspaceId(UUID.fromString(name));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
