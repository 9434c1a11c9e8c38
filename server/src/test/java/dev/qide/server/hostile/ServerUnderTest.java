package dev.qide.server.hostile;

import dev.qide.server.FragilePostgres;
import dev.qide.server.ServerProcess;
import dev.qide.server.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A server as a process with a heap of 512 MiB, on a PostgreSQL, with what attackers need.
final class ServerUnderTest {
    private static final List<String> OPTIONS = List.of("-Xmx512m");

    @FunctionalInterface
    interface Act {
        void play(HostileRun run) throws Exception;
    }

    /// Runs one act, and ends the server in good order.
    ///
    /// @param folder an empty one
    /// @return what the server logged
    static String play(Path folder, Act act) throws Exception {
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        var data = Files.createDirectory(folder.resolve("data"));
        People.prepare(workspace);
        try (var database = TestDatabase.create()) {
            var place =
                    new ServerProcess.Place(
                            data,
                            workspace,
                            ServerProcess.freePort(),
                            FragilePostgres.url(database.address()),
                            OPTIONS);
            try (var server = ServerProcess.begin(place).awaitReady();
                    var attackTargets =
                            new AttackTargets(
                                    place.port(), server.token(), database.address(), data)) {
                act.play(new HostileRun(attackTargets, new Gauge(server.pid()), folder));
                server.terminate();
            }
            return Files.readString(data.resolve("server.log"));
        }
    }

    private ServerUnderTest() {}
}
