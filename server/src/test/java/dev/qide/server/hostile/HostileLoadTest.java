package dev.qide.server.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FragilePostgres;
import dev.qide.server.ServerProcess;
import dev.qide.server.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ten people type beside everything hostile that one can do with tokens that may read or edit, at
/// a server with a heap of 512 MiB: they notice next to nothing, memory is bounded, a revoked token
/// ends within a second, and nothing is left slow.
@Tag("alone")
class HostileLoadTest {
    private static final List<String> OPTIONS = List.of("-Xmx512m");

    @TempDir Path folder;

    @Test
    void ten_people_type_beside_every_attack_as_they_do_alone() throws Exception {
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
                    var ground =
                            new Ground(place.port(), server.token(), database.address(), data)) {
                var run = new HostileRun(ground, new Gauge(server.pid()), folder);
                var outcome = run.all();
                System.out.println(outcome.table());
                outcome.check();
                server.terminate();
            }
            assertThat(Files.readString(data.resolve("server.log")))
                    .doesNotContain("OutOfMemoryError");
        }
    }
}
