package dev.qide.server.api;

import dev.qide.server.ai.Caller;
import dev.qide.server.ai.Cancellation;
import dev.qide.server.ai.ModelApi;
import dev.qide.server.ai.ModelReply;
import dev.qide.server.ai.ModelServices;
import dev.qide.server.ai.UsageReports;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.server.transport.HttpHandler.Writer;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The model APIs of OpenAI and Anthropic below `/v1`. When a client disconnects, its call is
/// cancelled, whether or not anything has been sent.
public final class ModelEndpoints {
    private static final String EVENTS = "text/event-stream; charset=utf-8";

    private static final int UNAUTHENTICATED = 401;
    private static final String CHALLENGE = "Bearer realm=\"qide\"";

    private final ModelApi models;
    private final UsageReports usage;

    public ModelEndpoints(ModelServices services) {
        models = services.api();
        usage = services.usage();
    }

    /// The caller's usage; everybody's for an administrator with `all`.
    Answer usage(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        var caller = exchange.requiredPrincipal();
        boolean isAll = head.parameter("all") != null;
        if (isAll && !caller.canAdminister()) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        var today = LocalDate.now(ZoneOffset.UTC);
        var to = day(head.parameter("to"), today);
        var from = day(head.parameter("from"), to.withDayOfMonth(1));
        return Answer.json(
                200, WireJson.write(usage.between(from, to, isAll ? null : caller.id().value())));
    }

    private static LocalDate day(@Nullable String text, LocalDate otherwise) {
        try {
            return text == null ? otherwise : LocalDate.parse(text);
        } catch (DateTimeParseException malformed) {
            throw new FailureException(
                    Failure.INVALID_PARAMS, Map.of("reason", "not-a-day"), malformed);
        }
    }

    Answer chat(HttpEndpoints.Exchange exchange) throws IOException {
        return answer(exchange, models::chat);
    }

    Answer legacy(HttpEndpoints.Exchange exchange) throws IOException {
        return answer(exchange, models::legacy);
    }

    Answer messages(HttpEndpoints.Exchange exchange) throws IOException {
        return answer(exchange, models::messages);
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
        return answer.status() == UNAUTHENTICATED
                ? answer.with("WWW-Authenticate", CHALLENGE)
                : answer;
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

    private static Answer answer(HttpEndpoints.Exchange exchange, Call call) throws IOException {
        var body = exchange.request().bodyBytes(ModelApi.REQUEST_BYTES);
        var caller = new Caller(exchange.requiredPrincipal().id().value().toString(), null);
        var cancellation = new Cancellation();
        exchange.request().disconnectSignal().onDisconnect(cancellation::cancel);
        return http(call.reply(caller, body, cancellation));
    }

    private static Answer http(ModelReply reply) {
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
                                    new Content.Stream(EVENTS, new EventWriter(events)));
                };
        return answer.with("Cache-Control", "no-store");
    }

    private record EventWriter(ModelReply.Events events) implements Writer {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            events.writeTo(out);
        }

        @Override
        public void close() {
            events.close();
        }
    }
}
