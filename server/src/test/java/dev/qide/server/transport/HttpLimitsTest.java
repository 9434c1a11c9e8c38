package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How large and how slow an HTTP request may be, over a bare socket.
class HttpLimitsTest {
    private static final int UPLOAD_BYTES = 64 << 10;
    private static final Duration SOON = Duration.ofMillis(500);
    private static final String POST = "POST /upload HTTP/1.1\r\nHost: a\r\n";

    private final AtomicInteger asked = new AtomicInteger();
    private int cutOff;
    private final TestHost server = new TestHost(limits(SOON, SOON), this::answer);

    /// For what is not about time.
    private final TestHost patient =
            new TestHost(limits(Duration.ofSeconds(30), Duration.ofSeconds(3)), this::answer);

    @AfterEach
    void stop() {
        server.close();
        patient.close();
    }

    private static TransportLimits limits(Duration headWait, Duration entityWait) {
        return new TransportLimits(
                new TransportLimits.Connections(100, 100, headWait, entityWait, headWait),
                TransportLimits.Receiving.defaults(),
                TransportLimits.Sending.defaults());
    }

    private HttpHandler.Answer answer(HttpHandler.Request request) throws IOException {
        asked.incrementAndGet();
        return request.head().path().equals("/large")
                ? new HttpHandler.Answer(
                        200, Map.of(), new HttpHandler.Content.Bytes("", new byte[64 << 20]))
                : HttpHandler.Answer.json(200, "" + request.bodyBytes(UPLOAD_BYTES).length);
    }

    @Test
    void headers_are_taken_up_to_32_kib_in_all_and_a_request_line_up_to_16() throws Exception {
        var some = "X: " + "x".repeat(900) + "\r\n";
        assertAnswered("GET / HTTP/1.1\r\nHost: a\r\n" + some.repeat(30) + "\r\n", 200);
        assertAnswered("GET / HTTP/1.1\r\nHost: a\r\n" + some.repeat(40) + "\r\n", 431);
        var one = "X: " + "x".repeat(31 << 10) + "\r\n";
        assertAnswered("GET / HTTP/1.1\r\nHost: a\r\n" + one + "\r\n", 200);
        assertAnswered("GET / HTTP/1.1\r\nHost: a\r\n" + one + one + "\r\n", 431);
        assertAnswered("GET /" + "x".repeat(15 << 10) + " HTTP/1.1\r\nHost: a\r\n\r\n", 200);
        assertAnswered("GET /" + "x".repeat(17 << 10) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414);
    }

    /// Two readers of one stream must not disagree where a request ends.
    @Test
    void content_length_together_with_transfer_encoding_is_refused_and_so_is_what_follows()
            throws Exception {
        var smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        for (var framing :
                new String[] {
                    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                    "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n",
                    "Content-Length: 5\r\nContent-Length: 6\r\n",
                    "Content-Length: +5\r\n",
                    "Content-Length: 5,5\r\n",
                    "Content-Length : 5\r\n",
                    "Transfer-Encoding: chunked, identity\r\n",
                    "Transfer-Encoding: identity\r\n"
                }) {
            assertAnswered(POST + framing + "\r\n0\r\n\r\n" + smuggled, 400);
        }
        assertThat(asked).hasValue(0);
    }

