package dev.qide.server.api;

import dev.qide.server.api.Credentials.FromQuery;
import dev.qide.server.api.http.PathTemplate;
import dev.qide.server.audit.AuditEvent;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Principal;
import dev.qide.server.limits.Limits;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.oct.EngineIoServer;
import dev.qide.server.oct.OctException;
import dev.qide.server.oct.OpenCollaboration;
import dev.qide.server.session.LoginListener;
import dev.qide.server.session.SessionFactory;
import dev.qide.server.session.WorkspaceForwarding;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketHandler.Admission;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The WebSocket endpoints: one table with every path, the [Action] that its use is, and its way to
/// log in. Unknown paths are answered with 404.
///
/// A handshake is admitted or refused before any WebSocket code sees it. Thread-safe.
final class WebSocketEndpoints implements WebSocketHandler.Routes {
    private static final int TRY_AGAIN_LATER = 1013;
    private static final int UNAVAILABLE = 503;

    private final RequestAuthorization authorization;
    private final PerPrincipalLimit socketsAtOnce;
    private final RequestRates rates;
    private final RequestAudit audit;
    private final WorkspaceForwarding forwarding;
    private final List<Row> table;

    WebSocketEndpoints(
            RequestAuthorization authorization,
            Opening opening,
            RequestRates rates,
            RequestAudit audit,
            WorkspaceForwarding forwarding) {
        this.audit = audit;
        this.forwarding = forwarding;
        this.authorization = authorization;
        this.rates = rates;
        this.socketsAtOnce = rates.sockets();
        var sessionFactory = opening.sessions();
        var rows =
                List.of(
                        row(
                                "/ws/{ws}",
                                Action.READ_WORKSPACE,
                                FromQuery.TICKET,
                                (principal, variables) ->
                                        sessionFactory.forWorkspace(
                                                principal, variables.get("ws"))),
                        row(
                                "/lsp/{ws}/{language}",
                                Action.READ_WORKSPACE,
                                FromQuery.TICKET,
                                (principal, variables) ->
                                        sessionFactory.forLanguage(
                                                principal,
                                                variables.get("ws"),
                                                variables.get("language"))),
                        inBand(
                                "/collab/{ws}",
                                (variables, logins) ->
                                        sessionFactory.forDocuments(variables.get("ws"), logins)),
                        row(
                                "/yjs/{ws}/{path…}",
                                Action.READ_WORKSPACE,
                                FromQuery.TICKET_AND_TOKEN,
                                (principal, variables) ->
                                        sessionFactory.forDocument(
                                                principal,
                                                variables.get("ws"),
                                                variables.get("path"))));
        var upgrades = OctEndpoints.CONNECTIONS.stream().map(path -> upgrade(path, opening.oct()));
        this.table = Stream.concat(rows.stream(), upgrades).toList();
    }

    private static Row upgrade(String path, OpenCollaboration oct) {
        return new Row(PathTemplate.of(path), (api, head, _) -> api.admitUpgrade(head, oct));
    }

    /// The services that open sockets.
    record Opening(SessionFactory sessions, OpenCollaboration oct) {}

    /// The path of every endpoint.
    List<String> paths() {
        return table.stream().map(row -> row.pathTemplate().text()).toList();
    }

    @Override
    public @Nullable WebSocketHandler at(String path) {
        for (var row : table) {
            var variables = row.pathTemplate.match(path);
            if (variables != null) {
                return head -> admit(row, head, variables);
            }
        }
        return null;
    }

    private Admission admit(Row row, RequestHead head, Map<String, String> variables) {
        var isUnanswered = new AtomicBoolean();
        try {
            return forwarding.admission(
                    head,
                    variables.get("ws"),
                    () -> rates.admitForwarded(head),
                    () -> isUnanswered.set(true),
                    () -> row.login.admit(this, head, variables));
        } catch (FailureException failure) {
            if (failure.failure() != Failure.UNAUTHENTICATED) {
                return new Admission.Refused(failure);
            }
            var counted = rates.unauthenticated(head, failure);
            // A node that ended before it answered may have consumed the ticket.
            boolean isUsedThere =
                    isUnanswered.get()
                            && head.parameter("ticket") != null
                            && counted.failure() == Failure.UNAUTHENTICATED;
            return new Admission.Refused(
                    isUsedThere
                            ? new FailureException(
                                    Failure.WORKSPACE_ELSEWHERE,
                                    Map.of("reason", "ticket"),
                                    failure)
                            : counted);
        }
    }

