package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.socket.SocketWriter;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.security.Principal;
import java.security.cert.Certificate;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/// One accepted connection as the HTTP parser sees it. Owned by the connection's thread.
public final class ClientConnection implements ConnectionContext {
    private final HelidonSocket socket;
    private final ListenerContext listener;
    private final Router router;
    private final ReadBudget readBudget;
    private final Peer peer;
    private final SocketWriter writer;
    private final DataReader reader;

    ClientConnection(
            AcceptedChannel channel,
            HelidonSocket socket,
            ListenerContext listener,
            Router router,
            ReadBudget readBudget) {
        this.socket = socket;
        this.readBudget = readBudget;
        this.listener = listener;
        this.router = router;
        peer = new Peer(channel);
        writer = SocketWriter.create(socket);
        reader = DataReader.create(this::read);
    }

    /// The parser knows one kind of failed read.
    private byte @Nullable [] read() {
        readBudget.holds(reader.available());
        try {
            return socket.get();
        } catch (UncheckedIOException failure) {
            throw new ServerConnectionException("the connection failed", failure);
        }
    }

    /// The channel that a request or a handshake came on.
    public static AcceptedChannel channelOf(PeerInfo peer) {
        if (peer instanceof Peer(var channel)) {
            return channel;
        }
        throw new IllegalStateException("a connection that we did not accept");
    }

    @Override
    public PeerInfo remotePeer() {
        return peer;
    }

    @Override
    public PeerInfo localPeer() {
        return socket.localPeer();
    }

    @Override
    public boolean isSecure() {
        return socket.isSecure();
    }

    @Override
    public String socketId() {
        return socket.socketId();
    }

    @Override
    public String childSocketId() {
        return socket.childSocketId();
    }

    @Override
    public ListenerContext listenerContext() {
        return listener;
    }

    @Override
    public ExecutorService executor() {
        return listener.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public Router router() {
        return router;
    }

    @Override
    public HelidonSocket serverSocket() {
        return socket;
    }

    /// The other end, by its bare address: the host's own would be asked of the name service, and a
    /// peer may choose its name there.
    private record Peer(AcceptedChannel channel) implements PeerInfo {
        @Override
        public SocketAddress address() {
            return channel.remote();
        }

        @Override
        public String host() {
            return channel.remote().getAddress().getHostAddress();
        }

        @Override
        public int port() {
            return channel.remote().getPort();
        }

        @Override
        public Optional<Principal> tlsPrincipal() {
            return Optional.empty();
        }

        @Override
        public Optional<Certificate[]> tlsCertificates() {
            return Optional.empty();
        }
    }
}
