package dev.qide.server.secrets;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The key-encryption keys in a file, one line per key: `ID KEY`, where KEY is 32 bytes in base64.
/// The first key encrypts; every key decrypts. A changed file is read again; while it is invalid,
/// the last keys stay in use.
///
/// Thread-safe.
public final class KeyRing {
    static final int KEY_BYTES = 32;
    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);
    private static final int KEYS = 64;
    private static final int ID_BYTES = 4;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,32}");

    private final SecretFile file;
    private Secret parsed;
    private List<Key> keys;

    /// A key.
    record Key(String id, byte[] value) {
        @Override
        public String toString() {
            return "Key[" + id + "]";
        }
    }

    private KeyRing(SecretFile file) throws IOException {
        this.file = file;
        parsed = file.current();
        keys = parse(file.path(), parsed);
    }

    /// Opens the key ring in a file; creates a missing file with one new key and mode 600.
    ///
    /// @throws IOException with a sentence when the file cannot be used
    public static KeyRing openOrCreate(Path file, SecureRandom random) throws IOException {
        if (!Files.exists(file)) {
            write(file, List.of(fresh(random)));
        }
        return open(file);
    }

    /// Opens the key ring in a file.
    ///
    /// @throws IOException with a sentence when the file cannot be used
    public static KeyRing open(Path file) throws IOException {
        return new KeyRing(SecretFile.at(file));
    }

    /// The id of the key that encrypts.
    public String currentId() {
        return current().id();
    }

    /// The ids of all keys, first the one that encrypts.
    public List<String> ids() {
        return keys().stream().map(Key::id).toList();
    }

    Key current() {
        return keys().getFirst();
    }

    /// The key; null when the ring lacks it.
    @Nullable Key find(String id) {
        return keys().stream().filter(key -> key.id().equals(id)).findFirst().orElse(null);
    }

    /// Adds a new key, which encrypts from now on.
    ///
    /// @return its id
    /// @throws IOException with a sentence when the file cannot be written or is full
    String add(SecureRandom random) throws IOException {
        var all = new ArrayList<>(keys());
        if (all.size() >= KEYS) {
            throw new IOException(
                    file.path() + " has " + KEYS + " keys: run `qide keys rotate --drop-old`.");
        }
        var key = fresh(random);
        all.addFirst(key);
        write(file.path(), all);
        return key.id();
    }

    /// Removes all keys except these.
    ///
    /// @return the number of removed keys
    int retain(Set<String> ids) throws IOException {
        var all = keys();
        var kept = all.stream().filter(key -> ids.contains(key.id())).toList();
        if (kept.size() < all.size()) {
            write(file.path(), kept);
        }
        return all.size() - kept.size();
    }

    private synchronized List<Key> keys() {
        var now = file.current();
        if (!now.equals(parsed)) {
            parsed = now;
            try {
                keys = parse(file.path(), now);
            } catch (IOException malformed) {
                LOG.atWarn()
                        .addKeyValue("event.action", "secrets.keys_unusable")
                        .addKeyValue("reason", String.valueOf(malformed.getMessage()))
                        .log("cannot use the changed key ring: keeping the last one");
            }
        }
        return keys;
    }

    private static List<Key> parse(Path file, Secret text) throws IOException {
        var keys = new ArrayList<Key>();
        int number = 0;
        for (var line : text.reveal().lines().toList()) {
            number++;
            if (!line.isBlank()) {
                keys.add(key(file, number, line.strip()));
            }
        }
        var ids = keys.stream().map(Key::id).collect(Collectors.toSet());
        if (keys.size() > KEYS || ids.size() < keys.size()) {
            throw new IOException(
                    file + " must have at most " + KEYS + " keys, each with an id of its own.");
        }
        return List.copyOf(keys);
    }

    /// Reads a key. An error never repeats the line, which may contain the key.
    private static Key key(Path file, int number, String line) throws IOException {
        var cells = line.split("\\s+", -1);
        if (cells.length == 2 && ID.matcher(cells[0]).matches()) {
            try {
                var value = Base64.getDecoder().decode(cells[1]);
                if (value.length == KEY_BYTES) {
                    return new Key(cells[0], value);
                }
            } catch (IllegalArgumentException _) {
                // Reported below, without the line.
            }
        }
        throw new IOException(
                "%s, line %d: write the key's id, a space and %d bytes in base64."
                        .formatted(file, number, KEY_BYTES));
    }

    private static Key fresh(SecureRandom random) {
        var id = new byte[ID_BYTES];
        random.nextBytes(id);
        var value = new byte[KEY_BYTES];
        random.nextBytes(value);
        return new Key("k" + HexFormat.of().formatHex(id), value);
    }

    /// Replaces the file by a rename after the new one has reached the disk: secrets are lost
    /// without their keys.
    private static void write(Path file, List<Key> keys) throws IOException {
        var text =
                keys.stream()
                        .map(key ->
                                key.id()
                                        + " "
                                        + Base64.getEncoder().encodeToString(key.value())
                                        + "\n")
                        .collect(Collectors.joining());
        var target = file.toAbsolutePath();
        var ownerOnly =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var fresh = Files.createTempFile(target.getParent(), ".keys", ".new", ownerOnly);
        try {
            try (var channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    var _ = channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
            try (var folder = FileChannel.open(target.getParent())) {
                folder.force(true);
            }
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
