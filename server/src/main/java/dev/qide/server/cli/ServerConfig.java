package dev.qide.server.cli;

import dev.qide.server.language.Declarations;
import dev.qide.server.limits.Limits;
import dev.qide.server.nodes.FileStorage;
import dev.qide.server.secrets.SecretSource;
import dev.qide.server.store.Retention;
import dev.qide.server.telemetry.ErrorReports.Settings;
import dev.qide.server.telemetry.SpanDestination;
import dev.qide.server.terminal.TerminalAccess;
import dev.qide.server.transport.TlsFiles;
import dev.qide.server.transport.TrustedProxies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All settings, read once from the command line and the environment. Immutable.
///
/// A variable with `_FILE` appended to its name names a file with the value.
///
/// @param workspaces directory by workspace name, served in place; empty for the sample workspace,
///   or for none, as [#hasSample] tells
/// @param trusted names of workspaces whose code language servers may run without the sandbox
/// @param port 0 for any free port
/// @param databaseUrl null for the embedded PostgreSQL in the data directory
/// @param databasePoolUrl the same database through a pooler of transactions; null without one
/// @param modelsFile null for no models
/// @param languagesFile declarations of further language servers, or null
/// @param origins further origins whose pages may use the login cookie
/// @param tls null for plain HTTP
/// @param proxies the proxies whose forwarding headers are trusted
/// @param showsToken whether the ready line contains the owner's token
/// @param limits the rates and sizes that the server admits
/// @param login how people log in, besides with a token
/// @param redirectPort the port without TLS that redirects to the public address; 0 for none
/// @param errorReports where errors are reported; null for nowhere
/// @param pageReports where the browser IDE reports its errors; null for nowhere
/// @param spans where spans are exported; null for nowhere
/// @param nodes other servers of the database
/// @param terminals who may use terminals of a workspace
/// @param retention how long audit events and deleted workspaces are kept
public record ServerConfig(
        Map<String, Path> workspaces,
        Set<String> trusted,
        String host,
        int port,
        Path data,
        Path tools,
        @Nullable SecretSource databaseUrl,
        @Nullable SecretSource databasePoolUrl,
        @Nullable Path modelsFile,
        @Nullable Path languagesFile,
        Set<String> origins,
        @Nullable TlsFiles tls,
        TrustedProxies proxies,
        boolean showsToken,
        String logLevel,
        Limits limits,
        LoginConfig login,
        int redirectPort,
        @Nullable Settings errorReports,
        @Nullable Settings pageReports,
        @Nullable SpanDestination spans,
        Retention.Periods retention,
        NodeConfig nodes,
        TerminalAccess terminals) {
    private static final List<String> LOG_LEVELS =
            List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR");

    /// Scheme, host and optional port, as browsers send an origin (RFC 6454, section 6.2).
    private static final Pattern ORIGIN = Pattern.compile("[a-z][a-z0-9+.-]*://[^/?#\\sA-Z]+");

    private static final int LAST_PORT = 65_535;

    public ServerConfig {
        workspaces = Map.copyOf(workspaces);
        trusted = Set.copyOf(trusted);
        origins = Set.copyOf(origins);
    }

    /// Reads the settings from options and the environment.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    static ServerConfig read(
            Map<String, Path> workspaces,
            Set<String> trusted,
            ListenOptions listen,
            DataOption data,
            Environment environment) {
        var models = environment.get("QIDE_MODELS_FILE");
        var languages = environment.get("QIDE_LANGUAGES_FILE");
        return new ServerConfig(
                workspaces,
                trusted,
                listen.host(),
                listen.port(),
                data.directory(environment),
                tools(environment),
                environment.secret("QIDE_DATABASE_URL"),
                environment.secret("QIDE_DATABASE_POOL_URL"),
                models == null ? null : Path.of(models),
                languages == null ? null : Path.of(languages),
                origins(environment),
                tls(environment),
                proxies(environment),
                showsToken(environment),
                logLevel(environment),
                limits(environment),
                LoginConfig.read(data.directory(environment), environment),
                redirectPort(environment),
                errorReports(environment, "QIDE_SENTRY_DSN"),
                errorReports(environment, "QIDE_PAGE_SENTRY_DSN"),
                spans(environment),
                retention(environment),
                NodeConfig.read(environment),
                TerminalAccess.parse(environment.get("QIDE_TERMINALS")));
    }

    /// Whether the sample workspace is served. It is not where the command line names others, and
    /// not where files are kept in an external database: its own are not, so another server of that
    /// database would go on with a directory of its own.
    public boolean hasSample() {
        boolean isEphemeral = databaseUrl != null && nodes.files() == FileStorage.DATABASE;
        return workspaces.isEmpty() && !isEphemeral;
    }

    /// The settings for the log at start, without secrets.
    public Map<String, String> shown() {
        var shown = new LinkedHashMap<String, String>();
        shown.put("workspaces", String.join(",", new TreeSet<>(workspaces.keySet())));
        shown.put("trusted", String.join(",", new TreeSet<>(trusted)));
        shown.put("host", host);
        shown.put("port", Integer.toString(port));
        shown.put("database", databaseUrl == null ? "embedded" : "external");
        shown.put("tls", tls == null ? "off" : "on");
        shown.put("models", modelsFile == null ? "none" : "configured");
        shown.put("login", login.file() == null ? "token" : "configured");
        shown.put("errorReports", errorReports == null ? "off" : errorReports.toString());
        shown.put("pageReports", pageReports == null ? "off" : pageReports.toString());
        shown.put("spans", spans == null ? "off" : spans.environment() + ", " + spans.release());
        shown.put("redis", nodes.redis() == null ? "none" : nodes.redis().toString());
        shown.put("files", nodes.files().toString());
        shown.put("terminals", terminals.toString());
        shown.put("languages", languagesFile == null ? "built-in" : "configured");
        return shown;
    }

    /// The built-in and the operator's language servers that can run on this machine.
    ///
    /// @param searchPath the value of the environment variable PATH
    /// @throws IllegalArgumentException with a sentence when the operator's file is malformed
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

    /// Creates the data directory, accessible only to its owner.
    public static void createData(Path data) {
        try {
            Files.createDirectories(
                    data,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (IOException failure) {
            throw new UncheckedIOException(new IOException(dataUnusable(failure), failure));
        }
    }

    /// The sentence for a data directory that cannot be read or written.
    static String dataUnusable(IOException failure) {
        return "Cannot use the data directory: "
                + failure
                + ". Check its permissions and free space, or name another with --data.";
    }

    /// The directory of the embedded PostgreSQL.
    public static Path postgres(Path data) {
        return data.resolve("postgresql");
    }

    /// The directory into which its programs are unpacked.
    public static Path postgresPrograms(Path data) {
        return data.resolve("postgresql-programs");
    }

    /// The directory into which language servers are installed.
    public static Path tools(Environment environment) {
        var tools = environment.get("QIDE_TOOLS");
        if (tools != null) {
            return Path.of(tools).toAbsolutePath();
        }
        return cache(environment).resolve("tools");
    }

    /// The directory for what can be fetched again, absolute.
    static Path cache(Environment environment) {
        var cache = environment.get("XDG_CACHE_HOME");
        return (cache == null ? home().resolve(".cache/qide") : Path.of(cache, "qide"))
                .toAbsolutePath()
                .normalize();
    }

    /// The person's configuration directory, absolute: `$XDG_CONFIG_HOME/qide` or `~/.config/qide`.
    static Path configuration(Environment environment) {
        var directory = environment.get("XDG_CONFIG_HOME");
        return (directory == null ? home().resolve(".config/qide") : Path.of(directory, "qide"))
                .toAbsolutePath()
                .normalize();
    }

    /// The origins in `QIDE_ORIGINS`.
    ///
    /// @throws IllegalArgumentException when one is not in the form that browsers send, since it
    ///   would never match
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
                        "QIDE_ORIGINS contains %s: write each origin as https://ide.example, in lower case and without a path."
                                .formatted(origin));
            }
        }
        return origins;
    }

    /// @throws IllegalArgumentException when it is not a log level
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
                    "Set both QIDE_TLS_CERT and QIDE_TLS_KEY, or neither.");
        }
        return new TlsFiles(Path.of(certificate).toAbsolutePath(), Path.of(key).toAbsolutePath());
    }

    /// @throws IllegalArgumentException with a sentence for the operator
    static int redirectPort(Environment environment) {
        var port = environment.get("QIDE_REDIRECT_PORT");
        if (port == null) {
            return 0;
        }
        var url = environment.get("QIDE_PUBLIC_URL");
        if (url == null || !url.startsWith("https://")) {
            throw new IllegalArgumentException(
                    "QIDE_REDIRECT_PORT needs QIDE_PUBLIC_URL with https: set it to the URL "
                            + "at which people open Q-IDE.");
        }
        if (!port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > LAST_PORT) {
            throw new IllegalArgumentException(
                    "QIDE_REDIRECT_PORT must be a port from 1 to %d.".formatted(LAST_PORT));
        }
        return Integer.parseInt(port);
    }

    /// @throws IllegalArgumentException with a sentence for the operator
    static @Nullable Settings errorReports(Environment environment, String variable) {
        var dsn = environment.get(variable);
        if (dsn == null) {
            return null;
        }
        try {
            return new Settings(dsn, installation(environment), Version.read());
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(
                    variable + " is not usable: " + wrong.getMessage() + ".", wrong);
        }
    }

    /// @throws IllegalArgumentException with a sentence for the operator
    static @Nullable SpanDestination spans(Environment environment) {
        var endpoint = environment.get("QIDE_OTLP_ENDPOINT");
        if (endpoint == null) {
            return null;
        }
        try {
            return new SpanDestination(endpoint, installation(environment), Version.read());
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(
                    "QIDE_OTLP_ENDPOINT is not usable: " + wrong.getMessage() + ".", wrong);
        }
    }

    private static String installation(Environment environment) {
        var name = environment.get("QIDE_ENVIRONMENT");
        return name == null ? "production" : name;
    }

    /// @throws IllegalArgumentException with a sentence for the operator
    static Retention.Periods retention(Environment environment) {
        var byDefault = Retention.Periods.defaults();
        return new Retention.Periods(
                days(environment, "QIDE_AUDIT_DAYS", byDefault.audit()),
                days(environment, "QIDE_DELETED_DAYS", byDefault.deleted()));
    }

    private static Duration days(Environment environment, String variable, Duration otherwise) {
        var days = environment.get(variable);
        if (days == null) {
            return otherwise;
        }
        if (!days.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException(
                    variable + " must be a whole number of days from 1 to 9999.");
        }
        return Duration.ofDays(Integer.parseInt(days));
    }

    /// @throws IllegalArgumentException with a sentence for the operator
    static Limits limits(Environment environment) {
        var changes = environment.get("QIDE_LIMITS");
        return changes == null ? Limits.local() : Limits.parse(changes);
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
                            "QIDE_SHOW_TOKEN must be true or false; with true the ready line contains the owner's token.");
        };
    }

    private static Path home() {
        return Path.of(System.getProperty("user.home"));
    }

    /// The process's environment. A file with the value of `NAME` is named by the variable
    /// `NAME_FILE`, or is called `NAME` in the directory of `QIDE_SETTINGS_DIR`.
    public record Environment(Map<String, String> variables) {
        /// The value, or null if it is unset or empty.
        ///
        /// @throws IllegalArgumentException with a sentence when the file cannot be read or is too
        ///   large
        @Nullable String get(String name) {
            return SettingValue.of(variables, name).text();
        }

        /// The value as a secret, which is read again when it is in a file that changes; or null.
        ///
        /// @throws IllegalArgumentException as [#get] does
        @Nullable SecretSource secret(String name) {
            return SettingValue.of(variables, name).secret();
        }
    }
}
