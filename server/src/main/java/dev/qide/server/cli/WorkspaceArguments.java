package dev.qide.server.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The workspaces that a command line names: `--workspace NAME=DIR`, or DIR alone, which makes a
/// workspace named after the directory, without the characters that a name may not have.
final class WorkspaceArguments {
    private static final String LEGAL_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    private static final int NAME_CHARACTERS = 64;
    private static final String NAMELESS = "workspace";

    private final Map<String, Path> directories = new LinkedHashMap<>();

    /// Adds `NAME=DIR`.
    ///
    /// @throws IllegalArgumentException with a sentence for the person
    void addNamed(String option) {
        int equals = option.indexOf('=');
        if (equals <= 0 || equals == option.length() - 1) {
            throw new IllegalArgumentException("--workspace must be NAME=DIR, not " + option + ".");
        }
        var name = option.substring(0, equals);
        if (directories.put(name, path(option.substring(equals + 1))) != null) {
            throw new IllegalArgumentException("--workspace names " + name + " twice.");
        }
    }

    /// Adds a directory that has no name of its own.
    ///
    /// @throws IllegalArgumentException with a sentence for the person
    void add(String typed) {
        var directory = path(typed);
        if (!Files.exists(directory)) {
            throw new IllegalArgumentException("There is no directory " + directory + ".");
        }
        if (!Files.isDirectory(directory)) {
            throw new IllegalArgumentException(
                    directory + " is not a directory: open " + directory.getParent() + " instead.");
        }
        if (directories.containsValue(directory)) {
            return;
        }
        var name = nameOf(directory);
        for (int number = 2; isTaken(name); number++) {
            var end = "-" + number;
            var begin = nameOf(directory);
            name =
                    begin.substring(0, Math.min(begin.length(), NAME_CHARACTERS - end.length()))
                            + end;
        }
        directories.put(name, directory);
    }

    Map<String, Path> byName() {
        return directories;
    }

    static WorkspaceArguments of(List<String> named, List<String> opened) {
        var all = new WorkspaceArguments();
        named.forEach(all::addNamed);
        opened.forEach(all::add);
        return all;
    }

    /// The workspace that somebody means by its name, or by its directory's name: `./qide serve
    /// DIR` changes the latter if it is not legal.
    static String meant(String name) {
        return name.matches(LEGAL_NAME) ? name : legal(name);
    }

    /// A legal name for a workspace: letters without their accents, and hyphens for other
    /// characters.
    static String nameOf(Path directory) {
        var own = directory.getFileName();
        return legal(own == null ? "" : own.toString());
    }

    private static String legal(String directoryName) {
        var letters =
                Normalizer.normalize(directoryName, Normalizer.Form.NFKD).replaceAll("\\p{M}+", "");
        var name =
                letters.replaceAll("[^A-Za-z0-9._-]+", "-")
                        .replaceFirst("^[^A-Za-z0-9]+", "")
                        .replaceFirst("-+$", "");
        return name.isEmpty()
                ? NAMELESS
                : name.substring(0, Math.min(name.length(), NAME_CHARACTERS));
    }

    private boolean isTaken(String name) {
        return directories.keySet().stream().anyMatch(name::equalsIgnoreCase);
    }

    private static Path path(String typed) {
        try {
            return Path.of(typed).toAbsolutePath().normalize();
        } catch (InvalidPathException _) {
            throw new IllegalArgumentException("This is not a path: " + typed + ".");
        }
    }
}
