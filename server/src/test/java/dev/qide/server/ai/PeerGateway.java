package dev.qide.server.ai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FreePort;
import dev.qide.server.NodeProject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// npm `@portkey-ai/gateway` on loopback, unmodified: the peer of figures about models.
final class PeerGateway implements AutoCloseable {
    private static final long START_SECONDS = 60;

    private final Process process;
    private final int port;

    private PeerGateway(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static PeerGateway start() throws IOException, InterruptedException {
        var project = NodeProject.installed("gateway");
        int port = FreePort.next();
        var builder =
                new ProcessBuilder(
                        List.of(
                                "node",
                                "--import",
                                "./loopback.mjs",
                                "node_modules/@portkey-ai/gateway/build/start-server.js",
                                "--port=" + port,
                                "--headless"));
        builder.environment().put("NODE_ENV", "production");
        builder.directory(project.folder().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        var gateway = new PeerGateway(builder.start(), port);
        gateway.awaitStart();
        return gateway;
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /// Headers that send a request to a server of OpenAI's API.
    static Map<String, String> headers(String upstream) {
        return Map.of(
                "x-portkey-provider",
                "openai",
                "x-portkey-custom-host",
                upstream + "/v1",
                "Authorization",
                "Bearer none");
    }

    private void awaitStart() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            assertThat(process.isAlive()).as("the gateway runs").isTrue();
            try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException _) {
                assertThat(System.nanoTime()).as("the gateway listens").isLessThan(end);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
