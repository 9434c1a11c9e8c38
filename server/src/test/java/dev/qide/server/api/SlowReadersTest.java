package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ForkedServer;
import dev.qide.server.FreePort;
import dev.qide.server.TestDatabase;
import dev.qide.server.TestServer;
import dev.qide.server.identity.IssuedTokens;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.Database;
import dev.qide.server.store.TokenTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// People who request responses of every kind and do not read them, on a server with 512 MB: it
/// holds only a bounded part in memory, and revoking a token still works.
@Tag("alone")
final class SlowReadersTest {
    private static final int FILE_READERS = Integer.getInteger("slow.readers", 40);
    private static final int OTHER_READERS = 16;
    private static final int TREE_FILES = 3_000;

    /// The heap and the JVM's other memory.
    private static final long RESIDENT_KIB = 1_000 << 10;

    /// Long enough for a machine that runs other work too.
    private static final Duration REVOKED_WITHIN = Duration.ofSeconds(10);

    @TempDir Path home;
    private final List<Socket> readers = new ArrayList<>();

    private record Tokens(String ann, String bob, String gone, IssuedTokens table) {}

    @Test
    void slow_readers_use_bounded_memory_and_revocation_works() throws Exception {
        var workspace = workspace();
        var data = Files.createDirectory(home.resolve("data"));
        try (var database = TestDatabase.create();
                var beside = Database.ofRunningServer(database.address());
                var server =
                        ForkedServer.begin(
                                new ForkedServer.Config(
                                        data,
                                        workspace,
                                        FreePort.next(),
                                        url(database),
                                        List.of("-Xmx512m")))) {
            server.awaitReady();
            var tokens = tokens(beside);
            var http = new ApiClient(server.http(), "127.0.0.1");
            askMuch(server.http(), tokens);
            assertThat(me(http, tokens.gone())).isEqualTo(200);

            var gone = idOf(tokens);
            assertThat(tokens.table().revoke(gone)).isTrue();
            long revoked = System.nanoTime();
            while (me(http, tokens.gone()) != 401) {
                assertThat(Duration.ofNanos(System.nanoTime() - revoked))
                        .isLessThan(REVOKED_WITHIN);
            }
            assertThat(me(http, tokens.ann())).isEqualTo(200);
            assertThat(residentKib(server.pid())).isLessThan(RESIDENT_KIB);
            assertThat(Files.readString(data.resolve("server.log")))
                    .doesNotContain("OutOfMemoryError");
        } finally {
            for (var reader : readers) {
                reader.close();
            }
        }
    }

    private Path workspace() throws IOException {
        var workspace = Files.createDirectory(home.resolve("workspace"));
        Files.write(workspace.resolve("12.bin"), new byte[12 << 20]);
        Files.write(workspace.resolve("32.bin"), new byte[32 << 20]);
        var many = Files.createDirectory(workspace.resolve("a-folder-with-a-name-of-some-length"));
        for (int i = 0; i < TREE_FILES; i++) {
            Files.createFile(many.resolve("a-file-with-a-name-of-some-length-" + i + ".txt"));
        }
        Files.writeString(workspace.resolve("text.txt"), "a line with word in it\n".repeat(2_000));
        return workspace;
    }

    private static Tokens tokens(Database beside) {
        var table =
                new IssuedTokens(
                        new TokenTable(beside), new SecureRandom(), InstantSource.system());
        var read = Set.of(Scope.READ);
        return new Tokens(
                table.create(new IssuedTokens.TokenRequest(read, "Ann", null, null)),
                table.create(new IssuedTokens.TokenRequest(read, "Bob", null, null)),
                table.create(new IssuedTokens.TokenRequest(read, "Gone", null, null)),
                table);
    }

    private static java.util.UUID idOf(Tokens tokens) {
        return tokens.table().list().stream()
                .filter(tokenSummary -> "Gone".equals(tokenSummary.name()))
                .findFirst()
                .orElseThrow()
                .id();
    }

    /// All send their requests at once; each gets the first line of its response and reads no more.
    private void askMuch(URI server, Tokens tokens) throws Exception {
        var lines = new ArrayList<Future<String>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < FILE_READERS; i++) {
                var path = i % 4 == 0 ? "/files/32.bin" : "/files/12.bin";
                var token = i % 2 == 0 ? tokens.ann() : tokens.bob();
                lines.add(threads.submit(() -> firstLine(server, path, token)));
            }
            for (int i = 0; i < OTHER_READERS; i++) {
                for (var path : List.of("/files", "/zip", "/search?q=word")) {
                    var token = i % 2 == 0 ? tokens.ann() : tokens.bob();
                    lines.add(threads.submit(() -> firstLine(server, path, token)));
                }
            }
        }
        int answered = 0;
        for (var line : lines) {
            assertThat(line.get()).containsAnyOf(" 200 ", " 503 ", " 429 ");
            answered += line.get().contains(" 200 ") ? 1 : 0;
        }
        assertThat(answered).isGreaterThan(FILE_READERS);
    }

    private String firstLine(URI server, String path, String token) throws IOException {
        var socket = new Socket();
        synchronized (readers) {
            readers.add(socket);
        }
        socket.setReceiveBufferSize(4 << 10);
        socket.setSoTimeout(60_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()));
        var request =
                "GET /api/workspaces/"
                        + TestServer.WORKSPACE
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + token
                        + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readNBytes(13), StandardCharsets.US_ASCII);
    }

    private static int me(ApiClient http, String token) throws IOException {
        return http.send("GET", "/api/me", "Authorization: Bearer " + token).status();
    }

    private static long residentKib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private static String url(TestDatabase database) {
        var address = database.address();
        var rest = address.url().substring("jdbc:postgresql://".length());
        return "postgresql://" + address.user() + ":" + address.password() + "@" + rest;
    }
}
