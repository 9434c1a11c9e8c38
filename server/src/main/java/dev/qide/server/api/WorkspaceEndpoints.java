package dev.qide.server.api;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.Workspace;
import dev.qide.server.identity.Organisations;
import dev.qide.server.identity.Principal;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.session.WorkspaceTerminals;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.workspace.ManagedWorkspaces;
import dev.qide.server.workspace.Templates;
import dev.qide.server.workspace.Trust;
import dev.qide.server.workspace.WorkspaceAddress;
import dev.qide.server.workspace.WorkspaceListener;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.MemberRole;
import dev.qide.wire.NewWorkspace;
import dev.qide.wire.TemplateList;
import dev.qide.wire.WireJson;
import dev.qide.wire.WorkspaceCreated;
import dev.qide.wire.WorkspaceList;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// The HTTP endpoints of workspaces: list, create, delete and trust them.
public final class WorkspaceEndpoints {
    private static final int BODY_BYTES = 4 << 10;

    private final Workspaces workspaces;
    private final ManagedWorkspaces managed;
    private final Trust trust;
    private final Dependents dependents;
    private final WorkspaceAccess access;
    private final Organisations organisations;

    /// The parts that react to a deletion or a change of trust.
    ///
    /// @param listener stops the other work for a deleted workspace
    public record Dependents(
            Collaboration documents,
            LanguageHost languages,
            WorkspaceListener listener,
            WorkspaceTerminals terminals) {}

    public WorkspaceEndpoints(
            Workspaces workspaces,
            ManagedWorkspaces managed,
            Trust trust,
            Organisations organisations,
            Dependents dependents) {
        this.organisations = organisations;
        this.workspaces = workspaces;
        this.managed = managed;
        this.trust = trust;
        this.dependents = dependents;
        this.access = new WorkspaceAccess(workspaces, dependents.documents().leases());
    }

    Answer list(HttpEndpoints.Exchange exchange) {
        var principal = exchange.requiredPrincipal();
        var all =
                workspaces.all().stream()
                        .filter(one -> access.isVisible(principal, one))
                        .map(one -> listed(principal, one))
                        .toList();
        return Answer.json(
                200, WireJson.write(new WorkspaceList(all, dependents.languages().isSandboxed())));
    }

    Answer templates(HttpEndpoints.Exchange exchange) {
        var all =
                Templates.all().stream()
                        .map(one -> new TemplateList.Template(one.name(), one.about()))
                        .toList();
        return Answer.json(200, WireJson.write(new TemplateList(all)));
    }

    /// 201 with `Location`. A JSON body has the name and optionally a template. With a zip file as
    /// body, `?name=` is the name.
    Answer create(HttpEndpoints.Exchange exchange) throws IOException {
        var head = exchange.request().head();
        var type = Objects.requireNonNullElse(head.header("Content-Type"), "");
        return switch (type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT)) {
            case "application/json" -> {
                var request = exchange.body(BODY_BYTES, NewWorkspace.class);
                var address = address(exchange, request.name());
                yield created(exchange, address, managed.create(address, request.template()));
            }
            case "application/zip" -> {
                var name = head.parameter("name");
                if (name == null) {
                    throw new FailureException(Failure.INVALID_PARAMS, Map.of("parameter", "name"));
                }
                var address = address(exchange, name);
                var initial = managed.create(address, exchange.request().body());
                yield created(exchange, address, initial);
            }
            default ->
                    throw new FailureException(
                            Failure.INVALID_PARAMS, Map.of("header", "Content-Type"));
        };
    }

    Answer delete(HttpEndpoints.Exchange exchange) throws InterruptedException {
        managed.delete(exchange.variable("ws"), dependents.documents(), dependents.listener());
        return Answer.empty(204);
    }

    Answer grantTrust(HttpEndpoints.Exchange exchange) {
        var workspace = exchange.variable("ws");
        trust.grant(workspace);
        dependents.languages().trustChanged(workspace);
        return Answer.empty(204);
    }

    Answer withdrawTrust(HttpEndpoints.Exchange exchange) {
        var workspace = exchange.variable("ws");
        try {
            trust.revoke(workspace);
        } finally {
            dependents.languages().trustChanged(workspace);
        }
        return Answer.empty(204);
    }

    private WorkspaceList.Workspace listed(Principal principal, Workspace one) {
        return new WorkspaceList.Workspace(
                one.name(),
                MemberRole.Role.valueOf(access.role(principal, one).name()),
                one.isManaged(),
                trust.isTrusted(one),
                trust.isTrustedAtStart(one),
                mayUseTerminals(principal, one));
    }

    private boolean mayUseTerminals(Principal principal, Workspace one) {
        var needed = dependents.terminals().needed();
        return needed != null && access.allows(principal, needed, one.name());
    }

    /// In the organisation that the path names, else in the home organisation.
    private WorkspaceAddress address(HttpEndpoints.Exchange exchange, String name) {
        var organisation = exchange.variable("org");
        var owner =
                organisation.isEmpty()
                        ? organisations.home()
                        : organisations.named(exchange.requiredPrincipal(), organisation);
        return new WorkspaceAddress(owner.resource().id(), owner.name(), name);
    }

    /// `Location` is relative to the path of the request, so that it holds behind a path prefix.
    private static Answer created(
            HttpEndpoints.Exchange exchange,
            WorkspaceAddress address,
            ManagedWorkspaces.InitialFiles initial) {
        var name = address.reference();
        var body = new WorkspaceCreated(name, initial.count(), initial.skipped());
        var up = exchange.variable("org").isEmpty() ? "" : "../../";
        return Answer.json(201, WireJson.write(body)).with("Location", up + "workspaces/" + name);
    }
}
