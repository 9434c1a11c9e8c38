package dev.qide.server.workspace;

import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspaceRegistry;
import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The workspaces of this server: those on its command line, and those that [ManagedWorkspaces]
/// creates and deletes while it runs. Thread-safe; does not block.
///
/// Invariant: no file belongs to two workspaces, and the data directory belongs to none.
public final class Workspaces implements WorkspaceRegistry {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /// The folder of the data directory that contains the managed workspaces.
    static final String MANAGED = "workspaces";

    /// Written under this object's lock, so that both maps change together.
    private final Map<String, Workspace> byName = new ConcurrentHashMap<>();

    /// Includes workspaces that are being deleted, until their documents are retired.
    private final Map<WorkspaceId, Workspace> byId = new ConcurrentHashMap<>();

    /// Names of workspaces that are being deleted, until nothing of them is left in memory.
    private final Set<String> leaving = ConcurrentHashMap.newKeySet();

    /// @param directories the directories on the command line, by workspace name
    /// @param dataDirectory the server's data directory
    /// @throws StartRefusedException when a name or a directory cannot be used
    public Workspaces(Map<String, Path> directories, Path dataDirectory, WorkspaceTable table) {
        var found = new LinkedHashMap<String, Workspace>();
        directories.forEach((name, directory) -> {
            requireName(name);
            var real = real(name, directory);
            requireApart(name, real, dataDirectory, found.values());
            found.put(
                    name,
                    new Workspace(
                            table.findOrCreate(name), OrganisationId.HOME, name, real, false));
        });
        found.values().forEach(this::add);
    }

    /// All workspaces, ordered by name.
    @Override
    public List<Workspace> all() {
        var all = new ArrayList<>(byName.values());
        all.sort(Comparator.comparing(Workspace::name));
        return List.copyOf(all);
    }

    /// The workspace of this name, or null.
    public @Nullable Workspace find(String name) {
        return byName.get(name);
    }

    /// @throws FailureException `WORKSPACE_UNKNOWN`
    @Override
    public Workspace named(String name) {
        var workspace = byName.get(name);
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return workspace;
    }

    /// @throws FailureException `WORKSPACE_UNKNOWN`
    @Override
    public Workspace of(WorkspaceId id) {
        var workspace = byId.get(id);
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return workspace;
    }

    /// Whether the workspace exists and is not being deleted.
    public boolean isOpen(WorkspaceId id) {
        var workspace = byId.get(id);
        return workspace != null && workspace.equals(byName.get(workspace.name()));
    }

    /// The existing name that equals this one up to upper and lower case, or null.
    @Nullable String existingName(String name) {
        if (SampleWorkspace.NAME.equalsIgnoreCase(name)) {
            return SampleWorkspace.NAME;
        }
        for (var names : List.of(byName.keySet(), leaving)) {
            for (var other : names) {
                if (other.equalsIgnoreCase(name)) {
                    return other;
                }
            }
        }
        return null;
    }

    synchronized void add(Workspace workspace) {
        byId.put(workspace.id(), workspace);
        byName.put(workspace.name(), workspace);
    }

    /// Removes a workspace from the names. The name stays reserved until [#freeName].
    ///
    /// @return false if it does not exist or is already being deleted
    synchronized boolean startLeaving(Workspace workspace) {
        if (!workspace.equals(byName.get(workspace.name()))) {
            return false;
        }
        leaving.add(workspace.name());
        byName.remove(workspace.name());
        return true;
    }

    /// Undoes [#startLeaving].
    synchronized void cancelLeaving(Workspace workspace) {
        byName.put(workspace.name(), workspace);
        leaving.remove(workspace.name());
    }

    /// Removes a workspace from the ids; its documents are retired.
    @Override
    public void forget(Workspace workspace) {
        byId.remove(workspace.id());
    }

    /// Frees the name of a workspace of which nothing is left.
    void freeName(Workspace workspace) {
        leaving.remove(workspace.name());
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    private static void requireName(String name) {
        if (!isName(name)) {
            throw new StartRefusedException(
                    "\""
                            + name
                            + "\" cannot be the name of a workspace: use 1 to 64 letters, digits,"
                            + " dots, hyphens and underscores, with a letter or digit first.");
        }
    }

    private static Path real(String name, Path directory) {
        try {
            var real = directory.toRealPath();
            if (Files.isDirectory(real)) {
                return real;
            }
        } catch (IOException failure) {
            throw new StartRefusedException(
                    "The directory of workspace "
                            + name
                            + " cannot be used: "
                            + directory
                            + ". Check the path and its permissions.",
                    failure);
        }
        throw new StartRefusedException(
                "Workspace "
                        + name
                        + " needs a directory, and "
                        + directory
                        + " is not one: name another.");
    }

    private static void requireApart(
            String name, Path directory, Path dataDirectory, Iterable<Workspace> others) {
        if (realOrAbsolute(dataDirectory).startsWith(directory)) {
            throw new StartRefusedException(
                    "The data directory "
                            + dataDirectory
                            + " is inside workspace "
                            + name
                            + ": choose another data directory with --data, or a smaller workspace.");
        }
        var managed = realOrAbsolute(dataDirectory.resolve(MANAGED));
        if (directory.startsWith(managed) || managed.startsWith(directory)) {
            throw new StartRefusedException(
                    "The directory of workspace "
                            + name
                            + " overlaps "
                            + managed
                            + ", the folder of managed workspaces: these are served without"
                            + " --workspace. To serve the directory in place, move it elsewhere.");
        }
        for (var other : others) {
            if (other.directory().startsWith(directory)
                    || directory.startsWith(other.directory())) {
                throw new StartRefusedException(
                        "Workspaces "
                                + other.name()
                                + " and "
                                + name
                                + " share files: serve only the outer directory.");
            }
        }
    }

    private static Path realOrAbsolute(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException _) {
            return path.toAbsolutePath().normalize();
        }
    }
}
