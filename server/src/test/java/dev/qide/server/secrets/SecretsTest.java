package dev.qide.server.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.cli.QideCommand;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.secrets.Envelope.Binding;
import dev.qide.server.secrets.Envelope.UnsealException;
import dev.qide.server.store.Database;
import dev.qide.server.store.SealedSecretTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets that are not printed, files that are read again, encryption, and the rotation of keys on
/// a real database.
class SecretsTest {
    private static final Binding ANNS_KEY = new Binding("person:ann", "model-key");

    private static final String FIRST_RING = "k1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// `sesame` of [#ANNS_KEY] under the key above, encrypted by other implementations: Node's and
    /// Python's.
    private static final String FIRST_ENVELOPE =
            "AQJrMQABAgMEBQYHCAkKCyNnsHytjKhw4Sz55MGYCh73o/FDiAIlB0Qam/qd6IIxDMCmcfrxTXl6vnwRflQZ"
                    + "3DIzNDU2Nzg5Ojs8PYv2TSeBEc1kabj8ca12YvujInzPaJ8=";

    @TempDir Path folder;
    private final SecureRandom random = new SecureRandom();

    @Test
    void a_secret_is_not_printed() {
        var secret = Secret.of("sesame");

        record Holder(Secret secret) {}
        assertThat("" + secret + new Holder(secret)).doesNotContain("sesame").contains("***");
        assertThat(secret.reveal()).isEqualTo("sesame");
        assertThat(secret).isEqualTo(Secret.of("sesame")).isNotEqualTo(Secret.of("sesam"));
    }

    @Test
    void a_file_is_read_again_when_it_changes() throws Exception {
        var file = Files.writeString(folder.resolve("secret"), "one\n");
        var secret = SecretFile.at(file);
        assertThat(secret.current().reveal()).isEqualTo("one");

        replace(file, "two");
        assertThat(secret.current().reveal()).isEqualTo("two");

        // What cannot be used does not replace what was.
        replace(file, "x".repeat(SecretFile.BYTES + 1));
        assertThat(secret.current().reveal()).isEqualTo("two");
        Files.delete(file);
        assertThat(secret.current().reveal()).isEqualTo("two");
        replace(file, "three");
        assertThat(secret.current().reveal()).isEqualTo("three");
    }

    @Test
    void a_link_that_moves_to_another_folder_is_followed() throws Exception {
        // As Kubernetes replaces the files of a mounted secret.
        var first = Files.createDirectory(folder.resolve("first"));
        var second = Files.createDirectory(folder.resolve("second"));
        Files.writeString(first.resolve("secret"), "one");
        Files.writeString(second.resolve("secret"), "two");
        var link = Files.createSymbolicLink(folder.resolve("data"), first);
        var secret = SecretFile.at(link.resolve("secret"));

        var next = Files.createSymbolicLink(folder.resolve("next"), second);
        Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);

