package dev.qide.server.cli.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.secrets.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SavedLoginsTest {
    private static final ServerAddress HERE = ServerAddress.of("http://localhost:8080");
    private static final ServerAddress THERE = ServerAddress.of("https://ide.example.org");

    @TempDir Path home;

    @Test
    void a_login_is_kept_for_each_server_and_only_its_owner_can_read_it() throws IOException {
        var logins = logins();
        logins.put(HERE, Secret.of("one"), "Ann");
        logins.put(THERE, Secret.of("two"), "Ann");
        logins.put(HERE, Secret.of("three"), "Ben");

        assertThat(logins().find(HERE)).isEqualTo(Secret.of("three"));
        assertThat(logins().find(THERE)).isEqualTo(Secret.of("two"));
        assertThat(permissions(logins.file())).isEqualTo("rw-------");
        assertThat(permissions(folder())).isEqualTo("rwx------");

        assertThat(logins.remove(HERE)).isTrue();
        assertThat(logins.remove(HERE)).isFalse();
        assertThat(logins.find(HERE)).isNull();
        assertThat(logins.find(THERE)).isEqualTo(Secret.of("two"));
        assertThat(logins.file()).content().doesNotContain("three");
        try (var files = Files.list(folder())) {
            assertThat(files).as("the file and its lock").hasSize(2);
        }
    }

    @Test
    void without_a_file_there_is_no_login_and_looking_makes_none() {
        assertThat(logins().find(HERE)).isNull();
        assertThat(logins().remove(HERE)).isFalse();
        assertThat(home.resolve("qide")).doesNotExist();
    }

    @Test
    void a_file_that_others_can_use_is_refused() throws IOException {
        for (var permissions : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
            var logins = logins();
            Files.deleteIfExists(logins.file());
            logins.put(HERE, Secret.of("one"), "Ann");
            Files.setPosixFilePermissions(
                    logins.file(), PosixFilePermissions.fromString(permissions));
            refused(logins, "chmod 600 " + logins.file());
            assertThat(permissions(logins.file())).isEqualTo(permissions);
        }
    }

    @Test
    void a_link_and_a_folder_are_refused() throws IOException {
        var logins = logins();
        Files.createDirectories(folder());
        var elsewhere = Files.writeString(home.resolve("elsewhere"), "{\"servers\":{}}");
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rw-------"));
        Files.createSymbolicLink(logins.file(), elsewhere);
        refused(logins, "is a link");
        assertThat(elsewhere).hasContent("{\"servers\":{}}");

        Files.delete(logins.file());
        Files.createSymbolicLink(logins.file(), home.resolve("nowhere"));
        refused(logins, "is a link");

        Files.delete(logins.file());
        Files.createDirectory(logins.file());
        refused(logins, "not a regular file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "{}",
                "{\"servers\":[]}",
                "null",
                "{\"servers\":{\"a\":",
                "\0"
            })
    void a_damaged_file_is_refused_and_kept(String content) throws IOException {
        var logins = logins();
        logins.put(HERE, Secret.of("one"), "Ann");
        Files.writeString(logins.file(), content);

        refused(logins, "is damaged");
        assertThat(logins.file()).hasContent(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "{}", "{\"token\":1}", "{\"token\":null}", "[]"})
    void a_login_without_a_token_is_none(String login) throws IOException {
        var logins = logins();
        logins.put(HERE, Secret.of("one"), "Ann");
        Files.writeString(logins.file(), "{\"servers\":{\"%s\":%s}}".formatted(HERE, login));

        assertThat(logins.find(HERE)).isNull();
    }

    @Test
    void a_folder_that_cannot_be_written_is_named() throws IOException {
        Files.writeString(home.resolve("qide"), "a file");

        assertThatThrownBy(() -> logins().put(HERE, Secret.of("one"), "Ann"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("XDG_CONFIG_HOME");
    }

    private static void refused(SavedLogins logins, String sentence) {
        assertThatThrownBy(() -> logins.find(HERE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence);
        assertThatThrownBy(() -> logins.put(THERE, Secret.of("two"), "Ann"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence);
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private Path folder() {
        return home.resolve("qide");
    }

    private SavedLogins logins() {
        return new SavedLogins(folder());
    }
}
