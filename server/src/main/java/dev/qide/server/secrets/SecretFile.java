package dev.qide.server.secrets;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A secret in a file, which is read again when the file changes: an operator or a vault's agent
/// renews a secret by replacing its file.
///
/// A file that is replaced during a read is read again, so that no value mixes two files. While a
/// changed file is unreadable, the last value stays in use. Thread-safe.
public final class SecretFile implements SecretSource {
    /// The maximum size of the file.
    public static final int BYTES = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(SecretFile.class);
    private static final int READS = 5;

    private final Path path;
    private @Nullable Version version;
    private Secret secret;
    private boolean isUnusable;

    /// The attributes that change with the file.
    private record Version(Object modified, long bytes, @Nullable Object inode) {
        static Version of(Path path) throws IOException {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new Version(
                    attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        }
    }

    private record Read(Version version, Secret secret) {}

    private SecretFile(Path path, @Nullable Version version, Secret secret) {
        this.path = path;
        this.version = version;
        this.secret = secret;
    }

    /// Opens a readable file.
    ///
    /// @throws IOException with a sentence when it is missing, unreadable, too large or empty
    public static SecretFile at(Path path) throws IOException {
        var first = readStable(path);
        return new SecretFile(path, first.version(), first.secret());
    }

    /// A file whose value was just read; it is read again at the next use.
    public static SecretFile from(Path path, Secret value) {
        return new SecretFile(path, null, value);
    }

    /// The text of a file, without surrounding white space.
    ///
    /// @throws IOException see [#at]
    public static Secret read(Path path) throws IOException {
        return readStable(path).secret();
    }

    /// The current value; the last readable one while the file is unreadable.
    @Override
    public synchronized Secret current() {
        try {
            if (!Version.of(path).equals(version)) {
                var read = readStable(path);
                boolean isRenewed = !read.secret().equals(secret);
                version = read.version();
                secret = read.secret();
                isUnusable = false;
                if (isRenewed) {
                    LOG.atInfo()
                            .addKeyValue("event.action", "secrets.file_renewed")
                            .log("read a changed secret file");
                }
            }
        } catch (IOException unusable) {
            warnOnce(unusable);
        }
        return secret;
    }

    /// Omits the value.
    @Override
    public String toString() {
        return "***";
    }

    private void warnOnce(IOException unusable) {
        if (!isUnusable) {
            isUnusable = true;
            LOG.atWarn()
                    .addKeyValue("event.action", "secrets.file_unusable")
                    .addKeyValue("reason", String.valueOf(unusable.getMessage()))
                    .log("cannot read a secret file: keeping the last value");
        }
    }

    Path path() {
        return path;
    }

    private static Read readStable(Path path) throws IOException {
        for (int read = 0; read < READS; read++) {
            var before = Version.of(path);
            var bytes = bounded(path);
            if (before.equals(Version.of(path))) {
                return new Read(before, Secret.of(text(path, bytes)));
            }
        }
        throw new IOException(path + " keeps changing: replace it by renaming a new file.");
    }

    private static byte[] bounded(Path path) throws IOException {
        try (var stream = Files.newInputStream(path)) {
            var bytes = stream.readNBytes(BYTES + 1);
            if (bytes.length > BYTES) {
                throw new IOException(
                        path
                                + " has more than "
                                + BYTES
                                + " bytes: name the file with the secret.");
            }
            return bytes;
        }
    }

    private static String text(Path path, byte[] bytes) throws IOException {
        try {
            var text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            if (text.isBlank()) {
                throw new IOException(path + " is empty: write the secret into it.");
            }
            return Objects.requireNonNull(text).strip();
        } catch (CharacterCodingException binary) {
            throw new IOException(path + " is not UTF-8 text: name another file.", binary);
        }
    }
}
