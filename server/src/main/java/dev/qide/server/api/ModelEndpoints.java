package dev.qide.server.api;

import dev.qide.server.ai.Caller;
import dev.qide.server.ai.Cancellation;
import dev.qide.server.ai.ModelApi;
import dev.qide.server.ai.ModelReply;
import dev.qide.server.ai.ModelServices;
import dev.qide.server.ai.UsageReports;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Authorizer;
import dev.qide.server.identity.Organisations;
import dev.qide.server.identity.Organisations.Organisation;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Resource;
import dev.qide.server.session.Grants;
import dev.qide.server.transport.FailureHeaders;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.server.transport.HttpHandler.Writer;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The model APIs of OpenAI and Anthropic below `/v1`. When a client disconnects, its call is
/// cancelled, whether or not anything has been sent.
public final class ModelEndpoints {
    private static final String EVENTS = "text/event-stream; charset=utf-8";

    /// Names the organisation that a call belongs to, as the SDKs of OpenAI send it.
    private static final String ORGANISATION = "OpenAI-Organization";

    /// Names beta features of Anthropic's API.
    private static final String BETAS = "anthropic-beta";

    private final ModelApi models;
    private final UsageReports usage;
    private final Grants grants;
    private final Organisations organisations;

    /// @param grants ends calls whose credential ends
    public ModelEndpoints(ModelServices services, Grants grants, Organisations organisations) {
        this.grants = grants;
        this.organisations = organisations;
        models = services.api();
        usage = services.usage();
    }

    /// The caller's usage; everybody's for an administrator with `all`.
    Answer usage(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        var caller = exchange.requiredPrincipal();
        boolean isAll = head.parameter("all") != null;
        if (isAll) {
            Authorizer.require(caller, Action.READ_ALL_USAGE, Resource.SERVER);
        }
        var days = UsageDateRange.of(head);
        var person = isAll ? null : caller.id().value();
        return Answer.json(200, WireJson.write(usage.between(days.from(), days.to(), person)));
    }

    Answer chat(HttpEndpoints.Exchange exchange) throws IOException {
        return answer(exchange, models::chat);
    }

    Answer responses(HttpEndpoints.Exchange exchange) throws IOException {
        return answer(exchange, models::responses);
    }

    Answer legacy(HttpEndpoints.Exchange exchange) throws IOException {
        return answer(exchange, models::legacy);
    }

    Answer messages(HttpEndpoints.Exchange exchange) throws IOException {
        var betas = exchange.request().head().header(BETAS);
        return answer(
                exchange,
                (caller, body, cancellation) ->
                        models.messages(caller, body, betas == null ? "" : betas, cancellation));
    }

    Answer countTokens(HttpEndpoints.Exchange exchange) throws IOException {
        return http(models.countTokens(exchange.request().bodyBytes(ModelApi.REQUEST_BYTES)));
    }

    Answer list(HttpEndpoints.Exchange exchange) {
        return http(models.models(dialect(exchange.request().head())));
    }

    Answer one(HttpEndpoints.Exchange exchange) {
        return http(models.model(exchange.variable("model"), dialect(exchange.request().head())));
    }

    /// A failure in the format that the endpoint's clients expect.
    static Answer failed(RequestHead head, FailureException failure) {
        var answer = http(ModelApi.failed(failure, dialect(head)));
        return FailureHeaders.added(answer, FailureBody.of(failure));
    }

    /// Both APIs list models at the same path; Anthropic's clients send an API version.
    private static ModelApi.Dialect dialect(RequestHead head) {
        return head.path().startsWith("/v1/messages") || head.header("anthropic-version") != null
                ? ModelApi.Dialect.ANTHROPIC
                : ModelApi.Dialect.OPENAI;
    }

    @FunctionalInterface
    private interface Call {
        ModelReply reply(Caller caller, byte[] body, Cancellation cancellation);
    }

    /// Calls a model. The call ends when the client leaves, and within a second when its principal
    /// may no longer call models.
    private Answer answer(HttpEndpoints.Exchange exchange, Call call) throws IOException {
        var body = exchange.request().bodyBytes(ModelApi.REQUEST_BYTES);
        var organisation = organisation(exchange);
        var caller =
                new Caller(
                        exchange.requiredPrincipal().key(),
                        null,
                        organisation == null
                                ? null
                                : new Caller.Organisation(organisation.id(), organisation.name()));
        var cancellation = new Cancellation();
        var isRevoked = new AtomicBoolean();
        var watch =
                watch(
                        exchange.requiredPrincipal(),
                        organisation,
                        () -> {
                            isRevoked.set(true);
                            cancellation.cancel();
                        });
        boolean isStreamed = false;
        try {
            exchange.request().disconnectSignal().onDisconnect(cancellation::cancel);
            var reply = call.reply(caller, body, cancellation);
            isStreamed = reply instanceof ModelReply.Streamed;
            return http(reply, watch::close);
        } catch (RuntimeException ended) {
            throw isRevoked.get()
                    ? new FailureException(Failure.FORBIDDEN, Map.of(), ended)
                    : ended;
        } finally {
            if (!isStreamed) {
                watch.close();
            }
        }
    }

    /// The organisation that the call belongs to; null for none.
    private @Nullable Organisation organisation(HttpEndpoints.Exchange exchange) {
        var wanted = exchange.request().head().header(ORGANISATION);
        try {
            return organisations.ofModelCall(
                    exchange.requiredPrincipal(),
                    wanted == null || wanted.isBlank() ? null : wanted.strip());
        } catch (FailureException unknown) {
            throw unknown.failure() == Failure.ORGANISATION_UNKNOWN
                    ? new FailureException(
                            Failure.ORGANISATION_UNKNOWN, Map.of("param", ORGANISATION), unknown)
                    : unknown;
        }
    }

    private Grants.Watch watch(
            Principal principal, @Nullable Organisation organisation, Runnable end) {
        return organisation == null
                ? grants.watch(principal, Action.CALL_MODELS, Resource.SERVER, end)
                : grants.watch(
                        principal,
                        Action.CALL_MODELS_FOR_ORGANISATION,
                        organisation.resource(),
                        end);
    }

    private static Answer http(ModelReply reply) {
        return http(reply, () -> {});
    }

    /// @param whenSent closed when a streamed answer has been sent
    private static Answer http(ModelReply reply, Closing whenSent) {
        var answer =
                switch (reply) {
                    case ModelReply.Whole(int status, _, var json) ->
                            new Answer(
                                    status,
                                    reply.headers(),
                                    new Content.Bytes(
                                            "application/json",
                                            json.getBytes(StandardCharsets.UTF_8)));
                    case ModelReply.Streamed(_, var events) ->
                            new Answer(
                                    200,
                                    reply.headers(),
                                    new Content.Stream(EVENTS, new EventWriter(events, whenSent)));
                };
        return answer.with("Cache-Control", "no-store");
    }

    @FunctionalInterface
    private interface Closing {
        void close();
    }

    private record EventWriter(ModelReply.Events events, Closing whenSent) implements Writer {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            events.writeTo(out);
        }

        @Override
        public void close() {
            whenSent.close();
            events.close();
        }
    }
}
