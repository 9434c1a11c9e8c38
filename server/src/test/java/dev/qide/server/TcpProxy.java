package dev.qide.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A TCP proxy on the loopback address that can cut the line: connections are reset, and new ones
/// too, until it is mended. It can also keep answers back. Thread-safe.
public final class TcpProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 << 10;
    private static final int KEEP_WITHIN_SECONDS = 60;

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<Integer> localPorts = ConcurrentHashMap.newKeySet();
    private final CountDownLatch keptBack = new CountDownLatch(1);
    private volatile CountDownLatch mended = new CountDownLatch(0);
    private volatile int answersPassed = Integer.MAX_VALUE;
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
        answersPassed = Integer.MAX_VALUE;
        isCut = false;
        mended.countDown();
    }

    /// Accepts connections again, and passes on only the first answers of the target on each, until
    /// it is mended. Waits until it has kept one back.
    ///
    /// @param answers 1 for the answer to a handshake
    public void mendFor(int answers) throws InterruptedException {
        mended = new CountDownLatch(1);
        answersPassed = answers;
        isCut = false;
        if (!keptBack.await(KEEP_WITHIN_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("nobody has connected, or there was no answer");
        }
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
            int limit = answersPassed;
            var answers = Thread.ofVirtual().start(() -> pass(server, client, limit));
            pass(client, server, Integer.MAX_VALUE);
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
    private void pass(Socket from, Socket to, int limit) {
        var buffer = new byte[BUFFER_BYTES];
        int passed = 0;
        try {
            var in = from.getInputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (passed == limit) {
                    keptBack.countDown();
                    mended.await();
                } else {
                    passed++;
                }
                to.getOutputStream().write(buffer, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException _) {
            reset(from);
            reset(to);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
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
