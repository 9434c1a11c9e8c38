package dev.qide.server.language.python;

import dev.qide.server.linux.OpenFolder;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// The Python environments of a workspace at one moment.
///
/// An environment is a folder with a `pyvenv.cfg`, or a `.venv`, `venv` or `env` with packages of
/// Python 3. It applies to its parent folder and everything below. A scan follows no links. It
/// reads names, sizes and times, and no file but `pyproject.toml`. It visits at most 2,000 folders,
/// down to three levels below the root, and finds at most eight environments.
///
/// @param environments the path of each environment by the folder to which it applies, both
///   relative to the workspace; empty for the root
/// @param isOneProject whether the root has a Pyright configuration, which then applies to all
///   folders
/// @param stamp changes whenever an environment or its packages change
record EnvironmentScan(SortedMap<String, String> environments, boolean isOneProject, String stamp) {
    private static final int ENVIRONMENTS = 8;
    private static final int FOLDERS = 2_000;
    private static final int DEPTH = 3;
    private static final int NAMES = 1_000;
    private static final int CONFIGURATION_BYTES = 1 << 20;

    /// In order of preference when a folder has several.
    private static final List<String> USUAL_NAMES = List.of(".venv", "venv", "env");

    private static final Set<String> NO_PROJECTS =
            Set.of("node_modules", "__pycache__", "site-packages", "__pypackages__");

    EnvironmentScan {
        environments = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(environments));
    }

    /// A folder to visit.
    private record Folder(String path, int depth) {
        String child(String name) {
            return path.isEmpty() ? name : path + "/" + name;
        }
    }

    static EnvironmentScan of(Path root) {
        var environments = new TreeMap<String, String>();
        var folders = new ArrayDeque<Folder>();
        folders.add(new Folder("", 0));
        for (int count = 0; count < FOLDERS && !folders.isEmpty(); count++) {
            var folder = folders.remove();
            for (var name : subfolders(root.resolve(folder.path()))) {
                var path = folder.child(name);
                if (isEnvironment(root.resolve(path), name)) {
                    if (environments.size() < ENVIRONMENTS) {
                        environments.putIfAbsent(folder.path(), path);
                    }
                } else if (isProject(name) && folder.depth() < DEPTH && folders.size() < FOLDERS) {
                    folders.add(new Folder(path, folder.depth() + 1));
                }
            }
        }
        var stamp = new StringBuilder();
        for (var environment : environments.values()) {
            stamp(root.resolve(environment), stamp.append(environment));
        }
        return new EnvironmentScan(environments, isConfigured(root), stamp.toString());
    }

    /// The names of the subfolders, with the usual names of environments first.
    private static List<String> subfolders(Path folder) {
        var names = new ArrayList<String>();
        for (var entry : entries(folder, "*")) {
            if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                names.add(String.valueOf(entry.getFileName()));
            }
        }
        names.sort(
                Comparator.comparingInt((String name) ->
                                USUAL_NAMES.contains(name)
                                        ? USUAL_NAMES.indexOf(name)
                                        : USUAL_NAMES.size())
                        .thenComparing(Comparator.naturalOrder()));
        return names;
    }

    private static boolean isEnvironment(Path folder, String name) {
        return Files.isRegularFile(folder.resolve("pyvenv.cfg"), LinkOption.NOFOLLOW_LINKS)
                || (USUAL_NAMES.contains(name) && !packages(folder).isEmpty());
    }

    /// Skips hidden folders, and those whose names would be patterns in Pyright's settings.
    private static boolean isProject(String name) {
        return !name.startsWith(".")
                && !NO_PROJECTS.contains(name)
                && name.indexOf('*') < 0
                && name.indexOf('?') < 0
                && name.indexOf('$') < 0;
    }

    private static List<Path> packages(Path environment) {
        return entries(environment.resolve("lib"), "{python,pypy}3*").stream()
                .map(version -> version.resolve("site-packages"))
                .filter(site -> Files.isDirectory(site, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    private static void stamp(Path environment, StringBuilder stamp) {
        add(environment.resolve("pyvenv.cfg"), stamp);
        for (var site : packages(environment)) {
            add(site, stamp);
            entries(site, "*.pth").forEach(file -> add(file, stamp));
        }
    }

    private static void add(Path file, StringBuilder stamp) {
        try {
            var attributes =
                    Files.readAttributes(
                            file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            stamp.append('\n').append(file.getFileName()).append(' ').append(attributes.size());
            stamp.append(' ').append(attributes.lastModifiedTime().toMillis());
        } catch (IOException _) {
            stamp.append("\n-");
        }
    }

    private static boolean isConfigured(Path root) {
        if (Files.isRegularFile(root.resolve("pyrightconfig.json"), LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        var project = root.resolve("pyproject.toml");
        try (var in = OpenFolder.openFile(project)) {
            var text =
                    new String(
                            in.readNBytes(CONFIGURATION_BYTES),
                            java.nio.charset.StandardCharsets.UTF_8);
            return text.contains("[tool.pyright]") || text.contains("[tool.pyright.");
        } catch (IOException _) {
            return false;
        }
    }

    private static List<Path> entries(Path folder, String glob) {
        var matcher = folder.getFileSystem().getPathMatcher("glob:" + glob);
        var entries = new ArrayList<Path>();
        try (var open = OpenFolder.open(folder)) {
            for (var entry : open) {
                if (entries.size() == NAMES) {
                    break;
                }
                var name = entry.getFileName();
                if (matcher.matches(name)) {
                    entries.add(folder.resolve(name));
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            // Unreadable folders have no environments.
            return List.of();
        }
        entries.sort(Comparator.naturalOrder());
        return entries;
    }
}
