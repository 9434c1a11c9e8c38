package dev.qide.server.collab;

import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/// A server of shared documents in a process of its own, to be killed.
final class KillableServer {
    private KillableServer() {}

    /// Serves until it is killed; its first line is its address.
    ///
    /// @param arguments URL, user and password of the database, name of the workspace
    public static void main(String[] arguments) throws InterruptedException {
        var address = new DatabaseAddress(arguments[0], arguments[1], arguments[2]);
        var database = new Database(address);
        var lab = new CollabLab(address, database, CollabLimits.STANDARD, arguments[3]);
        System.out.println("ready " + new CollabHost(lab).url());
        new CountDownLatch(1).await();
    }

    /// Starts one.
    static Running start(DatabaseAddress address, String workspace) throws IOException {
        var classes = System.getProperty("surefire.test.class.path");
        var process =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                classes == null ? System.getProperty("java.class.path") : classes,
                                KillableServer.class.getName(),
                                address.url(),
                                address.user(),
                                address.password(),
                                workspace)
                        .redirectError(Redirect.to(new File("/dev/null")))
                        .start();
        var lines = process.inputReader(StandardCharsets.UTF_8);
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("ready ")) {
                return new Running(process, line.substring("ready ".length()));
            }
        }
        process.destroyForcibly();
        throw new IOException("the server did not come up");
    }

    /// A running one.
    record Running(Process process, String url) {
        /// SIGKILL; waits until it is dead.
        void kill() throws InterruptedException {
            process.destroyForcibly();
            process.waitFor();
        }
    }
}
