package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `nodes` as a process, while two servers use the database.
class NodesCommandTest {
    private static final int SERVICE_RESTART = 1012;

    @TempDir Path folder;
    @RegisterExtension final CommandProcesses processes = new CommandProcesses();

    @Test
    void servers_are_listed_with_their_urls_and_workspaces_and_commands_are_not() throws Exception {
        try (var first = TestServer.start(folder);
                var client = TestClient.connect(first.ws("/ws/demo"), first.token());
                var second = TestServer.startBeside(first)) {
            client.initialize(null);
            var lines = list(first).lines().toList();
            assertThat(lines).as("a head and two servers").hasSize(3);
            assertThat(lines.get(1)).contains("active", url(first)).endsWith("  demo");
            assertThat(lines.get(2)).contains("active", url(second)).doesNotContain("demo");
            second.end();
            assertThat(list(first).lines()).hasSize(2);
            second.begin();
        }
    }

    @Test
    void a_server_is_drained_and_activated_and_the_last_one_is_not() throws Exception {
        try (var first = TestServer.start(folder);
                var client = TestClient.connect(first.ws("/ws/demo"), first.token())) {
            client.initialize(null);
            var alone = start(first, "drain", url(first).strip());
            assertThat(CommandProcesses.awaitEnd(alone)).isEmpty();
            assertThat(alone.exitValue()).isEqualTo(1);
            try (var second = TestServer.startBeside(first)) {
                var drained = start(first, "drain", url(first).strip());
                assertThat(CommandProcesses.awaitEnd(drained)).contains("has no workspaces");
                assertThat(drained.exitValue()).isZero();
                assertThat(client.closeCode()).isEqualTo(SERVICE_RESTART);
                var lines = list(first).lines().toList();
                assertThat(lines.get(1)).contains("draining", url(first));
                var id = lines.get(1).substring(0, 8);
                assertThat(CommandProcesses.awaitEnd(start(second, "activate", id)))
                        .contains("takes workspaces");
                assertThat(list(first).lines().toList().get(1)).contains("active", url(first));
                var unknown = start(second, "activate", "nobody");
                assertThat(CommandProcesses.awaitEnd(unknown)).isEmpty();
                assertThat(unknown.exitValue()).isEqualTo(1);
            }
        }
    }

    private String list(TestServer server) throws Exception {
        return CommandProcesses.awaitEnd(start(server));
    }

    private Process start(TestServer server, String... arguments) throws Exception {
        var line = new ArrayList<>(List.of("nodes"));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--data", server.data().toString()));
        return processes.start(
                folder.resolveSibling(folder.getFileName() + ".log"),
                Map.of("QIDE_DATABASE_URL", server.databaseUrl()),
                line);
    }

    private static String url(TestServer server) {
        return "http://127.0.0.1:" + server.http("/").getPort() + " ";
    }
}
