package dev.qide.server.limits;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A limit of the server; each has a name in the setting `QIDE_LIMITS`. The defaults are those of
/// local mode.
public enum Limit {
    /// Requests without a valid credential, of one address; pages and health are not counted.
    ADDRESS_REQUESTS(3_000, Per.MINUTE),
    /// Failed logins with a token, of one address.
    LOGIN_FAILURES(20, Per.MINUTE),
    /// Logins by a provider that one address may begin or end.
    LOGINS(60, Per.MINUTE),
    /// HTTP requests of one person that only read.
    READS(30_000, Per.MINUTE),
    /// HTTP requests of one person that change something.
    WRITES(12_000, Per.MINUTE),
    /// Searches, zip files and new workspaces of one person.
    COSTLY_REQUESTS(1_200, Per.MINUTE),
    /// Calls of models by one person, over HTTP and WebSocket.
    MODEL_CALLS(1_200, Per.MINUTE),
    /// HTTP requests of all people about one workspace.
    WORKSPACE_REQUESTS(120_000, Per.MINUTE),
    /// Requests of one person to language servers.
    LANGUAGE_REQUESTS(60_000, Per.MINUTE),
    /// WebSocket messages of one person over all sockets; of one socket where the login comes
    /// later.
    MESSAGES(5_000, Per.SECOND),
    /// Length of these messages, in bytes of binary and characters of text.
    MESSAGE_BYTES(64 << 20, Per.SECOND),
    /// WebSocket handshakes of one person; of one address where the login comes later.
    HANDSHAKES(12_000, Per.MINUTE),
    /// Open sockets of one person.
    SOCKETS(2_000, Per.NONE),
    /// The largest file that is kept in the database, in MiB.
    KEPT_FILE_MEBIBYTES(64, Per.NONE),
    /// All files of one workspace that are kept in the database, in MiB.
    KEPT_WORKSPACE_MEBIBYTES(2_048, Per.NONE);

    /// The largest value of a setting.
    static final long MOST = 1_000_000_000;

    /// A message of the largest size must pass.
    private static final long LEAST_MESSAGE_BYTES = 8 << 20;

    private final long byDefault;
    private final Per per;

    private enum Per {
        SECOND(Duration.ofSeconds(1)),
        MINUTE(Duration.ofMinutes(1)),
        NONE(null);

        private final @Nullable Duration period;

        Per(@Nullable Duration period) {
            this.period = period;
        }
    }

    Limit(long byDefault, Per per) {
        this.byDefault = byDefault;
        this.per = per;
    }

    /// The name in the setting and in the tags of failures: lower case, with hyphens.
    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    long byDefault() {
        return byDefault;
    }

    /// The period of a rate.
    ///
    /// @throws IllegalStateException for a limit that is no rate
    Duration period() {
        if (per.period == null) {
            throw new IllegalStateException(wireName() + " is no rate");
        }
        return per.period;
    }

    boolean isRate() {
        return per.period != null;
    }

    long least() {
        return this == MESSAGE_BYTES ? LEAST_MESSAGE_BYTES : 1;
    }

    static @Nullable Limit named(String name) {
        return Arrays.stream(values())
                .filter(limit -> limit.wireName().equals(name))
                .findFirst()
                .orElse(null);
    }

    static List<String> names() {
        return Arrays.stream(values()).map(Limit::wireName).toList();
    }

    /// The limits with their defaults.
    static Map<Limit, Long> defaults() {
        var defaults = new java.util.EnumMap<Limit, Long>(Limit.class);
        for (var limit : values()) {
            defaults.put(limit, limit.byDefault);
        }
        return defaults;
    }
}