    private Admission admit(
            Principal principal, RequestHead head, Map<String, String> variables, Entry entry) {
        rates.admitHandshake(principal.key());
        try {
            authorization.require(principal, entry.action(), variables);
            if (socketsAtOnce.isReached(principal.key())) {
                throw rates.socketRefused();
            }
        } catch (FailureException refused) {
            audit.connected(head, principal, refused.failure().wireName());
            if (refused.failure().httpStatus() == UNAVAILABLE) {
                authorization.restoreTicket(head, entry.fromQuery(), principal);
            }
            throw refused;
        }
        var opener = limited(principal, entry.opener().open(principal, variables));
        audit.connected(head, principal, AuditEvent.OK);
        return new Admission.Accepted(opener, subprotocol(head), Limits.MESSAGE_BYTES);
    }

    /// Counts the socket from its opening to its end. Handshakes that are admitted at the same time
    /// may exceed the bound: the socket that does is closed.
    private WebSocketHandler.Opener limited(Principal principal, WebSocketHandler.Opener opener) {
        return new WebSocketHandler.Opener() {
            @Override
            public WebSocketHandler.Receiver open(WebSocketSender outgoing) {
                var count = new SocketPermit(socketsAtOnce);
                if (!count.begin(principal)) {
                    outgoing.close(TRY_AGAIN_LATER, rates.socketRefused().failure().wireName());
                }
                return count.of(() -> opener.open(outgoing));
            }

            @Override
            public boolean hasProcess() {
                return opener.hasProcess();
            }
        };
    }

    /// The WebSocket of a connection that was opened by HTTP, for the person who opened it.
    private Admission admitUpgrade(RequestHead head, OpenCollaboration oct) {
        EngineIoServer.Upgrade upgrade;
        try {
            upgrade = oct.connections().upgrade(head.parameter("sid"));
        } catch (OctException refused) {
            rates.admitHandshake(head.remoteAddress());
            throw OctEndpoints.handshakeFailed(refused);
        }
        rates.admitHandshake(upgrade.principal().key());
        if (socketsAtOnce.isReached(upgrade.principal().key())) {
            throw rates.socketRefused();
        }
        return new Admission.Accepted(
                limited(upgrade.principal(), upgrade.opener()), null, Limits.MESSAGE_BYTES);
    }

    /// Counts the handshake for the address, and the socket from its login to its end.
    private Admission admitInBand(
            RequestHead head, Function<LoginListener, WebSocketHandler.Opener> opening) {
        rates.admitHandshake(head.remoteAddress());
        var count = new SocketPermit(socketsAtOnce);
        var opener =
                opening.apply(principal -> {
                    var refused = count.begin(principal) ? null : rates.socketRefused();
                    if (count.isFirstLogin()) {
                        audit.connected(
                                head,
                                principal,
                                refused == null ? AuditEvent.OK : refused.failure().wireName());
                    }
                    if (refused != null) {
                        throw refused;
                    }
                });
        return new Admission.Accepted(
                outgoing -> count.of(() -> opener.open(outgoing)),
                subprotocol(head),
                Limits.MESSAGE_BYTES);
    }

    /// An endpoint with login at the handshake.
    ///
    /// @param action what its use needs a permission for, in the workspace of the path
    /// @param fromQuery the credentials that it accepts in the query
    private static Row row(
            String pattern, Action action, FromQuery fromQuery, SocketOpener opener) {
        return new Row(
                PathTemplate.of(pattern),
                (api, head, variables) ->
                        api.admit(
                                api.authorization.identified(head, fromQuery),
                                head,
                                variables,
                                new Entry(action, fromQuery, opener)));
    }

    private record Entry(Action action, FromQuery fromQuery, SocketOpener opener) {}

    /// An endpoint with login by the Auth message of each document, which needs a permission for
    /// [Action#READ_WORKSPACE]; nothing is served before that.
    private static Row inBand(String pattern, InBandOpener opener) {
        return new Row(
                PathTemplate.of(pattern),
                (api, head, variables) ->
                        api.admitInBand(head, logins -> opener.open(variables, logins)));
    }

    /// The subprotocol to echo, which the client that offered it may require at any endpoint.
    private static @Nullable String subprotocol(RequestHead head) {
        return Credentials.subprotocols(head).contains(Credentials.SUBPROTOCOL)
                ? Credentials.SUBPROTOCOL
                : null;
    }

    private record Row(PathTemplate pathTemplate, Login login) {}

    @FunctionalInterface
    private interface Login {
        Admission admit(WebSocketEndpoints api, RequestHead head, Map<String, String> variables);
    }

    @FunctionalInterface
    private interface SocketOpener {
        WebSocketHandler.Opener open(Principal principal, Map<String, String> variables);
    }

    @FunctionalInterface
    private interface InBandOpener {
        WebSocketHandler.Opener open(Map<String, String> variables, LoginListener logins);
    }
}
