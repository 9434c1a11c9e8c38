package dev.qide.server.cli.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.ConnectProxy;
import dev.qide.server.cli.credentials.HttpProxy;
import dev.qide.server.cli.credentials.ProxyException;
import dev.qide.server.secrets.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Proxies that refuse, stay silent, or are none. `LspProxyTest` uses a real server.
class TunnelTest {
    private static final Duration WITHIN = Duration.ofSeconds(20);
    private static final URI SERVER = URI.create("ws://ide.example:8080/ws/demo");

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "HTTP/1.1 403 Forbidden, does not connect to ide.example:8080 (403): it must permit CONNECT",
        "HTTP/1.0 502 Bad Gateway, does not connect to ide.example:8080 (502)",
        "HTTP/1.1 101 Switching Protocols, does not connect to ide.example:8080 (101)",
        "HTTP/1.1 407 Unknown, 'demands a name and password: write them into https_proxy, as http://NAME:PASSWORD@127.0.0.1:'",
        "SSH-2.0-OpenSSH_9.2, does not answer (it does not speak HTTP): check https_proxy",
    })
    void what_a_proxy_answers_is_told(String answer, String sentence) throws Exception {
        try (var proxy = new ConnectProxy(1)) {
            proxy.refuse(answer + "\r\n\r\n");
            assertThatThrownBy(() -> connect(proxy, WITHIN))
                    .isInstanceOfSatisfying(
                            ProxyException.class,
                            failure ->
                                    assertThat(failure.isAuthenticationRequired())
                                            .isEqualTo(answer.contains("407")))
                    .hasMessageContaining(sentence);
            assertThat(proxy.heads())
                    .containsExactly(
                            "CONNECT ide.example:8080 HTTP/1.1\r\nHost: ide.example:8080\r\nUser-Agent: qide-lsp\r\nProxy-Authorization: Basic YTpi\r\n\r\n");
        }
    }

    @Test
    void a_proxy_that_ends_the_connection_or_sends_an_endless_head_is_told() throws Exception {
        try (var proxy = new ConnectProxy(1)) {
            proxy.refuse("");
            assertThatThrownBy(() -> connect(proxy, WITHIN))
                    .hasMessageContaining("does not answer (the connection has ended)");
            proxy.refuse("HTTP/1.1 200 OK\r\nX: " + "x".repeat(20_000));
            assertThatThrownBy(() -> connect(proxy, WITHIN)).hasMessageContaining("too long");
        }
    }

    @Test
    void a_proxy_that_stays_silent_is_left() throws Exception {
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var proxy = proxy("127.0.0.1", silent.getLocalPort());
            assertThatThrownBy(() -> Tunnel.connect(SERVER, proxy, Duration.ofMillis(50)))
                    .isInstanceOf(ProxyException.class)
                    .hasRootCauseInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("does not answer");
        }
    }

    @Test
    void a_head_that_takes_too_long_is_refused() {
        var head =
                new ByteArrayInputStream(
                        "HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> ResponseHead.read(head, Duration.ZERO))
                .isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void the_end_of_a_proxy_is_told() throws Exception {
        int port;
        try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        assertThatThrownBy(() -> Tunnel.connect(SERVER, proxy("127.0.0.1", port), WITHIN))
                .isInstanceOf(ProxyException.class)
                .hasMessageContaining("does not answer (Connection refused)");
        assertThatThrownBy(() -> Tunnel.connect(SERVER, proxy("proxy.invalid", port), WITHIN))
                .isInstanceOf(ProxyException.class)
                .hasMessageContaining("The proxy http://proxy.invalid:");
    }

    private static void connect(ConnectProxy proxy, Duration within) throws IOException {
        int port = URI.create("http://" + proxy.authority()).getPort();
        Tunnel.connect(SERVER, proxy("127.0.0.1", port), within).close();
    }

    private static HttpProxy proxy(String host, int port) {
        return new HttpProxy("https_proxy", host, port, Secret.of("Basic YTpi"));
    }
}
