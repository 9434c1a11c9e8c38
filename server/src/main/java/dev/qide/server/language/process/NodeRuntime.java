package dev.qide.server.language.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The machine's Node and the folders of shared libraries that it needs.
///
/// @param binary the real file, all links followed
/// @param libraries real folders to make visible inside the sandbox
/// @param loader the dynamic loader if it is in none of them, from its name in the binary to its
///   real path
public record NodeRuntime(Path binary, Set<Path> libraries, Map<Path, Path> loader) {
    private static final Logger LOG = LoggerFactory.getLogger(NodeRuntime.class);
    private static final Pattern LIBRARY = Pattern.compile("(?:=> )?(/\\S+) \\(0x");
    private static final Duration PROBE_WAIT = Duration.ofSeconds(10);
    private static final Path LIB64 = Path.of("/usr/lib64");

    public NodeRuntime {
        libraries = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(libraries));
        loader = Map.copyOf(loader);
    }

    /// Finds `node` on a search path; null when none runs.
    ///
    /// @param searchPath as in the environment variable PATH
    public static @Nullable NodeRuntime find(String searchPath, ProcessStarter starter)
            throws InterruptedException {
        return find(searchPath, new Probe(Path.of("ldd"), PROBE_WAIT), starter);
    }

    /// The check of Node.
    ///
    /// @param ldd the program that lists shared libraries
    /// @param atMost how long it may take
    record Probe(Path ldd, Duration atMost) {}

    /// [#find(String, ProcessStarter)], examined in another way.
    static @Nullable NodeRuntime find(String searchPath, Probe probe, ProcessStarter starter)
            throws InterruptedException {
        var binary = which("node", searchPath);
        if (binary == null) {
            return null;
        }
        try {
            return of(binary.toRealPath(), probe, starter);
        } catch (IOException unusable) {
            LOG.atWarn()
                    .addKeyValue("event.action", "language.node_unusable")
                    .setCause(unusable)
                    .log("finding Node's shared libraries failed: no language server can run");
            return null;
        }
    }

    /// The version that Node reports; null when it fails or does not end within ten seconds.
    public @Nullable String version(ProcessStarter starter) throws InterruptedException {
        return version(starter, PROBE_WAIT);
    }

    @Nullable String version(ProcessStarter starter, Duration atMost) throws InterruptedException {
        try {
            var builder = new ProcessBuilder(binary.toString(), "--version");
            var version = starter.outputOf(builder, atMost);
            return version.exitCode() == 0 ? version.text().lines().findFirst().orElse(null) : null;
        } catch (IOException _) {
            return null;
        }
    }

    public static @Nullable Path which(String command, String searchPath) {
        for (var folder : searchPath.split(File.pathSeparator, -1)) {
            var candidate = Path.of(folder).resolve(command);
            if (!folder.isEmpty() && Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    private static NodeRuntime of(Path binary, Probe probe, ProcessStarter starter)
            throws IOException, InterruptedException {
        var libraries = new TreeSet<Path>();
        if (Files.isDirectory(LIB64)) {
            libraries.add(LIB64.toRealPath());
        }
        var loader = new java.util.HashMap<Path, Path>();
        for (var line : ldd(binary, probe, starter)) {
            var matcher = LIBRARY.matcher(line);
            if (!matcher.find()) {
                continue;
            }
            var named = Path.of(matcher.group(1));
            var inside = Path.of("/usr" + named);
            if (line.contains("=>")) {
                libraries.add(named.resolveSibling("").toRealPath());
            } else if (!libraries.contains(inside.resolveSibling(""))) {
                loader.put(inside, named.toRealPath());
            }
        }
        return new NodeRuntime(binary, libraries, loader);
    }

    private static List<String> ldd(Path binary, Probe probe, ProcessStarter starter)
            throws IOException, InterruptedException {
        var command = List.of(probe.ldd().toString(), binary.toString());
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        return starter.outputOf(builder, probe.atMost()).text().lines().limit(100).toList();
    }
}
