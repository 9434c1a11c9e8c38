package dev.qide.server.language.process;

import dev.qide.server.concurrent.LockFile;
import dev.qide.server.language.Declarations;
import dev.qide.wire.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Installs the language servers on first use with npm from a committed lock file, without running
/// install scripts.
///
/// An install is a folder named by the lock's hash; it appears complete by a rename, or not at all.
/// A lock file keeps several servers of one machine from installing at once; if a server is killed
/// during an install, the next one removes the remains and starts again. Thread-safe.
public final class LanguageTools {
    private static final Logger LOG = LoggerFactory.getLogger(LanguageTools.class);
    private static final Duration INSTALL_WAIT = Duration.ofMinutes(10);
    private static final Duration LOCK_POLL = Duration.ofMillis(100);
    private static final int HASH_CHARACTERS = 16;

    private final Path folder;
    private final String searchPath;
    private final ProcessStarter starter;

    /// @param tools the folder of all tools, usually `~/.cache/qide/tools`
    /// @param searchPath where to find `npm` and Python, as in the environment variable PATH
    public LanguageTools(Path tools, String searchPath, ProcessStarter starter) {
        this.folder = tools.toAbsolutePath().resolve("language-servers");
        this.searchPath = searchPath;
        this.starter = starter;
    }

    /// The folder of the shims for Python interpreters.
    Path interpreters() {
        return folder.resolve("interpreters");
    }

    /// The folders of this machine's programs, in the form of the environment variable PATH.
    String searchPath() {
        return searchPath;
    }

    /// Whether the folder of this name is there.
    public boolean isInstalled(String name) {
        return Files.isDirectory(folder.resolve(Parts.of(name).folder()));
    }

    /// The content of an install's folder.
    ///
    /// @param name of the folder of the lock
    /// @param client a program of our own between a server and this one; null for none
    private record Parts(String name, String manifest, String lock, @Nullable String client) {
        static Parts of(String name) {
            var client = "install/" + name + "/client.cjs";
            return new Parts(
                    name,
                    Declarations.resource("install/" + name + "/package.json"),
                    Declarations.resource("install/" + name + "/package-lock.json"),
                    Declarations.hasResource(client) ? Declarations.resource(client) : null);
        }

        String folder() {
            try {
                var digest = MessageDigest.getInstance("SHA-256");
                for (var part : new String[] {manifest, lock, String.valueOf(client)}) {
                    digest.update(part.getBytes(StandardCharsets.UTF_8));
                }
                var hash = HexFormat.of().formatHex(digest.digest());
                return name + "-" + hash.substring(0, HASH_CHARACTERS);
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    /// The installed folder; installs it if it is missing, which takes some seconds to minutes, at
    /// most ten.
    ///
    /// @param name of the folder of the lock
    /// @param progress gets one sentence if the install takes time
    /// @throws ServerUnavailable with a sentence that says what to do
    public Path installed(String name, Consumer<String> progress) throws InterruptedException {
        var parts = Parts.of(name);
        var target = folder.resolve(parts.folder());
        if (Files.isDirectory(target)) {
            return target;
        }
        progress.accept(
                "Installing the language server. This happens once and takes about a minute.");
        try {
            Files.createDirectories(folder);
            return lockedInstall(parts, target);
        } catch (IOException failure) {
            throw unavailable(
                    "The language servers cannot be installed: is the tools folder (QIDE_TOOLS)"
                            + " writable?",
                    failure);
        }
    }

    private Path lockedInstall(Parts parts, Path target) throws IOException, InterruptedException {
        var deadline = System.nanoTime() + INSTALL_WAIT.toNanos();
        while (true) {
            try (var lock = LockFile.tryAcquire(folder.resolve("lock-" + parts.name()))) {
                if (lock != null) {
                    if (!Files.isDirectory(target)) {
                        deleteLeftovers(parts);
                        install(parts, target, deadline);
                    }
                    return target;
                }
            }
            if (System.nanoTime() > deadline) {
                throw unavailable(
                        "Another server has not finished its installation in time.", null);
            }
            Thread.sleep(LOCK_POLL);
        }
    }

    /// Removes what killed servers left of an install with this name. Only the holder of the lock
    /// installs; at most an npm without its server may still be writing.
    private void deleteLeftovers(Parts parts) throws IOException {
        try (var left = Files.newDirectoryStream(folder, unfinished(parts) + "*")) {
            for (var one : left) {
                try {
                    delete(one);
                } catch (IOException orphan) {
                    LOG.atInfo()
                            .addKeyValue("event.action", "language.unfinished_install_kept")
                            .setCause(orphan)
                            .log("cannot remove an unfinished installation");
                }
            }
        }
    }

    private static String unfinished(Parts parts) {
        return ".installing-" + parts.name() + "-";
    }

    private void install(Parts parts, Path target, long deadline)
            throws IOException, InterruptedException {
        var npm = NodeRuntime.which("npm", searchPath);
        if (npm == null) {
            throw unavailable(
                    "npm is missing: install Node 20 or newer with npm, then open the file again.",
                    null);
        }
        var fresh = Files.createTempDirectory(folder, unfinished(parts));
        try {
            Files.writeString(fresh.resolve("package.json"), parts.manifest());
            Files.writeString(fresh.resolve("package-lock.json"), parts.lock());
            if (parts.client() != null) {
                Files.writeString(fresh.resolve("client.cjs"), parts.client());
            }
            var begun = System.nanoTime();
            run(npm, fresh, deadline);
            Files.setPosixFilePermissions(
                    fresh, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
            LOG.atInfo()
                    .addKeyValue("event.action", "language.tools_installed")
                    .addKeyValue("seconds", (System.nanoTime() - begun) / 1_000_000_000)
                    .log("language servers installed");
        } finally {
            delete(fresh);
        }
    }

    private void run(Path npm, Path fresh, long deadline) throws IOException, InterruptedException {
        var builder =
                new ProcessBuilder(
                                npm.toString(),
                                "ci",
                                "--ignore-scripts",
                                "--no-audit",
                                "--no-fund",
                                "--omit=optional",
                                "--loglevel=error")
                        .directory(fresh.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(fresh.resolve("npm.log").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("QIDE_"));
        var process = starter.start(builder);
        try {
            process.getOutputStream().close();
            boolean isDone = process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (!isDone || process.exitValue() != 0) {
                throw unavailable(
                        "npm could not install the language servers: check the connection to the"
                                + " npm registry, then open the file again.",
                        null);
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static ServerUnavailable unavailable(String sentence, @Nullable Throwable cause) {
        return new ServerUnavailable(Failure.LANGUAGE_UNAVAILABLE, sentence, cause);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var all = Files.walk(folder)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
