package dev.qide.server.identity;

import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.SettingTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The settings that editors keep for a person on every machine, by name: `settings.json`,
/// `keybindings.json`, `snippets/python.json`, `layout.json`. The server stores the texts and does
/// not read them.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class PersonalSettings {
    /// The most bytes of one setting.
    public static final int SETTING_BYTES = 256 << 10;

    /// The most settings of one person.
    public static final int SETTINGS = 100;

    /// The most bytes of all settings of one person.
    public static final int PERSON_BYTES = 4 << 20;

    private static final String SEGMENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    private static final Pattern NAME = Pattern.compile(SEGMENT + "(?:/" + SEGMENT + ")?");

    private final SettingTable table;

    public PersonalSettings(SettingTable table) {
        this.table = table;
    }

    /// One text.
    ///
    /// @param hash SHA-256 of its bytes, in hexadecimal
    public record Setting(byte[] body, String hash) {}

    /// A setting without its text.
    ///
    /// @param hash SHA-256 of its bytes, in hexadecimal
    public record Listed(String name, String hash, long bytes) {}

    /// A change that was stored.
    ///
    /// @param isCreated whether there was none of this name
    /// @param hash SHA-256 of the new bytes, in hexadecimal
    public record Stored(boolean isCreated, String hash) {}

    /// The settings of a person without their texts, by name.
    public List<Listed> list(UserId person) {
        return table.all(person.value()).stream()
                .map(one -> new Listed(one.name(), one.hash(), one.bytes()))
                .toList();
    }

    /// One setting.
    ///
    /// @throws FailureException `SETTING_UNKNOWN`, `INVALID_PARAMS` for an illegal name
    public Setting read(UserId person, String name) {
        var body = table.body(person.value(), legal(name));
        if (body == null) {
            throw new FailureException(Failure.SETTING_UNKNOWN);
        }
        return new Setting(body, hash(body));
    }

    /// Stores a text under a name.
    ///
    /// @param body UTF-8
    /// @param expected whether the present version, null for none, is the one that the caller means
    /// @throws FailureException `PRECONDITION_FAILED`, `TOO_MANY_SETTINGS`, `MESSAGE_TOO_LARGE`,
    ///   `INVALID_PARAMS` for an illegal name or a body that is not UTF-8
    public Stored write(
            UserId person, String name, byte[] body, Predicate<@Nullable String> expected) {
        var legal = legal(name);
        requireText(body);
        return table.change(
                person.value(),
                settings -> {
                    var all = settings.all();
                    var present = find(all, legal);
                    require(expected, present);
                    if (present == null && all.size() >= SETTINGS) {
                        throw tooMany("settings", SETTINGS);
                    }
                    long others = all.stream().mapToLong(SettingTable.Entry::bytes).sum();
                    long bytes = others - (present == null ? 0 : present.bytes()) + body.length;
                    if (bytes > PERSON_BYTES) {
                        throw tooMany("bytes", PERSON_BYTES);
                    }
                    settings.put(legal, body);
                    return new Stored(present == null, hash(body));
                });
    }

    /// Deletes a setting.
    ///
    /// @throws FailureException `SETTING_UNKNOWN`, `PRECONDITION_FAILED`, `INVALID_PARAMS`
    public void delete(UserId person, String name, Predicate<@Nullable String> expected) {
        var legal = legal(name);
        var _ =
                table.change(
                        person.value(),
                        settings -> {
                            var present = find(settings.all(), legal);
                            if (present == null) {
                                throw new FailureException(Failure.SETTING_UNKNOWN);
                            }
                            require(expected, present);
                            settings.delete(legal);
                            return present;
                        });
    }

    private static SettingTable.@Nullable Entry find(List<SettingTable.Entry> all, String name) {
        return all.stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
    }

    private static void require(
            Predicate<@Nullable String> expected, SettingTable.@Nullable Entry present) {
        if (!expected.test(present == null ? null : present.hash())) {
            throw new FailureException(Failure.PRECONDITION_FAILED);
        }
    }

    private static String legal(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("parameter", "name"));
        }
        return name;
    }

    private static void requireText(byte[] body) {
        if (body.length > SETTING_BYTES) {
            throw new FailureException(
                    Failure.MESSAGE_TOO_LARGE, Map.of("limit", Integer.toString(SETTING_BYTES)));
        }
        try {
            var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
        } catch (CharacterCodingException notUtf8) {
            throw new FailureException(
                    Failure.INVALID_PARAMS, Map.of("reason", "not-utf-8"), notUtf8);
        }
    }

    private static FailureException tooMany(String what, int limit) {
        return new FailureException(
                Failure.TOO_MANY_SETTINGS,
                Map.of("reason", what, "limit", Integer.toString(limit)));
    }

    private static String hash(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
