package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import dev.qide.server.collab.StockClients.ClientSpec;
import dev.qide.server.collab.StockClients.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Unmodified clients that are idle for 90 s keep their first socket; they reconnect after 30 s
/// without a message. Not part of the suite because of the wait; run it by name: `mvn -pl server
/// -am -Dtest=StockIdle -Dsurefire.failIfNoSpecifiedTests=false test`.
final class StockIdle {
    private static final long IDLE_SECONDS = Long.getLong("idle.seconds", 92);

    @TempDir Path folder;

    @Test
    void idle_clients_do_not_reconnect() throws Exception {
        Files.writeString(folder.resolve("main.py"), "x=1\n");
        try (var server = TestServer.start(folder);
                var stockClients = StockClients.start()) {
            stockClients.target(server.http("/").getPort());
            stockClients.open(spec(server, "alone", Kind.Y_WEBSOCKET, "alone.py"));
            stockClients.open(spec(server, "yara", Kind.Y_WEBSOCKET, "main.py"));
            stockClients.open(spec(server, "yves", Kind.Y_WEBSOCKET, "main.py"));
            stockClients.open(spec(server, "hugo", Kind.HOCUSPOCUS, "main.py"));
            stockClients.open(spec(server, "single", Kind.HOCUSPOCUS, "single.py"));
            stockClients.open(
                    spec(server, "silent", Kind.HOCUSPOCUS, "silent.py").with("isSilent"));
            for (var version : new String[] {"2", "3"}) {
                var early = spec(server, "early" + version, Kind.HOCUSPOCUS, version + ".py");
                stockClients.open(early.with("version", version).with("isSilent"));
            }
            stockClients.open(
                    spec(server, "walt", Kind.HOCUSPOCUS, "walt.py").with("endpoint", "ws"));
            stockClients.open(spec(server, "quin", Kind.QIDE, "quin.py"));
            stockClients.await(
                    "all are synced",
                    () -> stockClients.states().stream().allMatch(StockClients.State::isSynced));

            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(IDLE_SECONDS));

            assertThat(stockClients.states())
                    .hasSize(10)
                    .allSatisfy(one -> {
                        assertThat(one.count("sockets")).as(one.toString()).isEqualTo(1);
                        assertThat(one.isSynced()).as(one.toString()).isTrue();
                    });
            stockClients.command("hugo", "insert", "text", "still here ");
            assertThat(stockClients.awaitOneText("hugo", "yara", "yves"))
                    .isEqualTo("still here x=1\n");
        }
    }

    private static ClientSpec spec(TestServer server, String name, Kind kind, String path) {
        return new ClientSpec(name, kind, TestServer.WORKSPACE, path, server.token());
    }
}
