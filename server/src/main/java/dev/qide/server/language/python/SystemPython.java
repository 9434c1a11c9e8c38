package dev.qide.server.language.python;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The standard library of an interpreter of this machine, and the packages that are installed for
/// the whole machine.
///
/// @param minor the minor version: 11 for Python 3.11
/// @param prefix the folder of the installation, for instance `/usr`
/// @param library the folder of the standard library
/// @param sites the existing folders of packages
public record SystemPython(int minor, Path prefix, Path library, List<Path> sites) {
    private static final int INTERPRETERS = 8;
    private static final int NAMES_PER_FOLDER = 10_000;
    private static final Pattern INTERPRETER = Pattern.compile("python3\\.(\\d{1,3})");

    public SystemPython {
        sites = List.copyOf(sites);
    }

    /// The interpreters on a search path, at most eight; the default `python3` comes first.
    ///
    /// @param searchPath in the format of the environment variable PATH
    static List<SystemPython> find(String searchPath) {
        var found = new ArrayList<SystemPython>();
        for (var folder : searchPath.split(File.pathSeparator, -1)) {
            if (!folder.isEmpty()) {
                for (var program : programs(Path.of(folder))) {
                    add(program, found);
                }
            }
        }
        return List.copyOf(found);
    }

    /// The folders that a language server must be able to read.
    List<Path> folders() {
        var folders = new ArrayList<Path>();
        folders.add(library);
        sites.stream().filter(site -> !site.startsWith(library)).forEach(folders::add);
        return folders;
    }

    JsonObject json() {
        var version = new JsonArray();
        version.add(3);
        version.add(minor);
        var places = new JsonArray();
        sites.forEach(site -> places.add(site.toString()));
        var json = new JsonObject();
        json.add("version", version);
        json.addProperty("prefix", prefix.toString());
        json.addProperty("folder", library.toString());
        json.add("sites", places);
        return json;
    }

    /// Prefers `python3` to `python3.11`.
    private static List<Path> programs(Path folder) {
        var programs = new TreeMap<String, Path>();
        try (var names = Files.newDirectoryStream(folder, "python3*")) {
            int count = 0;
            for (var program : names) {
                if (++count > NAMES_PER_FOLDER) {
                    break;
                }
                programs.put(String.valueOf(program.getFileName()), program);
            }
        } catch (IOException | DirectoryIteratorException _) {
            // An unreadable folder of the search path has no interpreter.
            return List.of();
        }
        return List.copyOf(programs.values());
    }

    private static void add(Path program, List<SystemPython> found) {
        try {
            var real = program.toRealPath();
            var matcher = INTERPRETER.matcher(String.valueOf(real.getFileName()));
            var bin = real.getParent();
            var prefix = bin == null ? null : bin.getParent();
            if (prefix == null || !matcher.matches() || found.size() == INTERPRETERS) {
                return;
            }
            int minor = Integer.parseInt(matcher.group(1));
            var library = prefix.resolve("lib/python3." + minor);
            boolean isKnown = found.stream().anyMatch(known -> known.library.equals(library));
            if (!isKnown && Files.isRegularFile(library.resolve("os.py"))) {
                found.add(new SystemPython(minor, prefix, library, sites(prefix, library)));
            }
        } catch (IOException _) {
            // A dangling link is not an interpreter.
            return;
        }
    }

    /// The folders that Python's `site` searches; Debian adds its own.
    private static List<Path> sites(Path prefix, Path library) {
        var name = String.valueOf(library.getFileName());
        return List.of(
                        prefix.resolve("local/lib/" + name + "/dist-packages"),
                        prefix.resolve("lib/python3/dist-packages"),
                        library.resolve("site-packages"))
                .stream()
                .filter(Files::isDirectory)
                .toList();
    }
}
