package dev.qide.server.api;

import dev.qide.server.files.Workspace;
import dev.qide.server.identity.Shares;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.NewShare;
import dev.qide.wire.ShareCreated;
import dev.qide.wire.ShareList;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// The HTTP endpoints of the shares of a workspace: links for guests.
public final class ShareEndpoints {
    private static final int BODY_BYTES = 8 << 10;

    private final Shares shares;
    private final Workspaces workspaces;

    public ShareEndpoints(Shares shares, Workspaces workspaces) {
        this.shares = shares;
        this.workspaces = workspaces;
    }

    /// 201 with `Location`, and the token and the link, which are never shown again.
    Answer create(HttpEndpoints.Exchange exchange) throws IOException {
        var by = exchange.requiredPrincipal();
        var name = exchange.variable("ws");
        var workspace = workspaces.named(name);
        var wanted = exchange.body(BODY_BYTES, NewShare.class);
        var created =
                shares.create(
                        workspace.id(),
                        by,
                        switch (wanted.role()) {
                            case VIEW -> Shares.Access.VIEW;
                            case EDIT -> Shares.Access.EDIT;
                        },
                        wanted.name(),
                        wanted.expiresInDays());
        // Relative to the page: only the browser knows the public address.
        var link =
                "?workspace="
                        + URLEncoder.encode(name, StandardCharsets.UTF_8)
                        + "#token="
                        + created.token();
        var answer = new ShareCreated(shown(created.share()), created.token(), link);
        return Answer.json(201, WireJson.write(answer))
                .with("Location", "shares/" + created.share().id());
    }

    Answer list(HttpEndpoints.Exchange exchange) {
        var workspace = workspace(exchange);
        var all = shares.list(workspace.id()).stream().map(ShareEndpoints::shown).toList();
        return Answer.json(200, WireJson.write(new ShareList(all)));
    }

    Answer revoke(HttpEndpoints.Exchange exchange) {
        var workspace = workspace(exchange);
        shares.revoke(workspace.id(), exchange.id("id", Failure.SHARE_UNKNOWN));
        return Answer.empty(204);
    }

    private Workspace workspace(HttpEndpoints.Exchange exchange) {
        return workspaces.named(exchange.variable("ws"));
    }

    private static ShareList.Share shown(Shares.Share share) {
        return new ShareList.Share(
                share.id().toString(),
                switch (share.access()) {
                    case VIEW -> ShareList.Role.VIEW;
                    case EDIT -> ShareList.Role.EDIT;
                },
                share.name(),
                share.sharedBy().toString(),
                share.createdAt().toString(),
                share.expiresAt().toString());
    }
}
