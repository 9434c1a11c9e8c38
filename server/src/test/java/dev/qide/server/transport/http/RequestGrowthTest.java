package dev.qide.server.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Growth;
import dev.qide.server.transport.ChannelReader;
import dev.qide.server.transport.ContentCoding;
import dev.qide.server.transport.RequestHead;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Heads, chunks and header values take time in proportion to their length, up to their bounds,
/// whatever they contain.
class RequestGrowthTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a",
                "/%41",
                "/",
                "%2e%2e/",
                "?a=b",
                "&a=b",
                "http://",
                "http://a/",
                "[",
                "a"
            })
    void a_target(String part) {
        Growth.check(
                "target of " + part,
                1_900 / part.length(),
                n -> "GET /" + part.repeat(n) + " HTTP/1.1\r\nHost: a\r\n\r\n",
                RequestGrowthTest::parsed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://a", "http://?", "HTTPS://%", "http://["})
    void an_absolute_target(String start) {
        Growth.check(
                "absolute target of " + start,
                1_900,
                n -> "GET " + start + "a".repeat(n) + " HTTP/1.1\r\nHost: a\r\n\r\n",
                RequestGrowthTest::parsed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "Content-Length", "Transfer-Encoding", "Expect", "X-Other"})
    void one_long_field(String name) {
        for (var part : List.of("a", "0", " \t", "[", ",")) {
            Growth.check(
                    name + " of " + part,
                    3_900 / part.length(),
                    n -> "GET / HTTP/1.1\r\n" + name + ": " + part.repeat(n) + "x\r\n\r\n",
                    RequestGrowthTest::parsed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: b", "a:", "accept-encoding: gzip;q=0.5", "cookie: a=b"})
    void many_fields(String line) {
        Growth.check(
                "fields " + line,
                24,
                n -> "GET / HTTP/1.1\r\nHost: a\r\n" + (line + "\r\n").repeat(n) + "\r\n",
                RequestGrowthTest::parsed);
    }

    @ParameterizedTest
    @CsvSource({"1, a", "01, a", "00000001, a", "a, aaaaaaaaaa"})
    void many_chunks(String size, String content) {
        Growth.check(
                "chunks of " + size,
                2_000,
                n -> (size + "\r\n" + content + "\r\n").repeat(n) + "0\r\n\r\n",
                RequestGrowthTest::dechunked);
    }

    @ParameterizedTest
    @ValueSource(strings = {";", ";a=b", " \t"})
    void a_long_chunk_extension(String part) {
        Growth.check(
                "extensions of " + part,
                1_900 / part.length(),
                n -> "1;" + part.repeat(n) + "\r\na\r\n0\r\n\r\n",
                RequestGrowthTest::dechunked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip;q=0.5,", "*;q=1.000,", ",", "gzip ;q=", " \t", "br;q=2,"})
    void accepted_codings(String part) {
        Growth.check(
                "Accept-Encoding of " + part,
                500,
                n -> head("accept-encoding", part.repeat(n)),
                head -> ContentCoding.best(head, EnumSet.allOf(ContentCoding.class)));
    }

    @Test
    void queries() {
        for (var part : List.of("a=b&", "&", "=", "%41", "%", "a=%C3%A9&")) {
            Growth.check(
                    "query of " + part,
                    500,
                    n -> query(part.repeat(n)),
                    head -> assertThat(head.parameters("q")).isEmpty());
        }
    }

    private static RequestHead head(String name, String value) {
        return new RequestHead("GET", "/", "/", "", Map.of(name, List.of(value)), "::1", false);
    }

    private static RequestHead query(String query) {
        return new RequestHead("GET", "/", "/", query, Map.of(), "::1", false);
    }

    /// Reads a head to its end or to what is refused.
    private static void parsed(String head) {
        try {
            var request = new RequestParser(new HeadReader(input(head))).read();
            assertThat(request.method()).isEqualTo("GET");
        } catch (RequestRefusal refusal) {
            assertThat(refusal.status()).isBetween(400, 505);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /// Reads chunks to the last one or to what is refused.
    private static void dechunked(String chunks) {
        var input = new ChunkedInput(input(chunks));
        var into = new byte[1 << 10];
        try {
            int read;
            do {
                read = input.read(into, 0, into.length);
            } while (read >= 0);
        } catch (RequestRefusal refusal) {
            assertThat(refusal.status()).isEqualTo(400);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static ConnectionInput input(String text) {
        return new ConnectionInput(
                new Memory(text.getBytes(StandardCharsets.ISO_8859_1)), new AtomicLong());
    }

    /// A connection whose client has sent everything already.
    private static final class Memory implements ChannelReader {
        private byte @Nullable [] bytes;

        Memory(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public byte @Nullable [] next() {
            var all = bytes;
            bytes = null;
            return all;
        }

        @Override
        public void close() {}
    }
}