        assertThat(secret.current().reveal()).isEqualTo("two");
    }

    @Test
    void a_file_that_is_no_secret_is_refused_with_a_sentence() throws Exception {
        var empty = Files.writeString(folder.resolve("empty"), "\n");
        var binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, 0});

        assertThatThrownBy(() -> SecretFile.at(empty)).hasMessageContaining("is empty: write");
        assertThatThrownBy(() -> SecretFile.at(binary))
                .hasMessageContaining("UTF-8 text: name another");
        assertThatThrownBy(() -> SecretFile.at(folder.resolve("none")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void only_the_owner_and_purpose_open_an_envelope() throws Exception {
        var envelope = new Envelope(ring(), random);
        var sealed = envelope.seal(bytes("sesame"), ANNS_KEY);

        assertThat(envelope.open(sealed, ANNS_KEY)).isEqualTo(bytes("sesame"));
        assertThat(envelope.seal(bytes("sesame"), ANNS_KEY)).isNotEqualTo(sealed);
        assertThat(HexFormat.of().formatHex(sealed))
                .doesNotContain(HexFormat.of().formatHex(bytes("sesame")));
        for (var other :
                List.of(
                        new Binding("person:bob", "model-key"),
                        new Binding("person:ann", "oauth"),
                        new Binding("person:annm", "odel-key"))) {
            assertThatThrownBy(() -> envelope.open(sealed, other))
                    .isInstanceOf(UnsealException.class)
                    .hasMessageContaining("store it again");
        }
    }

    @Test
    void an_altered_or_shortened_envelope_does_not_open() throws Exception {
        var envelope = new Envelope(ring(), random);
        var sealed = envelope.seal(bytes("sesame"), ANNS_KEY);

        for (int index = 0; index < sealed.length; index++) {
            var altered = sealed.clone();
            altered[index] ^= 1;
            assertThatThrownBy(() -> envelope.open(altered, ANNS_KEY))
                    .as("byte %d", index)
                    .isInstanceOf(UnsealException.class);
            var shorter = Arrays.copyOf(sealed, index);
            assertThatThrownBy(() -> envelope.open(shorter, ANNS_KEY))
                    .isInstanceOf(UnsealException.class);
        }
    }

    @Test
    void a_data_key_of_another_envelope_does_not_fit() throws Exception {
        var envelope = new Envelope(ring(), random);
        var one = envelope.seal(bytes("first"), ANNS_KEY);
        var other = envelope.seal(bytes("other"), ANNS_KEY);
        // The value and its nonce and tag are the last bytes.
        int value = "first".length() + 12 + 16;
        var mixed = one.clone();
        System.arraycopy(other, other.length - value, mixed, mixed.length - value, value);

        assertThatThrownBy(() -> envelope.open(mixed, ANNS_KEY))
                .isInstanceOf(UnsealException.class);
    }

    @Test
    void an_envelope_of_the_first_version_opens() throws Exception {
        var file = Files.writeString(folder.resolve("keys"), FIRST_RING);
        var envelope = new Envelope(KeyRing.open(file), random);

        assertThat(envelope.open(Base64.getDecoder().decode(FIRST_ENVELOPE), ANNS_KEY))
                .isEqualTo(bytes("sesame"));
    }

    @Test
    void a_new_key_ring_is_readable_by_its_owner_only_and_keeps_its_key() throws Exception {
        var ring = ring();
        var file = folder.resolve("keys");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(ring().currentId()).isEqualTo(ring.currentId());
    }

    @Test
    void a_malformed_key_ring_is_refused_without_repeating_a_key() throws Exception {
        var line = FIRST_RING + "AAAA";
        for (var text : List.of(line, "k1", "k1 %%%", FIRST_RING + "\n" + FIRST_RING)) {
            var file = Files.writeString(folder.resolve("malformed"), text);
            assertThatThrownBy(() -> KeyRing.open(file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageNotContaining("AAECAw");
        }
        // A running server keeps the keys that it has.
        var ring = ring();
        var id = ring.currentId();
        replace(folder.resolve("keys"), line);
        assertThat(ring.currentId()).isEqualTo(id);
    }

    @Test
    void keys_are_rotated_while_a_server_stores_secrets() throws Exception {
        try (var base = TestDatabase.create();
                var database = new Database(base.address());
                var writer = Executors.newSingleThreadExecutor()) {
            var table = new SealedSecretTable(database);
            // The server has a key ring of its own, which it reads again.
            var server = new SealedSecrets(table, ring(), random);
            for (int index = 0; index < 500; index++) {
                server.put(binding(index), Secret.of("value " + index));
            }
            var first = ring().currentId();
            var isEnough = new AtomicBoolean();
            var writing =
                    writer.submit(() -> {
                        int written = 500;
                        while (!isEnough.get()) {
                            server.put(binding(written), Secret.of("value " + written));
                            written++;
                        }
                        return written;
                    });

            var rotated = new SealedSecrets(table, ring(), random).rotate(true, _ -> {});
            isEnough.set(true);
            int written = writing.get();

            assertThat(rotated.keyId()).isNotEqualTo(first);
            assertThat(rotated.rewrapped()).isGreaterThanOrEqualTo(500);
            assertThat(rotated.dropped()).isEqualTo(1);
            assertThat(table.keyIds()).containsExactly(rotated.keyId());
            for (int index = 0; index < written; index++) {
                assertThat(server.get(binding(index))).isEqualTo(Secret.of("value " + index));
            }
        }
    }

    @Test
    void an_interrupted_rotation_is_finished_without_a_further_key() throws Exception {
        try (var base = TestDatabase.create();
                var database = new Database(base.address())) {
            var table = new SealedSecretTable(database);
            var secrets = new SealedSecrets(table, ring(), random);
            secrets.put(ANNS_KEY, Secret.of("sesame"));
            var interrupted = ring().add(random);

            var rotated = secrets.rotate(false, _ -> {});

            assertThat(rotated.keyId()).isEqualTo(interrupted);
            assertThat(rotated.rewrapped()).isEqualTo(1);
            assertThat(ring().ids()).hasSize(2);
            assertThat(secrets.get(ANNS_KEY)).isEqualTo(Secret.of("sesame"));
            assertThat(secrets.delete(ANNS_KEY)).isTrue();
            assertThat(secrets.get(ANNS_KEY)).isNull();
        }
    }

    @Test
    void rows_that_were_swapped_or_lack_their_key_are_reported_and_left() throws Exception {
        try (var base = TestDatabase.create();
                var database = new Database(base.address())) {
            var table = new SealedSecretTable(database);
            var secrets = new SealedSecrets(table, ring(), random);
            for (var owner : List.of("a", "b", "c")) {
                secrets.put(new Binding(owner, "key"), Secret.of("of " + owner));
            }
            base.execute(
                    "UPDATE sealed_secrets SET sealed = (SELECT sealed FROM sealed_secrets WHERE"
                            + " owner = 'b') WHERE owner = 'a'");

            assertThatThrownBy(() -> secrets.get(new Binding("a", "key")))
                    .isInstanceOf(UnsealException.class);
            var sentences = new ArrayList<String>();
            var rotated = secrets.rotate(true, sentences::add);

            assertThat(rotated.rewrapped()).isEqualTo(2);
            assertThat(rotated.broken()).isEqualTo(1);
            assertThat(rotated.dropped()).as("the broken row needs the old key").isZero();
            assertThat(sentences)
                    .anyMatch(it -> it.startsWith("The secret key of a was not changed"));
            assertThat(secrets.get(new Binding("c", "key"))).isEqualTo(Secret.of("of c"));

            Files.writeString(folder.resolve("keys"), FIRST_RING);
            assertThatThrownBy(() -> secrets.get(new Binding("c", "key")))
                    .hasMessageContaining(rotated.keyId() + " is not in the key ring: restore");
        }
    }

    @Test
    void the_command_rotates_and_lists_keys() throws Exception {
        try (var base = TestDatabase.create();
                var database = new Database(base.address())) {
            var secrets = new SealedSecrets(new SealedSecretTable(database), ring(), random);
            secrets.put(ANNS_KEY, Secret.of("sesame"));
            var first = ring().currentId();

            assertThat(command(base, "rotate")).contains("1 secrets encrypted again, 0 keys");
            assertThat(command(base, "list"))
                    .containsPattern(ring().currentId() + " +encrypts +needed")
                    .containsPattern(first + " +decrypts +not needed");
            assertThat(secrets.get(ANNS_KEY)).isEqualTo(Secret.of("sesame"));
            assertThat(command(base, "rotate", "--drop-old")).contains("2 keys dropped");
            assertThat(secrets.get(ANNS_KEY)).isEqualTo(Secret.of("sesame"));
        }
    }

    private String command(TestDatabase base, String... arguments) {
        var line = new ArrayList<>(List.of("keys"));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--data", folder.toString()));
        var address = base.address();
        var rest = address.url().substring("jdbc:postgresql://".length());
        var url = "postgresql://" + address.user() + ":" + address.password() + "@" + rest;
        var out = new ByteArrayOutputStream();
        var print = new PrintStream(out, true, StandardCharsets.UTF_8);
        var context =
                new QideCommand.Context(
                        new ServerConfig.Environment(Map.of("QIDE_DATABASE_URL", url)),
                        print,
                        print);
        assertThat(QideCommand.run(line, context, (_, _) -> {})).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    private KeyRing ring() throws IOException {
        return KeyRing.openOrCreate(folder.resolve("keys"), random);
    }

    private void replace(Path file, String text) throws IOException {
        var fresh = Files.writeString(folder.resolve("fresh"), text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Binding binding(int index) {
        return new Binding("person:" + index, "model-key");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
