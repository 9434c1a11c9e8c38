package dev.qide.server.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// The settings in the environment. A variable with `_FILE` appended to its name names a file with
/// the value.
public enum EnvironmentVariable {
    DATABASE_URL(
            "postgresql://user:password@host:port/name",
            "embedded PostgreSQL in the data directory",
            Display.MASKED),
    DATABASE_POOL_URL(
            "the same database through PgBouncer with transaction pooling",
            "none: the server connects directly",
            Display.MASKED),
    MODELS_FILE("the models file (JSON)", "none: no ghost text or chat", Display.PLAIN),
    LANGUAGES_FILE(
            "a JSON file with additional language servers",
            "only the built-in ones",
            Display.PLAIN),
    TOOLS(
            "where language servers are installed",
            "${XDG_CACHE_HOME:-~/.cache}/qide/tools",
            Display.PLAIN),
    TLS_CERT("PEM file of the certificate chain; enables https and wss", "none", Display.PLAIN),
    TLS_KEY("PEM file of the certificate's unencrypted key", "none", Display.PLAIN),
    TRUSTED_PROXIES(
            "networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto " + "are trusted",
            "none",
            Display.PLAIN),
    NODE_URL(
            "the URL at which other servers on the database reach this one, for "
                    + "example http://10.0.0.5:8080",
            "the address that the server listens on, if it and the database's "
                    + "address are loopback addresses and TLS is off",
            Display.PLAIN),
    NODE_CA(
            "PEM file of the certificate authorities to trust for other servers "
                    + "with an https URL",
            "the JDK's",
            Display.PLAIN),
    REDIS_URL(
            "a Redis in which the servers on the database count rate limits "
                    + "together: redis://user:password@host:port/database, or rediss:// with "
                    + "TLS",
            "none: each server counts alone",
            Display.MASKED),
    FILES(
            "where the files of managed workspaces are stored: directory or database",
            "directory",
            Display.PLAIN),
    ORIGINS("additional origins whose pages may use the login cookie", "none", Display.PLAIN),
    SHOW_TOKEN(
            "whether the ready line contains the owner's token: true or false",
            "true",
            Display.PLAIN),
    LOGIN_FILE(
            "the file of login providers (JSON)",
            "none: people log in with a token",
            Display.PLAIN),
    PUBLIC_URL("the public URL, for example https://ide.example/", "none", Display.PLAIN),
    KEYS_FILE(
            "the key ring, which encrypts stored secrets",
            "keys in the data directory",
            Display.PLAIN),
    SETTINGS_DIR(
            "a directory with one file per setting, named after its variable",
            "none",
            Display.PLAIN),
    REDIRECT_PORT("a port without TLS that redirects to QIDE_PUBLIC_URL", "none", Display.PLAIN),
    TERMINALS("who may use terminals of a workspace: off, owners or editors", "off", Display.PLAIN),
    AUDIT_DAYS("days for which audit events are kept", "365", Display.PLAIN),
    DELETED_DAYS("days for which the content of a deleted workspace is kept", "30", Display.PLAIN),
    LIMITS("overrides of limits, for example reads=600,messages=100", "none", Display.PLAIN),
    LOG_LEVEL("TRACE, DEBUG, INFO, WARN or ERROR", "INFO", Display.PLAIN),
    SENTRY_DSN(
            "the project of a Sentry server that receives errors, without content: "
                    + "https://KEY@HOST/PROJECT",
            "none: errors are only logged",
            Display.MASKED),
    PAGE_SENTRY_DSN(
            "the project of a Sentry server that receives errors of the browser "
                    + "IDE; everybody who opens the page can read the DSN",
            "none: they are not reported",
            Display.PLAIN),
    ENVIRONMENT(
            "the name of this installation in error reports and spans",
            "production",
            Display.PLAIN),
    OTLP_ENDPOINT(
            "the base URL of an OpenTelemetry collector that receives spans, for "
                    + "example http://localhost:4318",
            "none: no spans are exported",
            Display.PLAIN),
    TOKEN(
            "the token of `qide lsp`, used instead of the login of `qide login`",
            "the saved login, or the owner's token on the server's machine",
            Display.MASKED),
    JAVA_HOME("the JDK that runs the server", "the first one found", Display.PLAIN),
    JAVA_OPTIONS("JVM options of the server", "none", Display.PLAIN),
    CHROMIUM("the browser of the browser tests", "the first one found", Display.PLAIN);

    private static final String PREFIX = "QIDE_";
    private static final String FILE = "_FILE";

    /// The form in which `doctor` shows a value.
    private enum Display {
        PLAIN,
        MASKED
    }

    private final String meaning;
    private final String byDefault;
    private final Display display;

    EnvironmentVariable(String meaning, String byDefault, Display display) {
        this.meaning = meaning;
        this.byDefault = byDefault;
        this.display = display;
    }

    /// The variable's name.
    String variable() {
        return PREFIX + name();
    }

    String meaning() {
        return meaning;
    }

    /// The value in this environment, or the default, for display; secrets are masked.
    String display(ServerConfig.Environment environment) {
        var value = environment.get(variable());
        if (value == null) {
            return byDefault + " (default)";
        }
        return display == Display.MASKED ? "***" : value;
    }

    /// The variables that begin with `QIDE_` but are not settings: misspelt, or of another version.
    public static List<String> unknown(Map<String, String> variables) {
        var unknown = new TreeSet<String>();
        for (var variable : variables.keySet()) {
            if (variable.startsWith(PREFIX) && !isKnown(variable)) {
                unknown.add(variable);
            }
        }
        return List.copyOf(unknown);
    }

    private static boolean isKnown(String variable) {
        return Arrays.stream(values())
                .map(EnvironmentVariable::variable)
                .anyMatch(known -> variable.equals(known) || variable.equals(known + FILE));
    }
}
