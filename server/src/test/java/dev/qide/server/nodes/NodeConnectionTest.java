package dev.qide.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

class NodeConnectionTest {
    private static final int MOST_SECONDS = 60;

    @Test
    void keep_alive_ends_an_idle_connection_within_a_minute_by_its_settings() throws Exception {
        var seconds = new AtomicInteger(Integer.MAX_VALUE);
        try (var node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var url = NodeUrl.parse("https://127.0.0.1:" + node.getLocalPort());
            assertThatThrownBy(() ->
                            NodeConnection.open(
                                    url, () -> new Inspection(seconds), new NoTraffic()))
                    .hasMessage("inspected");
        }
        assertThat(seconds).hasValueLessThanOrEqualTo(MOST_SECONDS);
    }

    private record NoTraffic() implements NodeConnection.Traffic {
        @Override
        public void received(long bytes) {}

        @Override
        public void sent(long bytes) {}
    }

    /// Records the keep-alive time of the plain socket in seconds, then fails instead of starting
    /// TLS.
    private static final class Inspection extends SSLSocketFactory {
        private final AtomicInteger seconds;

        private Inspection(AtomicInteger seconds) {
            this.seconds = seconds;
        }

        @Override
        public Socket createSocket(Socket plain, String host, int port, boolean closes)
                throws IOException {
            if (plain.getKeepAlive()) {
                seconds.set(
                        plain.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)
                                + plain.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)
                                        * plain.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT));
            }
            throw new IOException("inspected");
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return new String[0];
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return new String[0];
        }
    }
}
