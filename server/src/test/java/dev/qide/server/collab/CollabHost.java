package dev.qide.server.collab;

import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.WebServer;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketSender;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A [CollabFixture] behind real sockets: `/ws/…` authenticates Ann at the handshake, `/collab/…`
/// uses in-band login.
final class CollabHost implements AutoCloseable {
    private static final int MESSAGE_BYTES = 8 << 20;

    private final CollabFixture fixture;
    private final Scheduler scheduler = new Scheduler();
    private final WebServer host;

    CollabHost(CollabFixture fixture) {
        this.fixture = fixture;
        host =
                new WebServer(
                        WebServer.Binding.plain(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                        TransportLimits.defaults(),
                        new WebServer.Handlers(
                                _ -> HttpHandler.Answer.json(404, "{}"), CollabHost.this::handler),
                        scheduler,
                        new Metrics());
    }

    String url() {
        return "ws://127.0.0.1:" + host.port();
    }

    @Override
    public void close() {
        host.close();
        scheduler.close();
    }

    private @Nullable WebSocketHandler handler(String path) {
        var loggedIn = path.startsWith("/ws/") ? CollabFixture.ANN : null;
        return _ ->
                new WebSocketHandler.Admission.Accepted(
                        out -> open(loggedIn, out), null, MESSAGE_BYTES);
    }

    private WebSocketHandler.Receiver open(Access.@Nullable Member loggedIn, WebSocketSender out) {
        var connection =
                fixture.collaboration.connect(
                        fixture.workspace, fixture.access, loggedIn, new BinaryFrames(out));
        return new WebSocketHandler.Receiver() {
            @Override
            public void text(String message) {
                out.close(1003, "binary only");
            }

            @Override
            public void binary(byte[] message) {
                connection.receive(message);
            }

            @Override
            public void closed(int code) {
                connection.closed();
            }
        };
    }

    /// The outgoing queue of a socket, as a subscriber.
    private record BinaryFrames(WebSocketSender out) implements FrameSender {
        @Override
        public void frame(byte[] frame) {
            out.binary(frame);
        }

        @Override
        public boolean isWritable() {
            return out.isWritable();
        }

        @Override
        public void onWritable(Runnable signal) {
            out.onWritable(signal);
        }

        @Override
        public boolean isDocumentsOnly() {
            return false;
        }

        @Override
        public void close(int code, String reason) {
            out.close(code, reason);
        }
    }
}
