package dev.qide.server;

import dev.qide.server.api.Api;
import dev.qide.server.api.HttpsRedirect;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.ForwardedRequests;
import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.WebServer;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The ports that a server listens on.
final class ListenerComponents {
    private ListenerComponents() {}

    /// The port that serves every endpoint.
    ///
    /// @param forwarded recognises the requests that other servers forward
    static WebServer listener(
            ServerConfig config,
            Api api,
            Scheduler scheduler,
            Metrics metrics,
            ForwardedRequests forwarded) {
        return new WebServer(
                new WebServer.Binding(
                        new InetSocketAddress(config.host(), config.port()),
                        config.tls(),
                        config.proxies(),
                        forwarded),
                TransportLimits.defaults(),
                new WebServer.Handlers(api.http(), api.sockets()),
                scheduler,
                metrics);
    }

    /// The port without TLS that redirects to the public address; null when there is none.
    static @Nullable WebServer redirect(ServerConfig config, Scheduler scheduler) {
        if (config.redirectPort() == 0) {
            return null;
        }
        var url = Objects.requireNonNull(config.login().publicUrl());
        return new WebServer(
                WebServer.Binding.plain(
                        new InetSocketAddress(config.host(), config.redirectPort())),
                TransportLimits.defaults(),
                new WebServer.Handlers(new HttpsRedirect(url), _ -> null),
                scheduler,
                // Not exposed: its connections carry nothing.
                new Metrics());
    }
}
