package dev.qide.server.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.RawClient;
import dev.qide.server.transport.TestCertificate;
import dev.qide.server.transport.TestHost;
import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.TrustedProxies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An endpoint that is silent for long learns that its client left.
class DisconnectDetectorTest {
    private static final String POST =
            "POST /%s HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

    @TempDir Path folder;
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger gone = new AtomicInteger();
    private final CountDownLatch mayAnswer = new CountDownLatch(1);

    private HttpHandler.Answer answer(HttpHandler.Request request)
            throws IOException, InterruptedException {
        if (request.head().path().equals("/early")) {
            request.disconnectSignal().onDisconnect(gone::incrementAndGet);
        }
        var body = request.bodyBytes(10);
        if (request.head().path().equals("/silent")) {
            var left = new CountDownLatch(1);
            request.disconnectSignal()
                    .onDisconnect(() -> {
                        gone.incrementAndGet();
                        left.countDown();
                    });
            asked.incrementAndGet();
            while (left.getCount() > 0 && mayAnswer.getCount() > 0) {
                mayAnswer.await(1, TimeUnit.MILLISECONDS);
            }
        }
        return HttpHandler.Answer.json(200, "" + body.length);
    }

    private TestHost plain() {
        return new TestHost(TransportLimits.defaults(), this::answer);
    }

    private void ask(RawClient client) throws Exception {
        client.writeText(POST.formatted("silent"));
        TestHost.await("asked", () -> asked.get() == 1);
        assertThat(gone).hasValue(0);
    }

    private void assertNoticed(TestHost server) throws Exception {
        TestHost.await("noticed", () -> gone.get() == 1);
        TestHost.await("nothing is left", () -> server.metric("qide_transport_connections") == 0);
    }

    @Test
    void a_fin_is_noticed() throws Exception {
        try (var server = plain();
                var client = new RawClient(server.port())) {
            ask(client);
            client.leave();
            assertNoticed(server);
        }
    }

    @Test
    void a_reset_is_noticed() throws Exception {
        try (var server = plain();
                var client = new RawClient(server.port())) {
            ask(client);
            client.reset();
            assertNoticed(server);
        }
    }

    @Test
    void it_is_noticed_under_tls() throws Exception {
        var certificate = TestCertificate.make(folder, "EC");
        var trust = TestCertificate.trust(certificate);
        try (var server =
                        new TestHost(
                                TransportLimits.defaults(),
                                this::answer,
                                certificate.writeTo(folder),
                                TrustedProxies.none());
                var client = RawClient.secured(server.port(), trust, 0)) {
            ask(client);
            client.leave();
            assertNoticed(server);
        }
    }

    @Test
    void a_client_that_stays_gets_the_answer_and_then_the_end() throws Exception {
        try (var server = plain();
                var client = new RawClient(server.port())) {
            ask(client);
            mayAnswer.countDown();
            assertThat(client.readAnswer()).isEqualTo("4");
            assertThat(client.head).contains("Connection: close");
            assertThat(client.isEnded()).isTrue();
            TestHost.await("over", () -> server.metric("qide_transport_connections") == 0);
            assertThat(gone).hasValue(0);
        }
    }

    @Test
    void watching_for_a_disconnect_before_the_body_was_read_is_an_error() throws Exception {
        try (var server = plain();
                var client = new RawClient(server.port())) {
            client.writeText(POST.formatted("early"));
            client.readAnswer();
            assertThat(client.head).startsWith("HTTP/1.1 500 ");
        }
    }
}
