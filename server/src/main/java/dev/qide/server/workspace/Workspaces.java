package dev.qide.server.workspace;

import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspaceRegistry;
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

/// The workspaces of this server: those whose directories were given at its start, and those that
/// [ManagedWorkspaces] makes and deletes while it runs. Thread-safe; answers at once.
///
/// Invariant: no file belongs to two workspaces, and the data directory to none.
public final class Workspaces implements WorkspaceRegistry {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /// The folder of the data directory in which those that are made here live.
    static final String MADE = "workspaces";

    /// Guarded by this object for writing, so that both maps change together.
    private final Map<String, Workspace> byName = new ConcurrentHashMap<>();

    /// Also those that are being deleted, until their documents are retired.
    private final Map<WorkspaceId, Workspace> byId = new ConcurrentHashMap<>();

    /// Names of those that are being deleted, until nothing of them is left in memory.
    private final Set<String> leaving = ConcurrentHashMap.newKeySet();

    /// @param directories each given workspace's directory by its name
    /// @param dataDirectory the server's own
    /// @throws StartRefusedException when a name or a directory cannot be used
    public Workspaces(Map<String, Path> directories, Path dataDirectory, WorkspaceTable table) {
        var found = new LinkedHashMap<String, Workspace>();
        directories.forEach((name, directory) -> {
            requireName(name);
            var real = real(name, directory);
            requireApart(name, real, dataDirectory, found.values());
            found.put(name, new Workspace(table.findOrCreate(name), name, real, false));
        });
        found.values().forEach(this::add);
    }

    /// All of them, by name.
    @Override
    public List<Workspace> all() {
        var all = new ArrayList<>(byName.values());
        all.sort(Comparator.comparing(Workspace::name));
        return List.copyOf(all);
    }

    /// The workspace of this name, or null when there is none.
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

    /// Whether there is this very workspace, and it is not being deleted.
    public boolean isOpen(WorkspaceId id) {
        var workspace = byId.get(id);
        return workspace != null && workspace.equals(byName.get(workspace.name()));
    }

    /// The taken name that differs from this one at most in upper and lower case, or null.
    @Nullable String taken(String name) {
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

    /// Nobody finds it by its name any more, and nobody else gets the name yet.
    ///
    /// @return false when it is not there or somebody else does this
    synchronized boolean leave(Workspace workspace) {
        if (!workspace.equals(byName.get(workspace.name()))) {
            return false;
        }
        leaving.add(workspace.name());
        byName.remove(workspace.name());
        return true;
    }

    /// It stays.
    synchronized void stay(Workspace workspace) {
        byName.put(workspace.name(), workspace);
        leaving.remove(workspace.name());
    }

    /// Its documents are retired: nobody finds it by its id any more.
    @Override
    public void end(Workspace workspace) {
        byId.remove(workspace.id());
    }

    /// Nothing of it is left: its name is free.
    void forget(Workspace workspace) {
        leaving.remove(workspace.name());
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    private static void requireName(String name) {
        if (!isName(name)) {
            throw new StartRefusedException(
                    "A workspace's name is 1 to 64 letters, digits, dots, hyphens and underscores"
                            + " and begins with a letter or digit: \""
                            + name
                            + "\" is not one.");
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
                    "The directory of workspace " + name + " cannot be used: " + directory,
                    failure);
        }
        throw new StartRefusedException(
                "Workspace " + name + " needs a directory, and this is none: " + directory);
    }

    private static void requireApart(
            String name, Path directory, Path dataDirectory, Iterable<Workspace> others) {
        if (realOrAbsolute(dataDirectory).startsWith(directory)) {
            throw new StartRefusedException(
                    "The data directory "
                            + dataDirectory
                            + " lies inside workspace "
                            + name
                            + ": choose another with --data, or a smaller workspace.");
        }
        var made = realOrAbsolute(dataDirectory.resolve(MADE));
        if (directory.startsWith(made) || made.startsWith(directory)) {
            throw new StartRefusedException(
                    "The directory of workspace "
                            + name
                            + " overlaps "
                            + made
                            + ", where workspaces live that are made in the server: they are there"
                            + " without --workspace. To use it in place, move it out of there.");
        }
        for (var other : others) {
            if (other.directory().startsWith(directory)
                    || directory.startsWith(other.directory())) {
                throw new StartRefusedException(
                        "Workspaces "
                                + other.name()
                                + " and "
                                + name
                                + " share files: name the outer directory alone.");
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
