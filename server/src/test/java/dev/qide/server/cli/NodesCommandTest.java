package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `nodes` as a process, while two servers use the database.
class NodesCommandTest {
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
            assertThat(lines.get(1)).contains("living", url(first)).endsWith("  demo");
            assertThat(lines.get(2)).contains("living", url(second)).doesNotContain("demo");
            second.end();
            assertThat(list(first).lines()).hasSize(2);
            second.begin();
        }
    }

    private String list(TestServer server) throws Exception {
        var command =
                processes.start(
                        folder.resolveSibling(folder.getFileName() + ".log"),
                        Map.of("QIDE_DATABASE_URL", server.databaseUrl()),
                        List.of("nodes", "--data", server.data().toString()));
        return CommandProcesses.awaitEnd(command);
    }

    private static String url(TestServer server) {
        return "http://127.0.0.1:" + server.http("/").getPort() + " ";
    }
}
