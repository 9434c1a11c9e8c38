package dev.qide.server;

import dev.qide.server.concurrent.LockFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Ports for servers that must know theirs before they listen.
///
/// A port that the kernel chose may be taken by any other process before the server listens. These
/// ports lie below the range from which Linux chooses (`/proc/sys/net/ipv4/ip_local_port_range`,
/// from 32768), and a lock file keeps each of them for this JVM until it ends, so that no other run
/// of the tests takes it. Thread-safe.
public final class FreePort {
    private static final int FIRST = 20_000;
    private static final int END = 32_000;
    private static final int ATTEMPTS = 1_000;

    private static final Path FOLDER =
            Path.of(System.getProperty("java.io.tmpdir"), "qide-test-ports");

    /// The locks of this JVM, one for each port that it was given.
    private static final List<LockFile> HELD = new ArrayList<>();

    /// A port on which nothing listens, different at each call.
    ///
    /// @throws IOException when none of 1,000 random ports is free
    public static int next() throws IOException {
        Files.createDirectories(FOLDER);
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            if (isReserved(port)) {
                return port;
            }
        }
        throw new IOException("none of " + ATTEMPTS + " ports is free");
    }

    /// Reserves a port, if nothing listens on it and nobody else has reserved it.
    private static boolean isReserved(int port) {
        try {
            var lock = LockFile.tryAcquire(FOLDER.resolve(Integer.toString(port)));
            if (lock == null) {
                return false;
            }
            try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                synchronized (HELD) {
                    HELD.add(lock);
                }
                return true;
            } catch (IOException inUse) {
                lock.close();
                return false;
            }
        } catch (IOException ofAnotherUser) {
            return false;
        }
    }

    private FreePort() {}
}
