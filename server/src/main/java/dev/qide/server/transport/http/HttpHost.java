package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.LoggedFailures;
import dev.qide.server.transport.TransportMetrics;
import dev.qide.server.transport.tls.ServerTls;
import dev.qide.server.transport.websocket.EngineUpgrade;
import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.context.Context;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.http.DirectHandler;
import io.helidon.http.HttpPrologue;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves accepted connections with Helidon's HTTP/1.1: its parser, its answers, our upgrade and
/// our one handler. Its listener is not used, see `Listener`. Thread-safe.
public final class HttpHost implements ListenerContext, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpHost.class);
    private static final int HEADERS_BYTES = 32 << 10;
    private static final int REQUEST_LINE_BYTES = 16 << 10;

    private final Set<ServerConnection> active = ConcurrentHashMap.newKeySet();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Context context = Context.create();
    private final MediaContext media = MediaContext.create();
    private final ContentEncodingContext encodings = ContentEncodingContext.create();
    private final DirectHandlers failurePages = failurePages();
    private final ListenerConfig config = ListenerConfig.create();
    private final AtomicLong readAheadBytes = new AtomicLong();
    private final Limit unlimited = FixedLimit.create();
    private final Http1ConnectionSelector selector;
    private final Router router;
    private final TransportMetrics metrics;
    private final @Nullable ServerTls tls;
    private final Duration patience;

    /// @param tls null for plain HTTP
    /// @param patience how long a head may take, and the last record of a connection
    public HttpHost(
            EngineUpgrade upgrade,
            HttpRequests requests,
            TransportMetrics metrics,
            @Nullable ServerTls tls,
            Duration patience) {
        this.metrics = metrics;
        this.tls = tls;
        this.patience = patience;
        metrics.watchReadAhead(readAheadBytes::get);
        selector =
                Http1ConnectionSelector.builder()
                        .config(
                                Http1Config.builder()
                                        .maxHeadersSize(HEADERS_BYTES)
                                        .maxPrologueLength(REQUEST_LINE_BYTES)
                                        .addReceiveListener(new HeadWatch(patience))
                                        .build())
                        .addUpgrader(upgrade)
                        .putUpgrader("WebSocket", upgrade)
                        .putUpgrader("Websocket", upgrade)
                        .build();
        router = Router.builder().addRouting(HttpRouting.builder().any(requests)).build();
        router.beforeStart();
    }

    /// Serves one connection on its own thread until it ends, whoever ends it and however.
    public void serve(AcceptedChannel channel) {
        var socket = channel.begin(tls == null ? null : tls.engine());
        var readBudget = new ReadBudget(readAheadBytes);
        var connection =
                selector.connection(
                        new ClientConnection(channel, socket, this, router, readBudget));
        active.add(connection);
        try {
            connection.handle(unlimited);
        } catch (InterruptedException _) {
            // The server stops.
        } catch (CloseConnectionException | UncheckedIOException end) {
            noteEnd(end);
        } catch (RuntimeException failure) {
            LoggedFailures.log("transport.connection_failed", "a connection failed", failure);
        } finally {
            active.remove(connection);
            readBudget.end();
            end(channel, socket);
        }
    }

    private void noteEnd(RuntimeException end) {
        for (Throwable cause = end; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) {
                metrics.aborted("tls_failed");
            }
        }
        LOG.atTrace().setCause(end).log("the connection is over");
    }

    /// In good order if the peer takes the last record in time.
    private void end(AcceptedChannel channel, HelidonSocket socket) {
        channel.expectWithin(patience);
        try {
            socket.close();
        } catch (RuntimeException _) {
            // The peer is gone, or we aborted.
        } finally {
            channel.close();
        }
    }

    /// Takes no further request on any connection.
    ///
    /// @param now whether those that are being answered end too
    public void finish(boolean now) {
        active.forEach(connection -> connection.close(now));
    }

    @Override
    public void close() {
        executor.shutdownNow();
        router.afterStop();
    }

    @Override
    public Context context() {
        return context;
    }

    @Override
    public MediaContext mediaContext() {
        return media;
    }

    @Override
    public ContentEncodingContext contentEncodingContext() {
        return encodings;
    }

    @Override
    public DirectHandlers directHandlers() {
        return failurePages;
    }

    @Override
    public ListenerConfig config() {
        return config;
    }

    @Override
    public ExecutorService executor() {
        return executor;
    }

    private static DirectHandlers failurePages() {
        var pages = DirectHandlers.builder();
        for (var event : DirectHandler.EventType.values()) {
            pages.addHandler(event, new FailurePage());
        }
        return pages.build();
    }

    /// The head of a request has to arrive in time: the first one's from the accept on, a later
    /// one's from its first line on.
    private record HeadWatch(Duration headWait) implements Http1ConnectionListener {
        @Override
        public void prologue(ConnectionContext context, HttpPrologue prologue) {
            ClientConnection.channelOf(context.remotePeer()).expectWithin(headWait);
        }

        @Override
        public void headers(ConnectionContext context, io.helidon.http.Headers headers) {
            ClientConnection.channelOf(context.remotePeer()).expectNothing();
        }
    }
}
