package dev.qide.server.api;

import dev.qide.server.ai.ModelServices;
import dev.qide.server.ai.OrganisationBudgets;
import dev.qide.server.ai.UsageReports;
import dev.qide.server.identity.Organisations;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.wire.NewOrganisationBudget;
import dev.qide.wire.WireJson;
import java.io.IOException;

/// The HTTP endpoints of an organisation's budgets for models, and of what it has spent.
public final class BudgetEndpoints {
    private static final int BODY_BYTES = 4 << 10;

    private final OrganisationBudgets budgets;
    private final UsageReports usage;
    private final Organisations organisations;

    public BudgetEndpoints(ModelServices services, Organisations organisations) {
        budgets = services.budgets();
        usage = services.usage();
        this.organisations = organisations;
    }

    Answer list(HttpEndpoints.Exchange exchange) {
        return Answer.json(200, WireJson.write(budgets.list(organisation(exchange).name())));
    }

    Answer set(HttpEndpoints.Exchange exchange) throws IOException {
        var organisation = organisation(exchange);
        var wanted = exchange.body(BODY_BYTES, NewOrganisationBudget.class);
        budgets.put(organisation.id(), exchange.variable("period"), wanted);
        return Answer.empty(204);
    }

    Answer delete(HttpEndpoints.Exchange exchange) {
        budgets.delete(organisation(exchange).id(), exchange.variable("period"));
        return Answer.empty(204);
    }

    /// The usage of everybody in the organisation's workspaces.
    Answer usage(HttpEndpoints.Exchange exchange) {
        var days = UsageDateRange.of(exchange.request().head());
        return Answer.json(
                200,
                WireJson.write(
                        usage.ofOrganisation(
                                organisation(exchange).name(), days.from(), days.to())));
    }

    private Organisations.Organisation organisation(HttpEndpoints.Exchange exchange) {
        return organisations.named(exchange.requiredPrincipal(), exchange.variable("org"));
    }
}
