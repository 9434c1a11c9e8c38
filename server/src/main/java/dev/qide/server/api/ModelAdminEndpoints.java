package dev.qide.server.api;

import dev.qide.server.ai.Model;
import dev.qide.server.ai.ModelAdministration;
import dev.qide.server.ai.ModelAdministration.Listed;
import dev.qide.server.ai.ModelKeys.Owner;
import dev.qide.server.identity.Organisations;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.wire.LocalModelsOnly;
import dev.qide.wire.ModelKeyList;
import dev.qide.wire.ModelKeyValue;
import dev.qide.wire.ModelList;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// The HTTP endpoints that change models, their keys, and the workspaces for local models.
public final class ModelAdminEndpoints {
    private static final int BODY_BYTES = 64 << 10;

    private final ModelAdministration administration;
    private final Organisations organisations;
    private final AccountEndpoints accounts;

    /// @param people decides which credentials may manage a person's keys
    public ModelAdminEndpoints(
            ModelAdministration administration,
            Organisations organisations,
            PersonEndpoints people) {
        this.administration = administration;
        this.organisations = organisations;
        this.accounts = people.account();
    }

    Answer list(HttpEndpoints.Exchange exchange) {
        var all = administration.list().stream().map(ModelAdminEndpoints::shown).toList();
        return Answer.json(200, WireJson.write(new ModelList(all)));
    }

    /// 201 for a new model, else 204.
    Answer put(HttpEndpoints.Exchange exchange) throws IOException {
        var body = new String(exchange.request().bodyBytes(BODY_BYTES), StandardCharsets.UTF_8);
        return Answer.empty(administration.put(exchange.variable("model"), body) ? 201 : 204);
    }

    Answer delete(HttpEndpoints.Exchange exchange) {
        administration.delete(exchange.variable("model"));
        return Answer.empty(204);
    }

    Answer ownKeys(HttpEndpoints.Exchange exchange) {
        return keys(person(exchange));
    }

    Answer setOwnKey(HttpEndpoints.Exchange exchange) throws IOException {
        return setKey(person(exchange), exchange);
    }

    Answer deleteOwnKey(HttpEndpoints.Exchange exchange) {
        return deleteKey(person(exchange), exchange);
    }

    Answer organisationKeys(HttpEndpoints.Exchange exchange) {
        return keys(organisation(exchange));
    }

    Answer setOrganisationKey(HttpEndpoints.Exchange exchange) throws IOException {
        return setKey(organisation(exchange), exchange);
    }

    Answer deleteOrganisationKey(HttpEndpoints.Exchange exchange) {
        return deleteKey(organisation(exchange), exchange);
    }

    Answer localOnly(HttpEndpoints.Exchange exchange) {
        var isOn = administration.isLocalOnly(exchange.variable("ws"));
        return Answer.json(200, WireJson.write(new LocalModelsOnly(isOn)));
    }

    Answer requireLocal(HttpEndpoints.Exchange exchange) {
        return setLocalOnly(exchange, true);
    }

    Answer allowAll(HttpEndpoints.Exchange exchange) {
        return setLocalOnly(exchange, false);
    }

    private Answer setLocalOnly(HttpEndpoints.Exchange exchange, boolean isOn) {
        administration.setLocalOnly(exchange.variable("ws"), isOn);
        return Answer.empty(204);
    }

    private Answer keys(Owner owner) {
        var all =
                administration.keysOf(owner).entrySet().stream()
                        .map(entry ->
                                new ModelKeyList.Entry(
                                        entry.getKey().name(),
                                        entry.getKey().provider().wireName(),
                                        entry.getValue()))
                        .toList();
        return Answer.json(200, WireJson.write(new ModelKeyList(all)));
    }

    private Answer setKey(Owner owner, HttpEndpoints.Exchange exchange) throws IOException {
        var value = exchange.body(BODY_BYTES, ModelKeyValue.class).key();
        administration.setKey(owner, exchange.variable("model"), value);
        return Answer.empty(204);
    }

    private Answer deleteKey(Owner owner, HttpEndpoints.Exchange exchange) {
        administration.deleteKey(owner, exchange.variable("model"));
        return Answer.empty(204);
    }

    private Owner person(HttpEndpoints.Exchange exchange) {
        accounts.requireManagement(exchange.requiredPrincipal());
        return new Owner.Person(exchange.requiredPrincipal().id().value());
    }

    private Owner organisation(HttpEndpoints.Exchange exchange) {
        var found = organisations.named(exchange.requiredPrincipal(), exchange.variable("org"));
        return new Owner.Organisation(found.id());
    }

    private static ModelList.Entry shown(Listed listed) {
        var model = listed.model();
        var price = model.price();
        return new ModelList.Entry(
                model.name(),
                model.provider().wireName(),
                model.url().toString(),
                model.model(),
                model.purposes().stream().map(Model.Purpose::wireName).sorted().toList(),
                model.fallback(),
                new ModelList.Price(
                        price.input().doubleValue(),
                        price.cachedInput().doubleValue(),
                        price.output().doubleValue()),
                model.limits().contextTokens(),
                model.limits().outputTokens(),
                model.limits().concurrent(),
                model.fillIn().wireName(),
                model.isLocal(),
                listed.isOfFile(),
                listed.hasKey());
    }
}