    @Test
    void an_entity_over_the_doors_bound_is_answered_413_however_it_is_sent() throws Exception {
        var tooMuch = "x".repeat(UPLOAD_BYTES + 1);
        assertAnswered(POST + "Content-Length: " + tooMuch.length() + "\r\n\r\n" + tooMuch, 413);
        assertAnswered(POST + "Content-Length: 9000000000000\r\n\r\n" + tooMuch, 413);
        assertAnswered(POST + "Transfer-Encoding: chunked\r\n\r\n" + chunk(tooMuch), 413);
        assertAnswered(
                POST + "Transfer-Encoding: chunked\r\n\r\n" + chunk("x".repeat(999)).repeat(70),
                413);
        assertAnswered(
                POST + "Transfer-Encoding: chunked\r\n\r\n" + chunk("xy") + "0\r\n\r\n", 200);
    }

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }

    /// The parser reads a complete chunk before any endpoint is called.
    @Test
    void a_chunk_of_gigabytes_is_refused_before_it_is_in_memory() throws Exception {
        try (var client = new RawClient(server.port())) {
            var head = POST + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n";
            assertThat(isRefused(client, head, "x".repeat(60_000))).isTrue();
        }
        assertAnswered(
                POST + "Transfer-Encoding: chunked\r\n\r\n" + chunk("x".repeat(2 << 20)), 413);
    }

    /// What stands around the chunks is not counted by any endpoint.
    @Test
    void endless_lines_around_chunks_end_the_connection() throws Exception {
        for (var before : new String[] {"1;", "0\r\nX: ", "0\r\n"}) {
            try (var client = new RawClient(server.port())) {
                var head = POST + "Transfer-Encoding: chunked\r\n\r\n" + before;
                var piece = (before.equals("0\r\n") ? "X: y\r\n" : "xxxxxx").repeat(10_000);
                assertThat(isRefused(client, head, piece)).as(before).isTrue();
            }
        }
    }

    /// Sends a piece again and again, up to 12 MB, and then single bytes for ten seconds.
    private static boolean isRefused(RawClient client, String head, String piece)
            throws InterruptedException {
        try {
            client.writeText(head);
            for (int i = 0; i < 2_000; i++) {
                client.writeText(i < 200 ? piece : "x");
                Thread.sleep(5);
            }
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    @Test
    void a_head_that_drips_is_cut_off_in_time() throws Exception {
        assertCutOff("", "GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(10_000));
    }

    @Test
    void the_head_of_a_later_request_that_drips_is_cut_off_in_time() throws Exception {
        assertCutOff(
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(10_000));
    }

    @Test
    void an_entity_that_drips_is_cut_off_in_time() throws Exception {
        assertCutOff(POST + "Content-Length: 50000\r\n\r\n", "x".repeat(10_000));
    }

    @Test
    void half_an_entity_and_silence_is_cut_off_in_time() throws Exception {
        assertCutOff(POST + "Content-Length: 50000\r\n\r\nxxx", "");
        assertCutOff(POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nxx", "");
    }

    @Test
    void a_connection_without_a_further_request_is_cut_off_in_time() throws Exception {
        assertCutOff("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "");
    }

    @Test
    void an_answer_that_nobody_reads_is_cut_off_in_time() throws Exception {
        try (var client = new RawClient(patient.port(), 8 << 10)) {
            client.writeText("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
            TestHost.await("asked", () -> asked.get() == 1);
            TestHost.await("cut off", () -> patient.metric("qide_transport_connections") == 0);
        }
    }

    /// Sends the first part at once and the rest byte by byte: the connection has to be gone within
    /// a few times the wait.
    private void assertCutOff(String atOnce, String dripping) throws Exception {
        // The server counts from the moment at which it accepts the connection.
        long began = System.nanoTime();
        try (var client = new RawClient(server.port())) {
            var bytes = dripping.getBytes(StandardCharsets.US_ASCII);
            try {
                client.writeText(atOnce);
                for (int i = 0; i < bytes.length && !isGone(); i++) {
                    client.write(new byte[] {bytes[i]});
                    Thread.sleep(20);
                }
            } catch (IOException _) {
                // Cut off, as it should be.
            }
            TestHost.await("cut off", this::isGone);
            cutOff++;
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isGreaterThan(SOON.dividedBy(2))
                    .isLessThan(SOON.multipliedBy(40));
        }
    }

    private boolean isGone() {
        return server.metric("qide_transport_aborted_total{cause=\"silent\",}") > cutOff
                && server.metric("qide_transport_connections") == 0;
    }

    private void assertAnswered(String request, int status) throws IOException {
        try (var client = new RawClient(patient.port())) {
            try {
                client.write(request.getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException _) {
                // Refused before it was read to its end; the answer counts.
            }
            client.readHead();
            assertThat(client.head)
                    .as(request.substring(0, Math.min(120, request.length())))
                    .startsWith("HTTP/1.1 " + status + " ");
            if (status != 200) {
                assertThat(client.isEnded()).isTrue();
            }
        }
    }
}
