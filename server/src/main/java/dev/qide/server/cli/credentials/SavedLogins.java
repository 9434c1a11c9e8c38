package dev.qide.server.cli.credentials;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.secrets.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The logins of `qide login`, in a file that only its owner can read: `credentials.json` in the
/// person's configuration directory, with a token for each server.
///
/// Several processes may change it at once: each change replaces the file, one after another.
public final class SavedLogins {
    private static final String FILE = "credentials.json";
    private static final String SERVERS = "servers";
    private static final String TOKEN = "token";
    private static final int BYTES = 1 << 20;
    private static final Set<PosixFilePermission> OWNER_ALONE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private static final Set<PosixFilePermission> OTHERS =
            EnumSet.complementOf(
                    EnumSet.of(
                            PosixFilePermission.OWNER_READ,
                            PosixFilePermission.OWNER_WRITE,
                            PosixFilePermission.OWNER_EXECUTE));

    private final Path folder;
    private final Path file;

    /// @param folder of the file; it need not exist
    public SavedLogins(Path folder) {
        this.folder = folder;
        file = folder.resolve(FILE);
    }

    /// The token for a server; null without a login.
    ///
    /// @throws IllegalArgumentException with a sentence when the file is unsafe or malformed
    public @Nullable Secret find(ServerAddress server) {
        var login = servers(read()).get(server.toString());
        return login instanceof JsonObject members
                        && members.get(TOKEN) instanceof JsonPrimitive token
                        && token.isString()
                ? Secret.of(token.getAsString())
                : null;
    }

    /// Saves the token for a server, in place of an earlier one.
    ///
    /// @param name the person's, for somebody who reads the file
    /// @throws IllegalArgumentException as [#find]
    public void put(ServerAddress server, Secret token, String name) {
        var login = new JsonObject();
        login.addProperty("name", name);
        login.addProperty(TOKEN, token.reveal());
        change(all -> {
            servers(all).add(server.toString(), login);
            return true;
        });
    }

    /// Deletes the token for a server.
    ///
    /// @return whether there was one
    /// @throws IllegalArgumentException as [#find]
    public boolean remove(ServerAddress server) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                && change(all -> servers(all).remove(server.toString()) != null);
    }

    public Path file() {
        return file;
    }

    private interface Change {
        /// @return whether there is something to write
        boolean apply(JsonObject all);
    }

    private boolean change(Change change) {
        try {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            try (var lock =
                            FileChannel.open(
                                    folder.resolve("." + FILE + ".lock"),
                                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                                    PosixFilePermissions.asFileAttribute(OWNER_ALONE));
                    var _ = lock.lock()) {
                var all = read();
                boolean isChanged = change.apply(all);
                if (isChanged) {
                    write(all);
                }
                return isChanged;
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    new IOException(
                            "Cannot write %s (%s): check its permissions, or set XDG_CONFIG_HOME to a directory of yours."
                                    .formatted(file, failure.getMessage()),
                            failure));
        }
    }

    private void write(JsonObject all) throws IOException {
        var copy =
                Files.createTempFile(
                        folder,
                        "." + FILE,
                        ".part",
                        PosixFilePermissions.asFileAttribute(OWNER_ALONE));
        try {
            try (var channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                var bytes = StandardCharsets.UTF_8.encode(all + "\n");
                while (bytes.hasRemaining()) {
                    var _ = channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(
                    copy,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            var _ = Files.deleteIfExists(copy);
        }
    }

    private static JsonObject servers(JsonObject all) {
        return all.getAsJsonObject(SERVERS);
    }

    /// The file's object; one without servers if there is no file.
    private JsonObject read() {
        var all = new JsonObject();
        all.add(SERVERS, new JsonObject());
        try {
            requireSafe();
            try (var in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                var text = new String(in.readNBytes(BYTES), StandardCharsets.UTF_8);
                var read = JsonParser.parseString(text).getAsJsonObject();
                if (!(read.get(SERVERS) instanceof JsonObject)) {
                    throw new JsonParseException("no servers");
                }
                return read;
            }
        } catch (NoSuchFileException _) {
            return all;
        } catch (JsonParseException | IllegalStateException malformed) {
            throw new IllegalArgumentException(
                    file + " is damaged: delete it, then run `qide login` again.", malformed);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "Cannot read %s (%s): check its permissions."
                            .formatted(file, unreadable.getMessage()),
                    unreadable);
        }
    }

    private void requireSafe() throws IOException {
        var attributes =
                Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new IllegalArgumentException(
                    "%s is %s, which could lead elsewhere: replace it by a file, or delete it and run `qide login` again."
                            .formatted(
                                    file,
                                    attributes.isSymbolicLink() ? "a link" : "not a regular file"));
        }
        if (attributes.permissions().stream().anyMatch(OTHERS::contains)) {
            throw new IllegalArgumentException(
                    "Others can use the tokens in %s: run `chmod 600 %s`, and if somebody else may have read it, revoke the tokens on the account page."
                            .formatted(file, file));
        }
        if (attributes.size() > BYTES) {
            throw new IllegalArgumentException(
                    file + " is too long: delete it, then run `qide login` again.");
        }
    }
}
