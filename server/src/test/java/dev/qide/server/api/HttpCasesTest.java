package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import dev.qide.server.telemetry.LogCapture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Requests of bare bytes and what RFC 9110 and RFC 9112 say of them, on a whole server.
///
/// In a request `|` is the end of a line, `{auth}` a host with the owner's token, `{f}` the path of
/// the files, `{wait}` the place where the client waits for an answer before it sends more, and
/// `{x*9}` nine of the letter. The expectation is the statuses and whether the connection is `kept`
/// or `closed`, then lines that the first answer's head has, `!name` for a header that it has not,
/// and `=text` for text in its content. Whatever a client sends as content is not in the log.
class HttpCasesTest {
    static final String SECRET = "private-content";
    private static final Pattern REPEATED = Pattern.compile("\\{(.)\\*(\\d+)}");

    @TempDir static Path folder;
    private static TestServer server;
    private static LogCapture log;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(folder.resolve("a.txt"), "0123456789");
        Files.writeString(folder.resolve("[id].txt"), "brackets");
        server = TestServer.start(folder);
        log = new LogCapture();
    }

    @AfterAll
    static void stop() {
        log.close();
        server.close();
        assertThat(log.lines()).noneMatch(line -> line.contains(SECRET));
    }

    static Stream<HttpCase> cases() {
        return Stream.concat(HttpMessageCases.all(), HttpSemanticsCases.all());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void a_request_is_answered_as_the_specification_says(HttpCase each) throws IOException {
        var statuses = each.expected().getFirst().split(" ", -1);
        boolean isKept = statuses[statuses.length - 1].equals("kept");
        try (var client = new RawHttp(server.http("/").getPort())) {
            var parts = bytes(each.request()).split("\\{wait}", -1);
            client.send(parts[0]);
            var first = client.receive(parts[0].startsWith("HEAD"));
            if (parts.length > 1) {
                client.send(parts[1]);
            }
            var received = new StringBuilder(first.status());
            for (int i = 1; i < statuses.length - 1; i++) {
                received.append(' ').append(client.receive(false).status());
            }
            assertThat(received + (isKept ? " kept" : " closed"))
                    .as(first.head() + first.content())
                    .isEqualTo(each.expected().getFirst());
            each.expected().stream().skip(1).forEach(line -> check(first, line));
            checkEnd(client, isKept);
            assertThat(first.status().equals("100") || first.hasHeader("Date")).isTrue();
        }
    }

    private static void check(RawHttp.Response response, String expected) {
        if (expected.startsWith("!")) {
            assertThat(response.hasHeader(expected.substring(1))).as(response.head()).isFalse();
        } else if (expected.startsWith("=")) {
            assertThat(response.content()).containsIgnoringCase(expected.substring(1));
        } else {
            var line = bytes(expected);
            assertThat(response.has(line)).as(line + " in " + response.head()).isTrue();
        }
    }

    private static void checkEnd(RawHttp client, boolean isKept) throws IOException {
        if (isKept) {
            client.send(bytes("GET /health HTTP/1.1|Host: a|Connection: close||"));
            assertThat(client.receive(false).status()).isEqualTo("200");
        }
        assertThat(client.isEnded()).isTrue();
    }

    private static String bytes(String text) {
        var etag = "\"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882\"";
        var repeated =
                REPEATED.matcher(text)
                        .replaceAll(m -> m.group(1).repeat(Integer.parseInt(m.group(2))));
        return repeated.replace("{auth}", "Host: localhost|Authorization: Bearer {token}")
                .replace("{token}", server.token())
                .replace("{f}", "/api/workspaces/demo/files/")
                .replace("{etag}", etag)
                .replace("|", "\r\n");
    }
}
