package dev.qide.server.language.python;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.language.Declarations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes shims of Python interpreters: one for each environment of a workspace, and one for the
/// system's interpreter. A language server runs them as `python.pythonPath`.
///
/// Each workspace's shims are in a folder of their own, so that no server sees the paths of another
/// workspace. They are identical at each start and are kept for at most 1,024 workspaces.
/// Thread-safe.
final class InterpreterShims {
    private static final int HASH_CHARACTERS = 16;

    /// The number of workspaces whose shims are kept.
    private static final int WORKSPACES = 1_024;

    private final Site site;
    private final List<SystemPython> libraries;
    private final String program = Declarations.resource("interpreter.cjs");

    /// The paths of the shims, the workspace and Node.
    ///
    /// @param folder the folder of the shims on this machine
    /// @param asServer the same folder as the language server sees it
    /// @param node the path of Node as the language server sees it
    /// @param workspace the workspace's path as the language server sees it
    /// @param directory the workspace's path on this machine
    record Site(Path folder, String asServer, String node, String workspace, Path directory) {}

    InterpreterShims(Site site, List<SystemPython> libraries) {
        this.site = site;
        this.libraries = List.copyOf(libraries);
    }

    /// The name of the folder for a workspace's shims.
    static String nameFor(Path directory) throws IOException {
        return hash(directory.toRealPath().toString());
    }

    /// Removes the shims of all but the 1,024 most recently changed workspaces. A server that still
    /// runs there gets new ones at its next start.
    static void removeOldest(Path programs) throws IOException {
        try (var all = Files.list(programs)) {
            var oldestFirst =
                    all.sorted(Comparator.comparingLong(folder -> folder.toFile().lastModified()))
                            .toList();
            int surplus = Math.max(0, oldestFirst.size() - WORKSPACES);
            for (var folder : oldestFirst.subList(0, surplus)) {
                try (var files = Files.walk(folder)) {
                    for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        }
    }

    /// Writes the shim of an environment unless it exists.
    ///
    /// @param environment relative to the workspace; null for the system's interpreter
    /// @return its path as the language server sees it; null when the machine has no such
    ///   interpreter
    @Nullable String write(@Nullable String environment) throws IOException {
        if (environment == null && libraries.isEmpty()) {
            return null;
        }
        var name = environment == null ? "system" : hash(environment);
        var file = site.folder().resolve(name).resolve("python");
        var text = text(environment);
        if (!text.equals(present(file))) {
            Files.createDirectories(file.resolveSibling(""));
            var fresh =
                    Files.createTempFile(
                            file.resolveSibling(""),
                            ".python",
                            "",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwxr-xr-x")));
            Files.writeString(fresh, text);
            // The process's umask restricts the mode above.
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return site.asServer() + "/" + name + "/python";
    }

    private String text(@Nullable String environment) throws IOException {
        var host = new JsonArray();
        host.add(site.directory().toString());
        host.add(site.directory().toRealPath().toString());
        var systems = new JsonArray();
        libraries.forEach(library -> systems.add(library.json()));
        var given = new JsonObject();
        given.add("environment", JsonNull.INSTANCE);
        if (environment != null) {
            given.addProperty("environment", site.workspace() + "/" + environment);
        }
        given.addProperty("workspace", site.workspace());
        given.add("host", host);
        given.add("libraries", systems);
        return "#!" + site.node() + "\nconst given = " + given + ";\n" + program;
    }

    private static @Nullable String present(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException _) {
            return null;
        }
    }

    private static String hash(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            var bytes = digest.digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(bytes).substring(0, HASH_CHARACTERS);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
