package dev.qide.server;

import dev.qide.server.secrets.Secret;
import dev.qide.server.store.DatabaseAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A PgBouncer between test servers and their databases, with the settings of `ops/pgbouncer`: only
/// with `-Dpgbouncer=true`, for `ops/prove pgbouncer`. All tests of a JVM share it. Thread-safe.
final class TestPooler {
    private static final boolean IS_USED = Boolean.getBoolean("pgbouncer");

    private TestPooler() {}

    /// The address through the pooler, as in `QIDE_DATABASE_POOL_URL`; null without it.
    static @Nullable Secret url(DatabaseAddress address) {
        if (!IS_USED) {
            return null;
        }
        var name = address.url().substring(address.url().lastIndexOf('/') + 1);
        return Secret.of(
                "postgresql://%s:%s@127.0.0.1:%d/%s"
                        .formatted(
                                address.user(),
                                address.password(),
                                Running.of(address).port(),
                                name));
    }

    /// The process. Every database of the cluster is reached through it.
    private record Running(int port) {
        private static @Nullable Running instance;

        static synchronized Running of(DatabaseAddress address) {
            if (instance == null) {
                try {
                    instance = start(address);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }
            return instance;
        }

        private static Running start(DatabaseAddress address) throws IOException {
            int port = freePort();
            var folder =
                    Files.createTempDirectory(
                            "qide-pgbouncer-",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwxr-xr-x")));
            Files.writeString(
                    folder.resolve("userlist.txt"),
                    "\"%s\" \"%s\"\n".formatted(address.user(), address.password()));
            var shipped = Path.of("..", "ops", "pgbouncer", "pgbouncer.ini");
            var server = address.url().substring("jdbc:postgresql://".length()).split("/", 2)[0];
            var at = server.split(":", 2);
            Files.writeString(
                    folder.resolve("pgbouncer.ini"),
                    Files.readString(shipped)
                            .replaceFirst(
                                    "(?m)^qide = .*$",
                                    "* = host=%s port=%s".formatted(at[0], at[1]))
                            .replaceFirst("(?m)^listen_addr = .*$", "listen_addr = 127.0.0.1")
                            .replaceFirst("(?m)^listen_port = .*$", "listen_port = " + port)
                            .replaceFirst(
                                    "(?m)^auth_file = .*$",
                                    "auth_file = " + folder.resolve("userlist.txt"))
                            .replaceAll("(?m)^(client|server)_tls_.*$", "")
                            .replaceFirst("(?m)^unix_socket_dir = .*$", "unix_socket_dir ="));
            var command = new ArrayList<>(List.of("pgbouncer", "--quiet"));
            command.add("" + folder.resolve("pgbouncer.ini"));
            if ((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0) {
                // PgBouncer does not run as root.
                command.addAll(
                        0, List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
            }
            var process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("log").toFile())
                            .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            return new Running(port);
        }

        private static int freePort() throws IOException {
            try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            }
        }
    }
}
