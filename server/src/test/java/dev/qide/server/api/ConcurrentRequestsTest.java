package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Limits of concurrent requests: one person cannot use all slots of an operation.
final class ConcurrentRequestsTest {
    private static final int EXPORTS_OF_A_PRINCIPAL = 3;

    @TempDir Path folder;

    @Test
    void one_person_cannot_use_all_slots_and_frees_them_on_disconnect() throws Exception {
        var bytes = new byte[24 << 20];
        new Random(3).nextBytes(bytes);
        Files.write(folder.resolve("large.bin"), bytes);
        var slow = new ArrayList<Socket>();
        try (var server = TestServer.start(folder)) {
            var ann = token(server.linkOf("Ann", Scope.EDIT));
            var bob = token(server.linkOf("Bob", Scope.READ));
            for (int i = 0; i < EXPORTS_OF_A_PRINCIPAL; i++) {
                var one = begun(server, "GET", "/zip", ann, "");
                assertThat(one.getInputStream().readNBytes(13)).hasSize(13);
                slow.add(one);
            }
            assertThat(firstLine(server, "/zip", ann)).contains(" 429 ");
            assertThat(firstLine(server, "/zip", bob)).contains(" 200 ");
            slow.removeFirst().close();
            awaitAgain(server, ann);
            for (var one : slow) {
                one.close();
            }

            awaitUploadRefused(server, ann);
        }
    }

    private static void awaitAgain(TestServer server, String token) throws IOException {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!firstLine(server, "/zip", token).contains(" 200 ")) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
    }

    private static void awaitUploadRefused(TestServer server, String token) throws IOException {
        var http = new ApiClient(server.http("/"), "127.0.0.1");
        long end = System.nanoTime() + 20_000_000_000L;
        // It waits for the archive before it answers.
        var waiting = begunUpload(server, token);
        while (http.send(
                                "POST",
                                "/api/workspaces/demo/zip",
                                new byte[] {1},
                                "Authorization: Bearer " + token)
                        .status()
                != 429) {
            assertThat(System.nanoTime()).isLessThan(end);
            if (waiting.getInputStream().available() > 0) {
                // The other request had the slot when this one arrived, so this one was refused.
                waiting.close();
                waiting = begunUpload(server, token);
            }
        }
        waiting.close();
    }

    private static Socket begunUpload(TestServer server, String token) throws IOException {
        return begun(server, "POST", "/zip", token, "Content-Length: 1000000\r\n");
    }

    private static String firstLine(TestServer server, String path, String token)
            throws IOException {
        try (var socket = begun(server, "GET", path, token, "")) {
            return new String(socket.getInputStream().readNBytes(13), StandardCharsets.US_ASCII);
        }
    }

    /// A request whose response is not read yet.
    private static Socket begun(
            TestServer server, String method, String path, String token, String headers)
            throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4 << 10);
        socket.setSoTimeout(20_000);
        socket.connect(
                new InetSocketAddress(server.http("/").getHost(), server.http("/").getPort()));
        var request =
                method
                        + " /api/workspaces/demo"
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + token
                        + "\r\n"
                        + headers
                        + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String token(String link) {
        return link.substring(link.indexOf("#token=") + "#token=".length());
    }
}
