package dev.qide.server.collab;

import dev.qide.server.ChildJvm;
import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/// A server of shared documents in a separate process, to be killed.
final class KillableServer {
    private KillableServer() {}

    /// Serves until it is killed; its first output line is its URL.
    ///
    /// @param arguments URL, user and password of the database, name of the workspace
    public static void main(String[] arguments) throws InterruptedException {
        var address = new DatabaseAddress(arguments[0], arguments[1], arguments[2]);
        var database = new Database(address);
        var fixture = new CollabFixture(address, database, CollabLimits.STANDARD, arguments[3]);
        System.out.println("ready " + new CollabHost(fixture).url());
        new CountDownLatch(1).await();
    }

    /// Starts a server process.
    static ChildJvm start(DatabaseAddress address, String workspace) throws IOException {
        return ChildJvm.start(
                KillableServer.class, address.url(), address.user(), address.password(), workspace);
    }
}
