package dev.qide.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A TCP proxy on the loopback address that can cut the line: connections are reset, and new ones
/// too, until it is mended. Thread-safe.
public final class TcpProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 << 10;

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<Integer> localPorts = ConcurrentHashMap.newKeySet();
    private volatile boolean isCut;

    /// @param target a port of the loopback address
    public TcpProxy(int target) throws IOException {
        this.target = target;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /// The ports from which it has connected to its target.
    Set<Integer> localPorts() {
        return Set.copyOf(localPorts);
    }

    public void cut() {
        isCut = true;
        open.forEach(TcpProxy::reset);
    }

    public void mend() {
        isCut = false;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var client = listener.accept();
                Thread.ofVirtual().start(() -> join(client));
            } catch (IOException _) {
                // Closed; the condition of the loop decides.
            }
        }
    }

    private void join(Socket client) {
        open.add(client);
        try (client;
                var server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            open.add(server);
            localPorts.add(server.getLocalPort());
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            if (isCut) {
                reset(client);
                return;
            }
            var answers = Thread.ofVirtual().start(() -> pass(server, client));
            pass(client, server);
            answers.join();
            open.remove(server);
        } catch (IOException _) {
            reset(client);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    /// Passes bytes on until one side ends; its end is passed on too.
    private static void pass(Socket from, Socket to) {
        var buffer = new byte[BUFFER_BYTES];
        try {
            var in = from.getInputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                to.getOutputStream().write(buffer, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException _) {
            reset(from);
            reset(to);
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException _) {
            // Closed already.
        }
    }
}
