package dev.qide.server.cli;

import dev.qide.server.language.Declarations;
import dev.qide.server.transport.TlsFiles;
import dev.qide.server.transport.TrustedProxies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All settings, read once from the command line and the environment, then frozen.
///
/// Each variable may be given with `_FILE` behind its name, and then names a file that holds the
/// value.
///
/// @param workspaces name to directory, used in place; empty for the sample workspace
/// @param trusted names of workspaces whose own code language servers may run without the sandbox
/// @param port 0 for any free one
/// @param databaseUrl null for the embedded PostgreSQL in the data directory
/// @param modelsFile null for none
/// @param languagesFile language servers besides those that are declared, null for none
/// @param origins further origins whose pages may use the login cookie
/// @param tls null for plain HTTP
/// @param proxies who is believed when it says for whom it speaks
/// @param showsToken whether the ready line holds the owner's token
public record ServerConfig(
        Map<String, Path> workspaces,
        Set<String> trusted,
        String host,
        int port,
        Path data,
        Path tools,
        @Nullable DatabaseUrl databaseUrl,
        @Nullable Path modelsFile,
        @Nullable Path languagesFile,
        Set<String> origins,
        @Nullable TlsFiles tls,
        TrustedProxies proxies,
        boolean showsToken,
        String logLevel) {
    private static final List<String> LOG_LEVELS = List.of("DEBUG", "INFO", "WARN", "ERROR");

    /// Scheme, host and perhaps port: what browsers send (RFC 6454, section 6.2).
    private static final Pattern ORIGIN = Pattern.compile("[a-z][a-z0-9+.-]*://[^/?#\\sA-Z]+");

    private static final int VALUE_BYTES = 64 << 10;

    public ServerConfig {
        workspaces = Map.copyOf(workspaces);
        trusted = Set.copyOf(trusted);
        origins = Set.copyOf(origins);
    }

    /// A JDBC URL, which may hold a password and is never printed.
    public record DatabaseUrl(String value) {
        @Override
        public String toString() {
            return "***";
        }
    }

    /// The settings that options and the environment make.
    ///
    /// @throws IllegalArgumentException with a sentence for the person
    static ServerConfig read(
            Map<String, Path> workspaces,
            Set<String> trusted,
            ListenOptions listen,
            DataOption data,
            Environment environment) {
        var database = environment.get("QIDE_DATABASE_URL");
        var models = environment.get("QIDE_MODELS_FILE");
        var languages = environment.get("QIDE_LANGUAGES_FILE");
        return new ServerConfig(
                workspaces,
                trusted,
                listen.host(),
                listen.port(),
                data.directory(environment),
                tools(environment),
                database == null ? null : new DatabaseUrl(database),
                models == null ? null : Path.of(models),
                languages == null ? null : Path.of(languages),
                origins(environment),
                tls(environment),
                proxies(environment),
                showsToken(environment),
                logLevel(environment));
    }

    /// The settings as they are told at start; secrets masked.
    public Map<String, String> shown() {
        var shown = new LinkedHashMap<String, String>();
        shown.put("workspaces", String.join(",", new TreeSet<>(workspaces.keySet())));
        shown.put("trusted", String.join(",", new TreeSet<>(trusted)));
        shown.put("host", host);
        shown.put("port", Integer.toString(port));
        shown.put("database", databaseUrl == null ? "embedded" : "external");
        shown.put("tls", tls == null ? "off" : "on");
        shown.put("models", modelsFile == null ? "none" : "configured");
        shown.put("languages", languagesFile == null ? "built-in" : "configured");
        return shown;
    }

    /// The language servers that are declared, by us and by the operator, and can be there on this
    /// machine.
    ///
    /// @param searchPath as in the environment variable PATH
    /// @throws IllegalArgumentException with a sentence when the operator's file is none
    public Declarations declarations(String searchPath) {
        var declared = Declarations.builtIn();
        return (languagesFile == null ? declared : declared.with(languagesFile))
                .present(searchPath);
    }

    /// The default data directory.
    static Path defaultData(Environment environment) {
        var share = environment.get("XDG_DATA_HOME");
        return share == null ? home().resolve(".local/share/qide") : Path.of(share, "qide");
    }

    /// Makes the data directory, for its owner alone.
    public static void makeData(Path data) {
        try {
            Files.createDirectories(
                    data,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    new IOException("The data directory cannot be used: " + failure, failure));
        }
    }

    /// Where the embedded PostgreSQL lives.
    public static Path postgres(Path data) {
        return data.resolve("postgresql");
    }

    /// Where its programs are unpacked.
    public static Path postgresPrograms(Path data) {
        return data.resolve("postgresql-programs");
    }

    /// Where language servers are installed.
    public static Path tools(Environment environment) {
        var tools = environment.get("QIDE_TOOLS");
        if (tools != null) {
            return Path.of(tools).toAbsolutePath();
        }
        var cache = environment.get("XDG_CACHE_HOME");
        return (cache == null
                        ? home().resolve(".cache/qide/tools")
                        : Path.of(cache, "qide", "tools"))
                .toAbsolutePath();
    }

    /// @throws IllegalArgumentException when one of them is not as browsers send it, and would
    ///   never match
    static Set<String> origins(Environment environment) {
        var list = environment.get("QIDE_ORIGINS");
        if (list == null) {
            return Set.of();
        }
        var origins =
                Arrays.stream(list.split(",", -1))
                        .map(String::strip)
                        .filter(origin -> !origin.isEmpty())
                        .collect(Collectors.toSet());
        for (var origin : origins) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw new IllegalArgumentException(
                        "QIDE_ORIGINS names %s: write each origin as https://ide.example, in lower case and without a path."
                                .formatted(origin));
            }
        }
        return origins;
    }

    /// @throws IllegalArgumentException when it is no level
    static String logLevel(Environment environment) {
        var level = environment.get("QIDE_LOG_LEVEL");
        if (level != null && !LOG_LEVELS.contains(level)) {
            throw new IllegalArgumentException(
                    "QIDE_LOG_LEVEL must be one of " + String.join(", ", LOG_LEVELS) + ".");
        }
        return level == null ? "INFO" : level;
    }

    /// The files of TLS, or null when neither is set.
    ///
    /// @throws IllegalArgumentException when one of them is missing
    static @Nullable TlsFiles tls(Environment environment) {
        var certificate = environment.get("QIDE_TLS_CERT");
        var key = environment.get("QIDE_TLS_KEY");
        if (certificate == null && key == null) {
            return null;
        }
        if (certificate == null || key == null) {
            throw new IllegalArgumentException(
                    "QIDE_TLS_CERT and QIDE_TLS_KEY are set together or not at all.");
        }
        return new TlsFiles(Path.of(certificate).toAbsolutePath(), Path.of(key).toAbsolutePath());
    }

    static TrustedProxies proxies(Environment environment) {
        var list = environment.get("QIDE_TRUSTED_PROXIES");
        return list == null ? TrustedProxies.none() : TrustedProxies.parse(list);
    }

    /// @throws IllegalArgumentException when it is neither true nor false
    static boolean showsToken(Environment environment) {
        return switch (environment.get("QIDE_SHOW_TOKEN")) {
            case null -> true;
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new IllegalArgumentException(
                            "QIDE_SHOW_TOKEN must be true or false: true ends the ready line with the owner's token.");
        };
    }

    private static Path home() {
        return Path.of(System.getProperty("user.home"));
    }

    /// The process's environment, where a file may stand in for a value.
    public record Environment(Map<String, String> variables) {
        @Nullable String get(String name) {
            var file = variables.get(name + "_FILE");
            if (file == null || file.isEmpty()) {
                var value = variables.get(name);
                return value == null || value.isEmpty() ? null : value;
            }
            try {
                if (Files.size(Path.of(file)) > VALUE_BYTES) {
                    throw new IllegalArgumentException(
                            name + "_FILE names a file of more than " + VALUE_BYTES + " bytes.");
                }
                return Files.readString(Path.of(file)).strip();
            } catch (IOException unreadable) {
                throw new UncheckedIOException(name + "_FILE cannot be read: " + file, unreadable);
            }
        }
    }
}
