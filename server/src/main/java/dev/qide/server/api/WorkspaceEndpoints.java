package dev.qide.server.api;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.Workspace;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.workspace.ManagedWorkspaces;
import dev.qide.server.workspace.Templates;
import dev.qide.server.workspace.Trust;
import dev.qide.server.workspace.WorkspaceListener;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.NewWorkspace;
import dev.qide.wire.TemplateList;
import dev.qide.wire.WireJson;
import dev.qide.wire.WorkspaceCreated;
import dev.qide.wire.WorkspaceList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// The REST endpoints of the workspaces themselves: which there are, make and delete one, trust it.
public final class WorkspaceEndpoints {
    private static final int BODY_BYTES = 4 << 10;

    private final Workspaces workspaces;
    private final ManagedWorkspaces managed;
    private final Trust trust;
    private final Others others;

    /// Who else hears of it.
    ///
    /// @param listener ends what works for a deleted workspace
    public record Others(
            Collaboration documents, LanguageHost languages, WorkspaceListener listener) {}

    public WorkspaceEndpoints(
            Workspaces workspaces, ManagedWorkspaces managed, Trust trust, Others others) {
        this.workspaces = workspaces;
        this.managed = managed;
        this.trust = trust;
        this.others = others;
    }

    Answer list(HttpEndpoints.Exchange exchange) {
        var all = workspaces.all().stream().map(this::listed).toList();
        return Answer.json(
                200, WireJson.write(new WorkspaceList(all, others.languages().isSandboxed())));
    }

    Answer templates(HttpEndpoints.Exchange exchange) {
        var all =
                Templates.all().stream()
                        .map(one -> new TemplateList.Template(one.name(), one.about()))
                        .toList();
        return Answer.json(200, WireJson.write(new TemplateList(all)));
    }

    /// 201 with its `Location`. A JSON body names it, and perhaps a template; a zip file is what it
    /// begins with, and `?name=` names it.
    Answer make(HttpEndpoints.Exchange exchange) throws IOException {
        var head = exchange.request().head();
        var type = Objects.requireNonNullElse(head.header("Content-Type"), "");
        return switch (type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT)) {
            case "application/json" -> {
                var body =
                        new String(
                                exchange.request().bodyBytes(BODY_BYTES), StandardCharsets.UTF_8);
                var wish = WireJson.read(body, NewWorkspace.class);
                yield made(wish.name(), managed.make(wish.name(), wish.template()));
            }
            case "application/zip" -> {
                var name = head.parameter("name");
                if (name == null) {
                    throw new FailureException(Failure.INVALID_PARAMS, Map.of("parameter", "name"));
                }
                yield made(name, managed.make(name, exchange.request().body()));
            }
            default ->
                    throw new FailureException(
                            Failure.INVALID_PARAMS, Map.of("header", "Content-Type"));
        };
    }

    Answer delete(HttpEndpoints.Exchange exchange) throws InterruptedException {
        managed.delete(exchange.variable("ws"), others.documents(), others.listener());
        return Answer.empty(204);
    }

    Answer giveTrust(HttpEndpoints.Exchange exchange) {
        var workspace = exchange.variable("ws");
        trust.give(workspace);
        others.languages().trustChanged(workspace);
        return Answer.empty(204);
    }

    Answer withdrawTrust(HttpEndpoints.Exchange exchange) {
        var workspace = exchange.variable("ws");
        try {
            trust.withdraw(workspace);
        } finally {
            others.languages().trustChanged(workspace);
        }
        return Answer.empty(204);
    }

    private WorkspaceList.Workspace listed(Workspace one) {
        return new WorkspaceList.Workspace(
                one.name(), one.isManaged(), trust.isTrusted(one), trust.isTrustedAtStart(one));
    }

    private static Answer made(String name, ManagedWorkspaces.Beginning beginning) {
        var body = new WorkspaceCreated(name, beginning.files(), beginning.skipped());
        return Answer.json(201, WireJson.write(body)).with("Location", "workspaces/" + name);
    }
}
