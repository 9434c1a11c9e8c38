package dev.qide.server.files;

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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The workspaces of this server, fixed at its start. Thread-safe.
///
/// Invariant: no file belongs to two workspaces, and the data directory to none.
public final class Workspaces {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private final Map<String, Workspace> byName;

    /// @param directories each workspace's directory by its name
    /// @param dataDirectory the server's own
    /// @throws StartRefusedException when a name or a directory cannot be used
    public Workspaces(Map<String, Path> directories, Path dataDirectory, WorkspaceTable table) {
        var found = new LinkedHashMap<String, Workspace>();
        directories.forEach((name, directory) -> {
            requireName(name);
            var real = real(name, directory);
            requireApart(name, real, dataDirectory, found.values());
            found.put(name, new Workspace(table.findOrCreate(name), name, real));
        });
        byName = Map.copyOf(found);
    }

    /// All of them, by name.
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
    public Workspace named(String name) {
        var workspace = byName.get(name);
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return workspace;
    }

    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public Workspace of(WorkspaceId id) {
        return byName.values().stream()
                .filter(workspace -> workspace.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new FailureException(Failure.WORKSPACE_UNKNOWN));
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
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
