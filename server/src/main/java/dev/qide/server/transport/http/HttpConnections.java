package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.ChannelReader;
import dev.qide.server.transport.LoggedFailures;
import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.TransportMetrics;
import dev.qide.server.transport.tls.ServerTls;
import dev.qide.server.transport.websocket.WebSocketUpgrade;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves accepted connections: HTTP/1.1 and HTTP/1.0, with or without TLS, and the WebSockets that
/// some of them become. Thread-safe.
public final class HttpConnections {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnections.class);

    private final Set<HttpConnection> active = ConcurrentHashMap.newKeySet();
    private final AtomicLong readAheadBytes = new AtomicLong();
    private final WebSocketUpgrade upgrade;
    private final HttpRequests requests;
    private final TransportMetrics metrics;
    private final @Nullable ServerTls tls;
    private final TransportLimits.Connections limits;

    /// @param tls null for plain HTTP
    public HttpConnections(
            WebSocketUpgrade upgrade,
            HttpRequests requests,
            TransportMetrics metrics,
            @Nullable ServerTls tls,
            TransportLimits.Connections limits) {
        this.upgrade = upgrade;
        this.requests = requests;
        this.metrics = metrics;
        this.tls = tls;
        this.limits = limits;
        metrics.watchReadAhead(readAheadBytes::get);
    }

    /// Serves one connection on its own thread until either side ends it.
    public void serve(AcceptedChannel channel) {
        var reader = channel.begin(tls);
        var input = new ConnectionInput(reader, readAheadBytes);
        var connection =
                new HttpConnection(new ClientConnection(channel, input), upgrade, requests, limits);
        active.add(connection);
        try {
            connection.serve();
        } catch (IOException | UncheckedIOException end) {
            noteEnd(end);
        } catch (RuntimeException failure) {
            LoggedFailures.log("transport.connection_failed", "a connection failed", failure);
        } finally {
            active.remove(connection);
            input.release();
            end(channel, reader);
        }
    }

    private void noteEnd(Exception end) {
        for (Throwable cause = end; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) {
                metrics.aborted("tls_failed");
            }
        }
        LOG.atTrace().setCause(end).log("the connection is over");
    }

    /// In good order if the peer takes the last record in time.
    private void end(AcceptedChannel channel, ChannelReader reader) {
        channel.expectWithin(limits.headWait());
        try {
            reader.close();
        } catch (IOException | RuntimeException _) {
            // The peer is gone, or we aborted.
        } finally {
            channel.close();
        }
    }

    /// Takes no further request on any connection.
    ///
    /// @param now whether those that are being answered end too
    public void finish(boolean now) {
        active.forEach(connection -> connection.finish(now));
    }
}
