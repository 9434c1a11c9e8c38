package dev.qide.server.workspace;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.DiskTree;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The directories of the workspaces that are made here: one folder of the data directory, in which
/// each has its own under its name.
///
/// What is not a workspace yet, or is none any more, has a name that no workspace can have and that
/// says whose it is: `.qide-new-ID` is being filled, `.qide-again-ID` is a lost one being written
/// again, `.qide-gone-ID` is being deleted. Each step is one rename. Thread-safe.
final class ManagedDirectories {
    private static final int ENTRIES = 10_000;

    private final Path root;

    /// What a directory is on its way to.
    enum Stage {
        NEW,
        AGAIN,
        GONE;

        private String prefix() {
            return switch (this) {
                case NEW -> ".qide-new-";
                case AGAIN -> ".qide-again-";
                case GONE -> ".qide-gone-";
            };
        }
    }

    /// A directory that is on its way.
    record Staged(Stage stage, WorkspaceId id) {}

    ManagedDirectories(Path root) throws IOException {
        this.root = Files.createDirectories(root).toRealPath();
    }

    /// The directory of a workspace, also when it is not there.
    Path of(String name) {
        var named = root.resolve(name);
        try {
            return named.toRealPath();
        } catch (IOException _) {
            return named;
        }
    }

    boolean isThere(String name) {
        return Files.exists(root.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }

    boolean isThere(Staged staged) {
        return Files.exists(path(staged), LinkOption.NOFOLLOW_LINKS);
    }

    /// The existing name that differs from this one at most in upper and lower case, or null.
    @Nullable String taken(String name) throws IOException {
        return names().stream().filter(name::equalsIgnoreCase).findFirst().orElse(null);
    }

    /// Makes an empty one, at a stage.
    Path begin(Staged staged) throws IOException {
        delete(staged);
        return Files.createDirectory(path(staged));
    }

    /// It gets its name.
    ///
    /// @throws FailureException `WORKSPACE_EXISTS` when a directory has it
    void place(Staged staged, String name) throws IOException {
        if (isThere(name)) {
            throw new FailureException(
                    Failure.WORKSPACE_EXISTS, Map.of("name", name, "reason", "directory"));
        }
        Files.move(path(staged), root.resolve(name));
    }

    /// It loses its name.
    void take(String name, Staged staged) throws IOException {
        Files.move(root.resolve(name), path(staged));
    }

    /// Deletes one with everything in it, if it is there; no link is followed.
    void delete(Staged staged) throws IOException {
        if (isThere(staged)) {
            try (var top = DirectoryHandles.secure(root)) {
                DiskTree.delete(top, path(staged).getFileName(), 0);
            }
        }
    }

    /// Those that an earlier server left on their way.
    List<Staged> staged() throws IOException {
        var found = new ArrayList<Staged>();
        for (var name : names()) {
            for (var stage : Stage.values()) {
                if (name.startsWith(stage.prefix())) {
                    try {
                        var id = UUID.fromString(name.substring(stage.prefix().length()));
                        found.add(new Staged(stage, new WorkspaceId(id)));
                    } catch (IllegalArgumentException _) {
                        // Not one of ours.
                    }
                }
            }
        }
        return found;
    }

    /// The names of all that have one.
    List<String> named() throws IOException {
        return names().stream().filter(Workspaces::isName).toList();
    }

    private List<String> names() throws IOException {
        try (var all = Files.list(root)) {
            return all.limit(ENTRIES).map(path -> "" + path.getFileName()).toList();
        }
    }

    private Path path(Staged staged) {
        return root.resolve(staged.stage().prefix() + staged.id());
    }
}
