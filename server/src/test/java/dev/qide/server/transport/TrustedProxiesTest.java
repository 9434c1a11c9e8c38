package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The peers whose forwarding headers are trusted.
class TrustedProxiesTest {
    private final TrustedProxies proxies = TrustedProxies.parse("10.0.0.0/8, 192.0.2.7, fd00::/9");

    @Test
    void other_peers_are_not_trusted() {
        assertThat(client("198.51.100.1", "203.0.113.5", "https")).isEqualTo("198.51.100.1 plain");
        assertThat(client("192.0.2.8", "203.0.113.5", "https")).isEqualTo("192.0.2.8 plain");
        assertThat(client("fd80::1", "203.0.113.5", "https")).isEqualTo("fd80:0:0:0:0:0:0:1 plain");
    }

    @Test
    void a_proxy_names_the_client_and_whether_it_used_tls() {
        assertThat(client("10.1.2.3", "203.0.113.5", "https")).isEqualTo("203.0.113.5 secure");
        assertThat(client("192.0.2.7", "203.0.113.5", "http")).isEqualTo("203.0.113.5 plain");
        assertThat(client("fd01::1", "2001:db8::1", null)).isEqualTo("2001:db8:0:0:0:0:0:1 plain");
        assertThat(client("10.1.2.3", "203.0.113.5:4711", null)).isEqualTo("203.0.113.5 plain");
        assertThat(client("10.1.2.3", "[2001:db8::1]:4711", null))
                .isEqualTo("2001:db8:0:0:0:0:0:1 plain");
    }

    /// Proxies append to the header that the client wrote.
    @Test
    void the_last_address_in_a_chain_that_is_not_a_proxy_counts() {
        assertThat(client("10.1.1.1", "127.0.0.1, 203.0.113.5, 10.2.2.2", "https, http"))
                .isEqualTo("203.0.113.5 plain");
    }

    @Test
    void a_malformed_address_is_ignored() {
        for (var wrong : new String[] {"", "unknown", "localhost", "203.0.113.5, _x"}) {
            assertThat(client("10.1.1.1", wrong, null)).as(wrong).isEqualTo("10.1.1.1 plain");
        }
    }

    @Test
    void a_malformed_network_is_named() {
        for (var wrong : new String[] {"10.0.0.0/33", "proxy.example", "10.0.0.0/x", "::/129"}) {
            assertThatThrownBy(() -> TrustedProxies.parse(wrong)).hasMessageContaining(wrong);
        }
    }

    private String client(String peer, String forwardedFor, @Nullable String forwardedProto) {
        var client =
                proxies.client(InetAddress.ofLiteral(peer), false, forwardedFor, forwardedProto);
        return client.address().getHostAddress() + (client.isSecure() ? " secure" : " plain");
    }
}
