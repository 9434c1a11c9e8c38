package dev.qide.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// An HTTP proxy on the loopback address. It passes every request on to one port of that address,
/// whichever host the request names: over a tunnel (`CONNECT`), or as it is with another method.
/// Thread-safe.
public final class ConnectProxy implements AutoCloseable {
    private static final String CONNECTED = "HTTP/1.1 200 Connection established\r\n\r\n";
    private static final String END = "\r\n\r\n";

    private final ServerSocket listener;
    private final int target;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile String required = "";
    private volatile String answer = CONNECTED;

    /// @param target a port of the loopback address
    public ConnectProxy(int target) throws IOException {
        this.target = target;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /// Its address as an environment variable has it.
    ///
    /// @param credentials name and password, separated by a colon and percent-encoded
    public String url(String credentials) {
        return "http://" + credentials + "@" + authority();
    }

    /// Its host and port.
    public String authority() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /// Answers 407 to requests without this value of `Proxy-Authorization`.
    public void require(String authorization) {
        required = "Proxy-Authorization: " + authorization + "\r\n";
    }

    /// Gives this answer to every request, and closes the connection.
    public void refuse(String head) {
        answer = head;
    }

    /// The heads of the requests, in the order of their arrival.
    public List<String> heads() {
        return List.copyOf(heads);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var client = listener.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException _) {
                // Closed; the condition of the loop decides.
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            var head = head(client);
            heads.add(head);
            if (!head.contains(required)) {
                write(
                        client,
                        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0" + END);
            } else if (answer.equals(CONNECTED)) {
                passOn(client, head);
            } else {
                write(client, answer);
            }
        } catch (IOException _) {
            // The client has left.
        } finally {
            open.remove(client);
        }
    }

    private static String head(Socket client) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith(END)) {
            int octet = client.getInputStream().read();
            if (octet < 0) {
                throw new IOException("the client has left");
            }
            head.write(octet);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void passOn(Socket client, String head) throws IOException {
        try (var server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            if (head.startsWith("CONNECT ")) {
                write(client, CONNECTED);
            } else {
                write(server, head.replaceFirst(" http://[^/ ]+", " "));
            }
            var answers = Thread.ofVirtual().start(() -> pass(server, client));
            pass(client, server);
            answers.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Until one side ends.
    private static void pass(Socket from, Socket to) {
        try {
            var _ = from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException _) {
            // One of them has gone.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (var client : open) {
            client.close();
        }
    }
}
