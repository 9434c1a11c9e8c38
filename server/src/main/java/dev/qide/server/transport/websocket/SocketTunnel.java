package dev.qide.server.transport.websocket;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.http.ClientConnection;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A socket that another server serves: passes the bytes of both sides on, with a small buffer for
/// each direction, so that a slow side slows the other one down.
///
/// The other server sends pings, checks frames and enforces its bounds as for its own sockets, and
/// its close frames pass. If its connection ends without a close frame, the client gets 1012
/// (service restart) and may connect again at once. Two threads: the connection's thread reads the
/// client, a virtual thread reads the other server. [#close] and [#abort] are called by others.
final class SocketTunnel implements UpgradedConnection {
    private static final Logger LOG = LoggerFactory.getLogger(SocketTunnel.class);
    private static final int BUFFER_BYTES = 8 << 10;

    private final ClientConnection client;
    private final AcceptedChannel channel;
    private final WebSocketHandler.Upstream upstream;
    private final OpenSockets sockets;
    private final long number;

    private final TunnelOutput output;

    SocketTunnel(ClientConnection client, WebSocketHandler.Upstream upstream, OpenSockets sockets) {
        this.client = client;
        channel = client.channel();
        this.upstream = upstream;
        this.sockets = sockets;
        number = sockets.nextNumber();
        output = new TunnelOutput(client, upstream, sockets);
    }

    @Override
    public void serve() {
        Thread.currentThread().setName("tunnel-" + number);
        sockets.add(this);
        upstream.receiveDeliveries(output);
        var answers =
                Thread.ofVirtual().name("tunnel-" + number + "-answers").start(this::passAnswers);
        boolean isEnded = false;
        try {
            passRequests();
            upstream.endOutput();
            isEnded = hasEnded(answers);
        } catch (IOException | RuntimeException gone) {
            LOG.atTrace().addKeyValue("socket", number).setCause(gone).log("the socket is gone");
        } finally {
            upstream.abort();
            if (isEnded) {
                channel.close();
            } else {
                channel.abort();
            }
            var _ = hasEnded(answers);
            output.drop();
            sockets.remove(this);
        }
    }

    /// Sends a close frame to the client unless one was sent, if that is possible now. May be
    /// repeated.
    void close(int code, String reason) {
        if (!output.close(code, reason)) {
            abort();
        }
    }

    @Override
    public void abort() {
        upstream.abort();
        channel.abort();
    }

    private Duration closeWait() {
        return sockets.limits().sending().closeWait();
    }

    /// Reads the client until it has ended its side.
    private void passRequests() throws IOException {
        boolean isPassed = true;
        for (var bytes = client.input().next(); bytes != null; bytes = client.input().next()) {
            try {
                if (isPassed) {
                    upstream.output().write(bytes);
                }
            } catch (IOException _) {
                // The thread that reads the other server closes the socket; until the client has
                // ended its side, what it sends is dropped.
                isPassed = false;
            }
        }
    }

    /// Reads the other server until it has ended its side, then closes the socket.
    private void passAnswers() {
        try {
            var buffer = new byte[BUFFER_BYTES];
            for (int read = read(buffer); read >= 0; read = read(buffer)) {
                output.pass(buffer, read);
            }
            output.end();
        } catch (TunnelOutput.LostDeliveriesException _) {
            upstream.abort();
            endLost();
        } catch (IOException | RuntimeException gone) {
            LOG.atTrace().addKeyValue("socket", number).setCause(gone).log("the socket is gone");
            channel.abort();
        }
    }

    private void endLost() {
        try {
            output.end();
        } catch (IOException _) {
            channel.abort();
        }
    }

    /// @return -1 at the end, in good order or not
    private int read(byte[] buffer) {
        try {
            return upstream.input().read(buffer);
        } catch (IOException gone) {
            LOG.atTrace().addKeyValue("socket", number).setCause(gone).log("the server is gone");
            return -1;
        }
    }

    /// Waits for the thread that reads the other server, for a bounded time.
    private boolean hasEnded(Thread answers) {
        try {
            return answers.join(closeWait());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
