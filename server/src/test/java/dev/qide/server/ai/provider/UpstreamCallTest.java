package dev.qide.server.ai.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.concurrent.Scheduler;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A provider that never comes to an end.
@Timeout(60)
class UpstreamCallTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    /// The head of the answer must have come by then.
    private static final Duration LONGEST = Duration.ofSeconds(6);

    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

    @Test
    void comments_without_an_end_do_not_keep_a_call_alive_forever() throws Exception {
        var http = HttpClient.newHttpClient();
        try (var provider = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var scheduler = new Scheduler()) {
            var serving = Thread.ofVirtual().start(() -> comment(provider));
            var call = new UpstreamCall(http, scheduler, LONG, LONG, LONGEST);
            var uri = URI.create("http://127.0.0.1:" + provider.getLocalPort() + "/");
            var body = call.watched(call.send(HttpRequest.newBuilder(uri).build()).body());

            assertThatThrownBy(() -> new ServerSentEvents(body).next())
                    .isInstanceOfSatisfying(
                            IOException.class,
                            failure ->
                                    assertThat(call.readFailed(failure))
                                            .isInstanceOf(FailureException.class));
            call.close();
            assertThat(serving.join(Duration.ofSeconds(30))).isTrue();
        } finally {
            http.shutdownNow();
        }
    }

    /// Sends comments until the client has gone.
    private static void comment(ServerSocket provider) {
        try (var socket = provider.accept()) {
            var out = socket.getOutputStream();
            out.write(HEAD.getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write(": still here\n\n".getBytes(StandardCharsets.US_ASCII));
                out.flush();
                LockSupport.parkNanos(5_000_000);
            }
        } catch (IOException _) {
            // The client has ended the call.
        }
    }
}
