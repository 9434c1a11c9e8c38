package dev.qide.server.api;

import dev.qide.server.api.page.WebClient;
import dev.qide.server.audit.AuditLog;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.People;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.login.LoginProviders;
import dev.qide.server.oct.OpenCollaboration;
import dev.qide.server.session.SessionFactory;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.session.WorkspaceForwarding;
import dev.qide.server.telemetry.ErrorReports;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.JsonCompression;
import dev.qide.server.transport.WebSocketHandler;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All endpoints of the server. Thread-safe.
public final class Api {
    private final HttpEndpoints http;
    private final WebSocketEndpoints sockets;
    private final Metrics metrics;
    private final AtomicBoolean isStopping = new AtomicBoolean();

    /// @param loginContext the server's public URL and its logins
    public Api(
            Identity identity,
            SessionFactory sessionFactory,
            Resources resources,
            Operation operation,
            LoginContext loginContext) {
        metrics = operation.metrics();
        var admitted = new Origins(loginContext.host(), loginContext.origins());
        var credentials = new Credentials(identity, admitted);
        var rates = operation.rates();
        var requestRates = new RequestRates(rates);
        var audit = new RequestAudit(operation.audit());
        var authorization =
                new RequestAuthorization(
                        credentials,
                        new LocalPeers(admitted),
                        new RequestAuthorization.Places(
                                resources.workspaces().access(),
                                resources.organisations().organisations()));
        var forwarding = resources.workspaces().forwarding();
        var octLogin =
                new OctLoginEndpoints(
                        resources.oct().logins(),
                        identity,
                        credentials,
                        resources.people().account(),
                        new OctLoginEndpoints.Context(rates, audit, loginContext.folder()));
        sockets =
                new WebSocketEndpoints(
                        authorization,
                        new WebSocketEndpoints.Opening(sessionFactory, resources.oct()),
                        requestRates,
                        audit,
                        forwarding);
        var health = new HealthEndpoints(operation, authorization, isStopping::get, forwarding);
        var login = new LoginEndpoints(identity, admitted, rates, audit);
        var auth = new AuthEndpoints(loginContext, identity, credentials, rates, audit);
        var oct = new OctEndpoints(resources.oct(), octLogin, rates);
        http =
                new HttpEndpoints(
                        new HttpEndpoints.Checks(
                                authorization,
                                requestRates,
                                new BrowserPolicy(admitted, loginContext.publicUrl()),
                                audit,
                                forwarding,
                                operation
                                        .metrics()
                                        .histogram(
                                                "qide_api_request_seconds",
                                                "From the head of an HTTP request to the start of its"
                                                        + " answer, by method and path template.",
                                                "route")),
                        new WebClient(loginContext.pageReports()),
                        page ->
                                HttpRoutes.table(
                                        new HttpRoutes.Basics(health, login, auth, oct, page),
                                        resources),
                        operation.compression(),
                        sockets);
    }

    /// The HTTP endpoints of what the server has, by resource.
    public record Resources(
            WorkspaceResources workspaces,
            OrganisationEndpoints organisations,
            PersonEndpoints people,
            ModelResources models,
            StatusEndpoints status,
            NodeEndpoints nodes,
            OpenCollaboration oct) {}

    /// The HTTP endpoints of models.
    public record ModelResources(
            ModelEndpoints calls, ModelAdminEndpoints administration, BudgetEndpoints budgets) {}

    /// The HTTP endpoints below `/api/workspaces`, by resource.
    ///
    /// @param access the workspaces that a credential may enter
    /// @param forwarding those of other nodes
    public record WorkspaceResources(
            WorkspaceEndpoints workspaces,
            FileEndpoints files,
            TreeEndpoints tree,
            ArchiveEndpoints zip,
            SearchEndpoints search,
            ShareEndpoints shares,
            McpEndpoint mcp,
            WorkspaceAccess access,
            WorkspaceForwarding forwarding) {}

    /// The server's public URL and its logins.
    ///
    /// @param providers null without a login provider
    /// @param publicUrl the public URL, with a slash at its end; without a provider, only its path
    ///   counts
    /// @param host the address on which the server listens
    /// @param origins further origins whose pages may use the login cookie
    /// @param pageReports where the browser IDE reports its errors; null for nowhere
    public record LoginContext(
            @Nullable LoginProviders providers,
            People people,
            URI publicUrl,
            String host,
            Set<String> origins,
            ErrorReports.@Nullable Settings pageReports) {
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

    /// The services that observe, bound and record requests.
    public record Operation(
            Health health,
            Metrics metrics,
            RateLimits rates,
            AuditLog audit,
            JsonCompression compression) {}

    public HttpHandler http() {
        return http;
    }

    public WebSocketHandler.Routes sockets() {
        return sockets;
    }

    /// The method and path of every endpoint, with the method `WS` for those of WebSockets.
    public List<String> routes() {
        return Stream.concat(
                        http.table().stream()
                                .map(row -> row.method() + " " + row.pathTemplate().text()),
                        sockets.paths().stream().map(path -> "WS " + path))
                .toList();
    }

    /// Every metric that `/metrics` exposes, by name.
    public List<Metrics.Description> metrics() {
        return metrics.descriptions();
    }

    /// Makes `/ready` answer 503 from now on.
    public void stopping() {
        isStopping.set(true);
    }
}
