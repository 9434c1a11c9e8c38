package dev.qide.server.api;

import dev.qide.server.identity.Action;
import dev.qide.server.identity.Organisations;
import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.identity.Resource;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.InvitationCreated;
import dev.qide.wire.InvitationList;
import dev.qide.wire.MemberList;
import dev.qide.wire.MemberRole;
import dev.qide.wire.NewInvitation;
import dev.qide.wire.NewOrganisation;
import dev.qide.wire.OrganisationList;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.util.List;

/// The HTTP endpoints of organisations, and of the members of workspaces.
public final class OrganisationEndpoints {
    private static final int BODY_BYTES = 4 << 10;

    private final Organisations organisations;
    private final Workspaces workspaces;

    public OrganisationEndpoints(Organisations organisations, Workspaces workspaces) {
        this.organisations = organisations;
        this.workspaces = workspaces;
    }

    Organisations organisations() {
        return organisations;
    }

    Answer list(HttpEndpoints.Exchange exchange) {
        var principal = exchange.requiredPrincipal();
        var all =
                organisations.visibleTo(principal).stream()
                        .map(one ->
                                new OrganisationList.Organisation(
                                        one.name(), one.allows(principal, Action.MANAGE_MEMBERS)))
                        .toList();
        return Answer.json(200, WireJson.write(new OrganisationList(all)));
    }

    /// 201 with `Location`.
    Answer create(HttpEndpoints.Exchange exchange) throws IOException {
        var request = exchange.body(BODY_BYTES, NewOrganisation.class);
        var created = organisations.create(exchange.requiredPrincipal(), request.name());
        return Answer.json(
                        201,
                        WireJson.write(new OrganisationList.Organisation(created.name(), true)))
                .with("Location", "organisations/" + created.name());
    }

    Answer members(HttpEndpoints.Exchange exchange) {
        return list(organisations.members(organisation(exchange)));
    }

    Answer setRole(HttpEndpoints.Exchange exchange) throws IOException {
        var role = role(exchange.body(BODY_BYTES, MemberRole.class).role());
        organisations.setRole(organisation(exchange), person(exchange), role);
        return Answer.empty(204);
    }

    Answer remove(HttpEndpoints.Exchange exchange) {
        organisations.remove(organisation(exchange), person(exchange));
        return Answer.empty(204);
    }

    /// Ends the caller's own membership.
    Answer leave(HttpEndpoints.Exchange exchange) {
        organisations.remove(organisation(exchange), exchange.requiredPrincipal().id());
        return Answer.empty(204);
    }

    Answer workspaceMembers(HttpEndpoints.Exchange exchange) {
        return list(organisations.members(workspaces.named(exchange.variable("ws")).id()));
    }

    Answer setWorkspaceRole(HttpEndpoints.Exchange exchange) throws IOException {
        var role = role(exchange.body(BODY_BYTES, MemberRole.class).role());
        var workspace = workspaces.named(exchange.variable("ws"));
        organisations.setRole(workspace.id(), person(exchange), role);
        return Answer.empty(204);
    }

    Answer removeFromWorkspace(HttpEndpoints.Exchange exchange) {
        organisations.remove(workspaces.named(exchange.variable("ws")).id(), person(exchange));
        return Answer.empty(204);
    }

    Answer invitations(HttpEndpoints.Exchange exchange) {
        var all =
                organisations.invitations(organisation(exchange)).stream()
                        .map(OrganisationEndpoints::shown)
                        .toList();
        return Answer.json(200, WireJson.write(new InvitationList(all)));
    }

    /// 201 with `Location`, and the link, which is never shown again.
    Answer invite(HttpEndpoints.Exchange exchange) throws IOException {
        var wanted = exchange.body(BODY_BYTES, NewInvitation.class);
        var invited =
                organisations.invite(
                        organisation(exchange),
                        exchange.requiredPrincipal(),
                        role(wanted.role()),
                        wanted.expiresInDays());
        var answer =
                new InvitationCreated(
                        shown(invited.invitation()), "auth?invitation=" + invited.code());
        return Answer.json(201, WireJson.write(answer))
                .with("Location", "invitations/" + invited.invitation().id());
    }

    Answer withdraw(HttpEndpoints.Exchange exchange) {
        organisations.withdraw(
                organisation(exchange), exchange.id("id", Failure.INVITATION_UNKNOWN));
        return Answer.empty(204);
    }

    private static Answer list(List<Organisations.Member> members) {
        return Answer.json(
                200,
                WireJson.write(
                        new MemberList(
                                members.stream()
                                        .map(one ->
                                                new MemberList.Member(
                                                        one.person().value().toString(),
                                                        one.name(),
                                                        MemberRole.Role.valueOf(one.role().name())))
                                        .toList())));
    }

    private static InvitationList.Invitation shown(Organisations.OpenInvitation one) {
        return new InvitationList.Invitation(
                one.id().toString(),
                MemberRole.Role.valueOf(one.role().name()),
                one.createdAt().toString(),
                one.expiresAt().toString());
    }

    private Resource.OfOrganisation organisation(HttpEndpoints.Exchange exchange) {
        return organisations
                .named(exchange.requiredPrincipal(), exchange.variable("org"))
                .resource();
    }

    private static UserId person(HttpEndpoints.Exchange exchange) {
        return new UserId(exchange.id("person", Failure.MEMBER_UNKNOWN));
    }

    private static Role role(MemberRole.Role role) {
        return Role.valueOf(role.name());
    }
}
