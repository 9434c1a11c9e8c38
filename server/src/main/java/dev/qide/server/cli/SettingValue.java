package dev.qide.server.cli;

import dev.qide.server.secrets.Secret;
import dev.qide.server.secrets.SecretFile;
import dev.qide.server.secrets.SecretSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The value of a setting, and the file that it was read from: the file that `NAME_FILE` names,
/// else the file `NAME` in the directory `QIDE_SETTINGS_DIR`; without either, the value is that of
/// the environment variable.
///
/// @param text null if it is unset or empty
/// @param file null if the value is the variable's
record SettingValue(@Nullable String text, @Nullable Path file) {
    private static final String DIRECTORY = "QIDE_SETTINGS_DIR";
    private static final int BYTES = SecretFile.BYTES;

    /// @throws IllegalArgumentException with a sentence when the file cannot be read or is too
    ///   large
    static SettingValue of(Map<String, String> variables, String name) {
        var file = variables.get(name + "_FILE");
        if (file != null && !file.isEmpty()) {
            return read(name + "_FILE", Path.of(file));
        }
        var directory = variables.get(DIRECTORY);
        if (directory != null && !directory.isEmpty()) {
            var inDirectory = Path.of(directory, name);
            if (Files.exists(inDirectory)) {
                return read(DIRECTORY, inDirectory);
            }
        }
        var value = variables.get(name);
        return new SettingValue(value == null || value.isEmpty() ? null : value, null);
    }

    /// The value, read again when its file changes; null if it is unset or empty.
    @Nullable SecretSource secret() {
        if (text == null) {
            return null;
        }
        var secret = Secret.of(text);
        return file == null ? secret : SecretFile.from(file, secret);
    }

    /// Omits the value, which may be a secret.
    @Override
    public String toString() {
        return "SettingValue[" + (file == null ? "variable" : file) + "]";
    }

    private static SettingValue read(String variable, Path file) {
        try {
            if (Files.size(file) > BYTES) {
                throw new IllegalArgumentException(
                        "%s names %s, a file of more than %d bytes: name the file with the value."
                                .formatted(variable, file, BYTES));
            }
            var value = Files.readString(file).strip();
            return new SettingValue(value.isEmpty() ? null : value, file);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "%s names a file that cannot be read: check the path and the permissions of %s."
                            .formatted(variable, file),
                    unreadable);
        }
    }
}
