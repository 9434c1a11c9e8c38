package dev.qide.server.workspace;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.files.DiskTree;
import dev.qide.server.files.Workspace;
import dev.qide.server.linux.OpenFolder;
import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable.Managed;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directories of managed workspaces: one folder of the data directory, with a directory for
/// each workspace under the workspace's name.
///
/// A directory that is being created or deleted has a name that no workspace can have and that
/// contains the workspace's id: `.qide-new-ID` is being filled, `.qide-again-ID` is being
/// recreated, `.qide-gone-ID` is being deleted. Each step is one rename. Thread-safe.
final class ManagedDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(ManagedDirectories.class);
    private static final int ENTRIES = 10_000;
    private static final String ORGANISATION_END = "~";

    private final Path root;

    /// The state of a directory that has no workspace's name.
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

    /// A directory that is being created, recreated or deleted.
    record Staged(Stage stage, WorkspaceId id) {}

    ManagedDirectories(Path root) throws IOException {
        this.root = Files.createDirectories(root).toRealPath();
    }

    /// The name of a workspace's directory: `name`, or `organisation~name` outside the home
    /// organisation. A tilde is in no name, and a URI does not encode it (RFC 3986, section 2.3).
    static String name(Managed managed) {
        return name(WorkspaceAddress.of(managed).reference());
    }

    /// See [#name(Managed)].
    static String name(Workspace workspace) {
        return name(workspace.name());
    }

    private static String name(String reference) {
        return reference.replace(OrganisationId.NAME_END, ORGANISATION_END);
    }

    /// The reference of the workspace that has a directory of this name.
    static String reference(String name) {
        return name.replace(ORGANISATION_END, OrganisationId.NAME_END);
    }

    /// The directory of a workspace, even if it does not exist.
    Path of(String name) {
        var named = root.resolve(name);
        try {
            return named.toRealPath();
        } catch (IOException _) {
            return named;
        }
    }

    boolean exists(String name) {
        return Files.exists(root.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }

    boolean exists(Staged staged) {
        return Files.exists(path(staged), LinkOption.NOFOLLOW_LINKS);
    }

    /// The existing name that equals this one up to upper and lower case, or null.
    @Nullable String existingName(String name) throws IOException {
        return names().stream().filter(name::equalsIgnoreCase).findFirst().orElse(null);
    }

    /// Creates an empty directory.
    Path create(Staged staged) throws IOException {
        delete(staged);
        return Files.createDirectory(path(staged));
    }

    /// Renames a directory to its workspace's name.
    ///
    /// @throws FailureException `WORKSPACE_EXISTS` when a directory has that name
    void publish(Staged staged, String name) throws IOException {
        if (exists(name)) {
            throw new FailureException(
                    Failure.WORKSPACE_EXISTS, Map.of("name", name, "reason", "directory"));
        }
        Files.move(path(staged), root.resolve(name));
    }

    /// Renames a workspace's directory to its staged name.
    void withdraw(String name, Staged staged) throws IOException {
        Files.move(root.resolve(name), path(staged));
    }

    /// Deletes a directory with its content, if it exists; follows no link.
    void delete(Staged staged) throws IOException {
        if (exists(staged)) {
            try (var top = OpenFolder.open(root)) {
                DiskTree.delete(top, path(staged).getFileName(), 0);
            }
        }
    }

    /// Deletes the content in the background; after a kill the next start deletes the rest.
    void deleteInBackground(Staged gone) {
        BackgroundTask.start(Thread.ofVirtual().name("workspace-delete"), () -> deleteOrWarn(gone));
    }

    /// Deletes a directory; files that cannot be deleted stay until the next start.
    void deleteOrWarn(Staged staged) {
        try {
            delete(staged);
        } catch (IOException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "workspace.deletion_incomplete")
                    .addKeyValue("workspace", staged.id())
                    .setCause(failure)
                    .log("a deleted workspace's directory stays until the next start");
        }
    }

    /// The directories that an earlier server left in a stage.
    List<Staged> staged() throws IOException {
        var found = new ArrayList<Staged>();
        for (var name : names()) {
            for (var stage : Stage.values()) {
                if (name.startsWith(stage.prefix())) {
                    try {
                        var id = UUID.fromString(name.substring(stage.prefix().length()));
                        found.add(new Staged(stage, new WorkspaceId(id)));
                    } catch (IllegalArgumentException _) {
                        // The server did not create it.
                    }
                }
            }
        }
        return found;
    }

    /// The names of all directories that have a workspace's name.
    List<String> published() throws IOException {
        return names().stream()
                .filter(name ->
                        Stream.of(name.split(ORGANISATION_END, 2)).allMatch(Workspaces::isName))
                .toList();
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
