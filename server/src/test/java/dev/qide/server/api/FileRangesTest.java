package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Downloads: whole files, ranges, and files that change while they are sent.
final class FileRangesTest {
    private static final int LENGTH = 300_000;
    private static final byte[] BYTES = new byte[LENGTH];

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;

    @BeforeAll
    static void start() throws IOException {
        new Random(1).nextBytes(BYTES);
        Files.write(folder.resolve("some.bin"), BYTES);
        Files.write(folder.resolve("empty.bin"), new byte[0]);
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=0-, 0, 300000",
        "bytes=100-199, 100, 100",
        "BYTES=65530-65545, 65530, 16",
        "bytes=200000-99999999999999999999, 200000, 100000",
        "bytes=-10, 299990, 10",
        "bytes=-400000, 0, 300000"
    })
    void one_range_of_a_file_is_sent_with_the_etag_of_the_whole(String range, int from, int length)
            throws Exception {
        var answer = get("some.bin", "Range: " + range);
        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.header("Content-Range"))
                .isEqualTo("bytes " + from + "-" + (from + length - 1) + "/" + LENGTH);
        assertThat(answer.header("ETag")).isEqualTo(etag(BYTES));
        assertThat(answer.bytes()).isEqualTo(Arrays.copyOfRange(BYTES, from, from + length));
    }

    @ParameterizedTest
    @CsvSource({
        "some.bin, bytes=300000-",
        "some.bin, bytes=99999999999999999999-",
        "some.bin, bytes=-0",
        "empty.bin, bytes=0-",
        "empty.bin, bytes=-5"
    })
    void a_range_after_the_end_is_416_with_the_files_length(String path, String range)
            throws Exception {
        var answer = get(path, "Range: " + range);
        assertThat(answer.status()).isEqualTo(416);
        assertThat(answer.header("Content-Range"))
                .isEqualTo("bytes */" + Files.size(folder.resolve(path)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bytes=0-1,5-6",
                "bytes=5-2",
                "bytes=-",
                "bytes=a-b",
                "lines=1-2",
                "bytes 0-1"
            })
    void anything_but_a_single_range_is_ignored(String range) throws Exception {
        var answer = get("some.bin", "Range: " + range);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Accept-Ranges")).isEqualTo("bytes");
        assertThat(answer.bytes()).isEqualTo(BYTES);
    }

    @Test
    void a_range_is_sent_only_of_the_version_that_if_range_names() throws Exception {
        var range = "Range: bytes=1-2";
        assertThat(get("some.bin", range, "If-Range: " + etag(BYTES)).status()).isEqualTo(206);
        var other = get("some.bin", range, "If-Range: \"other\"");
        assertThat(other.status()).isEqualTo(200);
        assertThat(other.bytes()).isEqualTo(BYTES);
        assertThat(get("some.bin", range, "If-Range: W/" + etag(BYTES)).status()).isEqualTo(200);
        assertThat(get("some.bin", "Range: bytes=300000-", "If-Range: \"other\"").status())
                .isEqualTo(200);
        assertThat(get("some.bin", range, "If-None-Match: " + etag(BYTES)).status()).isEqualTo(304);
    }

    @Test
    void head_has_no_ranges() throws Exception {
        var answer = ask("HEAD", "some.bin", "Range: bytes=1-2");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Length")).isEqualTo("" + LENGTH);
    }

    /// Size, inode and even the times may stay the same: only the bytes differ.
    @Test
    void a_file_that_changes_while_it_is_sent_is_cut_short_and_never_complete_with_a_wrong_etag()
            throws Exception {
        var file = folder.resolve("changing.bin");
        var bytes = new byte[24 << 20];
        new Random(2).nextBytes(bytes);
        Files.write(file, bytes);
        var modified = Files.getLastModifiedTime(file);
        try (var reader = new Socket()) {
            reader.setReceiveBufferSize(4 << 10);
            reader.setSoTimeout(20_000);
            reader.connect(
                    new InetSocketAddress(server.http("/").getHost(), server.http("/").getPort()));
            var head =
                    "GET "
                            + path("changing.bin")
                            + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                            + server.token()
                            + "\r\n\r\n";
            reader.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            var in = new DataInputStream(reader.getInputStream());
            var answer = new StringBuilder();
            while (!answer.toString().endsWith("\r\n\r\n")) {
                answer.append((char) in.readUnsignedByte());
            }
            assertThat(answer.toString()).contains("200 OK", etag(bytes));

            try (var out = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
                out.position(bytes.length - 1);
                out.write(
                        java.nio.ByteBuffer.wrap(
                                new byte[] {(byte) (bytes[bytes.length - 1] + 1)}));
            }
            Files.setLastModifiedTime(file, modified);
            assertThat(length(in)).isLessThan(bytes.length);
        }
        assertThat(get("changing.bin").header("ETag")).isEqualTo(etag(Files.readAllBytes(file)));
    }

    private static long length(DataInputStream in) throws IOException {
        var piece = new byte[64 << 10];
        long sum = 0;
        try {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                sum += read;
            }
        } catch (java.net.SocketException reset) {
            // A reset also counts as cut short.
        }
        return sum;
    }

    private static ApiClient.Answer get(String path, String... headers) throws IOException {
        return ask("GET", path, headers);
    }

    private static ApiClient.Answer ask(String method, String path, String... headers)
            throws IOException {
        var all = new java.util.ArrayList<>(java.util.List.of(headers));
        all.add("Authorization: Bearer " + server.token());
        return http.send(method, path(path), all.toArray(new String[0]));
    }

    private static String path(String path) {
        return "/api/workspaces/demo/files/" + path;
    }

    private static String etag(byte[] bytes) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
        return '"' + HexFormat.of().formatHex(digest) + '"';
    }
}
