package dev.qide.server.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// The settings that come from the environment. With `_FILE` behind its name a variable names a
/// file that holds the value.
public enum EnvironmentVariable {
    DATABASE_URL(
            "postgresql://user:password@host:port/name",
            "embedded PostgreSQL in the data directory",
            Shown.MASKED),
    MODELS_FILE("the models, a JSON array", "none: no ghost text", Shown.AS_IT_IS),
    LANGUAGES_FILE(
            "further language servers, a JSON file", "those that are built in", Shown.AS_IT_IS),
    TOOLS(
            "where language servers are installed",
            "${XDG_CACHE_HOME:-~/.cache}/qide/tools",
            Shown.AS_IT_IS),
    TLS_CERT("PEM file of the certificate chain: https and wss", "none", Shown.AS_IT_IS),
    TLS_KEY("PEM file of its unencrypted key", "none", Shown.AS_IT_IS),
    TRUSTED_PROXIES(
            "networks whose X-Forwarded-For and -Proto are believed", "none", Shown.AS_IT_IS),
    ORIGINS("further origins whose pages may use the login cookie", "none", Shown.AS_IT_IS),
    SHOW_TOKEN(
            "whether the ready line holds the owner's token: true or false",
            "true",
            Shown.AS_IT_IS),
    LOG_LEVEL("DEBUG, INFO, WARN or ERROR", "INFO", Shown.AS_IT_IS),
    JAVA_HOME("the JDK that runs the server", "found", Shown.AS_IT_IS),
    JAVA_OPTIONS("options of that JDK's virtual machine", "none", Shown.AS_IT_IS),
    CHROMIUM("the browser of the browser tests", "found", Shown.AS_IT_IS);

    private static final String PREFIX = "QIDE_";
    private static final String FILE = "_FILE";

    /// What `doctor` shows of a value.
    private enum Shown {
        AS_IT_IS,
        MASKED
    }

    private final String meaning;
    private final String byDefault;
    private final Shown shown;

    EnvironmentVariable(String meaning, String byDefault, Shown shown) {
        this.meaning = meaning;
        this.byDefault = byDefault;
        this.shown = shown;
    }

    /// The variable.
    String variable() {
        return PREFIX + name();
    }

    String meaning() {
        return meaning;
    }

    /// The value in this environment as it may be told, or the default; secrets are masked.
    String told(ServerConfig.Environment environment) {
        var value = environment.get(variable());
        if (value == null) {
            return byDefault + " (default)";
        }
        return shown == Shown.MASKED ? "***" : value;
    }

    /// The variables that look like settings and are none: misspelt, or of another version.
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
