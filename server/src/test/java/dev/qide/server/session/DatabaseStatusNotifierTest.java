package dev.qide.server.session;

import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The notifications of editors about the database, over a real server whose database stops.
class DatabaseStatusNotifierTest {
    @TempDir Path workspace;

    @Test
    void editors_are_notified_when_the_database_fails_and_recovers() throws IOException {
        try (var server = TestServer.start(workspace);
                var client = initialized(server)) {
            server.database().goAway();
            var lost = status(client);

            assertThat(lost.get("component").getAsString()).isEqualTo("database");
            assertThat(lost.get("severity").getAsString()).isEqualTo("error");
            assertThat(lost.get("message").getAsString())
                    .startsWith("The database does not answer");
            assertThat(lost.has("language")).isFalse();

            // An editor that connects meanwhile is notified too.
            try (var late = initialized(server)) {
                assertThat(status(late)).isEqualTo(lost);
                server.database().comeBack();
                for (var one : new TestClient[] {client, late}) {
                    // One that connects during the outage may be told twice of it.
                    var status = status(one);
                    while (status.equals(lost)) {
                        status = status(one);
                    }
                    assertThat(status.get("severity").getAsString()).isEqualTo("info");
                }
            }
        }
    }

    private static TestClient initialized(TestServer server) {
        var client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
        client.initialize(null);
        return client;
    }

    private static JsonObject status(TestClient client) {
        return client.await(message -> isNotification(message, "qide/status"))
                .getAsJsonObject("params");
    }
}
