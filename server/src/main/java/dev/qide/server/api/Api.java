package dev.qide.server.api;

import dev.qide.server.audit.AuditLog;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.People;
import dev.qide.server.limits.Limit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.login.LoginProviders;
import dev.qide.server.session.SessionFactory;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.JsonCompression;
import dev.qide.server.transport.WebSocketHandler;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// All endpoints of the server. Thread-safe.
public final class Api {
    private final HttpEndpoints http;
    private final WebSocketEndpoints sockets;
    private final AtomicBoolean isStopping = new AtomicBoolean();

    /// @param loginContext the server's public URL and its logins
    public Api(
            Identity identity,
            SessionFactory sessionFactory,
            WorkspaceResources workspaces,
            PersonEndpoints people,
            JsonCompression compression,
            ModelEndpoints models,
            Monitoring monitoring,
            RateLimits rates,
            AuditLog auditLog,
            LoginContext loginContext) {
        var admitted = new Origins(loginContext.host(), loginContext.origins());
        var credentials = new Credentials(identity, admitted);
        var local = new LocalPeers(admitted);
        var audit = new RequestAudit(auditLog);
        sockets = new WebSocketEndpoints(credentials, sessionFactory, rates, audit);
        http =
                new HttpEndpoints(
                        credentials,
                        local,
                        new HealthEndpoints(monitoring, credentials, local, isStopping::get),
                        new LoginEndpoints(identity, admitted, audit),
                        people,
                        new AuthEndpoints(
                                loginContext,
                                identity,
                                credentials,
                                rates.limits().limiter(Limit.LOGINS),
                                audit),
                        workspaces,
                        compression,
                        new RequestRates(rates),
                        new BrowserPolicy(admitted, loginContext.publicUrl()),
                        audit,
                        models,
                        sockets);
    }

    /// The HTTP endpoints below `/api/workspaces`, by resource.
    ///
    /// @param access the workspaces that a credential may enter
    public record WorkspaceResources(
            WorkspaceEndpoints workspaces,
            FileEndpoints files,
            TreeEndpoints tree,
            ArchiveEndpoints zip,
            SearchEndpoints search,
            ShareEndpoints shares,
            WorkspaceAccess access) {}

    /// The server's public URL and its logins.
    ///
    /// @param providers null without a login provider
    /// @param publicUrl the public URL, with a slash at its end; without a provider, only its path
    ///   counts
    /// @param host the address on which the server listens
    /// @param origins further origins whose pages may use the login cookie
    public record LoginContext(
            @Nullable LoginProviders providers,
            People people,
            URI publicUrl,
            String host,
            Set<String> origins) {
        public LoginContext {
            origins = Set.copyOf(origins);
        }

        /// The path of the public URL, with a slash at both ends.
        String folder() {
            return publicUrl.getRawPath();
        }

        boolean isSecure() {
            return "https".equals(publicUrl.getScheme());
        }
    }

    /// The data of the endpoints for observers.
    public record Monitoring(Health health, Metrics metrics) {}

    public HttpHandler http() {
        return http;
    }

    public WebSocketHandler.Routes sockets() {
        return sockets;
    }

    /// Makes `/ready` answer 503 from now on.
    public void stopping() {
        isStopping.set(true);
    }
}
