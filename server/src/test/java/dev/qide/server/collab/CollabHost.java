package dev.qide.server.collab;

import dev.qide.server.owner.Alarms;
import dev.qide.server.socket.HttpDoor;
import dev.qide.server.socket.Outgoing;
import dev.qide.server.socket.SocketDoor;
import dev.qide.server.socket.SocketLimits;
import dev.qide.server.socket.WebHost;
import dev.qide.server.watch.Metrics;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A lab behind real sockets: `/ws/…` has logged Ann in, `/collab/…` logs in in-band.
final class CollabHost implements AutoCloseable {
    private static final int MESSAGE_BYTES = 8 << 20;

    private final CollabLab lab;
    private final Alarms alarms = new Alarms();
    private final WebHost host;

    CollabHost(CollabLab lab) {
        this.lab = lab;
        host =
                new WebHost(
                        WebHost.Place.plain(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                        SocketLimits.defaults(),
                        new WebHost.Doors(
                                _ -> HttpDoor.Answer.json(404, "{}"), CollabHost.this::door),
                        alarms,
                        new Metrics());
    }

    String url() {
        return "ws://127.0.0.1:" + host.port();
    }

    @Override
    public void close() {
        host.close();
        alarms.close();
    }

    private @Nullable SocketDoor door(String path) {
        var loggedIn = path.startsWith("/ws/") ? CollabLab.ANN : null;
        return _ ->
                new SocketDoor.Admission.Accepted(out -> open(loggedIn, out), null, MESSAGE_BYTES);
    }

    private SocketDoor.Receiver open(Access.@Nullable Member loggedIn, Outgoing out) {
        var side =
                lab.collaboration.connect(
                        lab.workspace, lab.access, loggedIn, new BinaryFrames(out));
        return new SocketDoor.Receiver() {
            @Override
            public void text(String message) {
                out.close(1003, "binary only");
            }

            @Override
            public void binary(byte[] message) {
                side.receive(message);
            }

            @Override
            public void closed(int code) {
                side.closed();
            }
        };
    }

    /// A socket's outgoing queue as a subscriber.
    private record BinaryFrames(Outgoing out) implements Subscriber {
        @Override
        public void frame(byte[] frame) {
            out.binary(frame);
        }

        @Override
        public boolean hasRoom() {
            return out.hasRoom();
        }

        @Override
        public void whenRoom(Runnable signal) {
            out.whenRoom(signal);
        }

        @Override
        public void close(int code, String reason) {
            out.close(code, reason);
        }
    }
}
