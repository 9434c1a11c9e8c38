package dev.qide.server.hostile;

import dev.qide.server.ForkedServer;
import dev.qide.server.FragilePostgres;
import dev.qide.server.FreePort;
import dev.qide.server.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A server in a process with a heap of 512 MiB, on a PostgreSQL, with the attackers' targets.
final class ServerUnderTest {
    private static final List<String> OPTIONS = List.of("-Xmx512m", "-XX:G1HeapRegionSize=4m");

    @FunctionalInterface
    interface Action {
        void play(HostileRun run) throws Exception;
    }

    /// Runs an action, and stops the server.
    ///
    /// @param folder an empty folder
    /// @return the server's log
    static String play(Path folder, Action act) throws Exception {
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        var data = Files.createDirectory(folder.resolve("data"));
        TypingPeople.prepare(workspace);
        try (var database = TestDatabase.create()) {
            var place =
                    new ForkedServer.Config(
                            data,
                            workspace,
                            FreePort.next(),
                            FragilePostgres.url(database.address()),
                            OPTIONS);
            try (var server = ForkedServer.begin(place).awaitReady();
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
