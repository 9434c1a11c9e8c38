package dev.qide.server.api;

import dev.qide.server.ai.Chats;
import dev.qide.server.ai.WorkspaceTools.Cost;
import dev.qide.server.ai.WorkspaceTools.Counted;
import dev.qide.server.ai.WorkspaceTools.Rights;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.session.ToolRateLimits;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.tools.McpServer;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// `POST /mcp/{ws}`: the tools of a workspace for clients of the Model Context Protocol (streamable
/// HTTP without sessions and without server-sent events, so that GET and DELETE are answered with
/// 405). Thread-safe.
public final class McpEndpoint {
    /// The calls that one person may have at once.
    private static final int CALLS_AT_ONCE = 8;

    private static final int BODY_BYTES = 4 << 20;

    /// The memory for a message and its answer.
    private static final long CALL_BYTES = 16 << 20;

    private static final String REVISION = "MCP-Protocol-Version";
    private static final String AGENT = "MCP client";

    private final McpServer server;
    private final WorkspaceAccess access;
    private final Identity identity;
    private final RateLimits rates;
    private final PerPrincipalLimit searches;
    private final PerPrincipalLimit calls = new PerPrincipalLimit(CALLS_AT_ONCE);

    /// @param searches the searches of one person, over HTTP too
    public McpEndpoint(
            McpServer server,
            WorkspaceAccess access,
            Identity identity,
            RateLimits rates,
            PerPrincipalLimit searches) {
        this.server = server;
        this.access = access;
        this.identity = identity;
        this.rates = rates;
        this.searches = searches;
    }

    Answer answer(HttpEndpoints.Exchange exchange) throws IOException, InterruptedException {
        return PerPersonConcurrency.answer(
                calls, exchange.requiredPrincipal().key(), exchange, this::answered);
    }

    private Answer answered(HttpEndpoints.Exchange exchange)
            throws IOException, InterruptedException {
        var head = exchange.request().head();
        var revision = head.header(REVISION);
        if (!McpServer.isRevision(revision)) {
            throw new FailureException(
                    Failure.INVALID_REQUEST, Map.of("reason", "protocol-version"));
        }
        var principal = exchange.requiredPrincipal();
        var workspace = access.require(principal, Action.READ_WORKSPACE, exchange.variable("ws"));
        exchange.request().disconnectSignal().reserve(CALL_BYTES);
        var body = new String(exchange.request().bodyBytes(BODY_BYTES), StandardCharsets.UTF_8);
        var caller =
                new ToolCaller(
                        new Chats.Member(principal.id().value(), workspace.id(), workspace.name()),
                        AGENT,
                        rights(principal, workspace.name()));
        var answer = server.answer(caller, body, revision);
        return answer == null ? Answer.empty(202) : Answer.json(200, answer);
    }

    private Rights rights(Principal principal, String workspace) {
        return new Rights() {
            @Override
            public String name() {
                return principal.name();
            }

            @Override
            public boolean canRead() {
                return isAllowed(Action.READ_WORKSPACE);
            }

            @Override
            public boolean canEdit() {
                return isAllowed(Action.EDIT_WORKSPACE);
            }

            @Override
            public Counted count(Cost cost) {
                return McpEndpoint.this.count(principal, cost);
            }

            private boolean isAllowed(Action action) {
                var now = identity.byId(principal.credential());
                return now != null && access.allows(now, action, workspace);
            }
        };
    }

    private Counted count(Principal principal, Cost cost) {
        ToolRateLimits.require(rates, cost, principal.key());
        var permit = cost == Cost.SEARCH ? searches.tryAcquire(principal.key()) : null;
        if (cost == Cost.SEARCH && permit == null) {
            throw new FailureException(Failure.TOO_MANY_REQUESTS, Map.of("reason", "at-once"));
        }
        return permit == null ? () -> {} : permit::close;
    }
}
