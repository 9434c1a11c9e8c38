package dev.qide.server.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.session.WorkspaceForwarding;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/// `/health`: the process is alive. `/ready`: the server can work. `/metrics`: the metrics in
/// Prometheus's exposition format.
final class HealthEndpoints {
    static final String HEALTH = "/health";
    static final String READY = "/ready";
    static final String METRICS = "/metrics";

    /// Load balancers and Prometheus ask for these each few seconds. Counted among the requests,
    /// their answers would hide those that people get, and a server that drains would look broken.
    static final Set<String> PATHS = Set.of(HEALTH, READY, METRICS);

    /// The memory for the response with all metrics.
    private static final long EXPOSITION_BYTES = 1 << 20;

    private final Health health;
    private final Metrics metrics;
    private final RequestAuthorization authorization;
    private final BooleanSupplier isStopping;
    private final WorkspaceForwarding forwarding;

    HealthEndpoints(
            Api.Operation operation,
            RequestAuthorization authorization,
            BooleanSupplier isStopping,
            WorkspaceForwarding forwarding) {
        this.forwarding = forwarding;
        health = operation.health();
        metrics = operation.metrics();
        this.authorization = authorization;
        this.isStopping = isStopping;
    }

    Answer health(HttpEndpoints.Exchange exchange) {
        return Answer.json(200, "{\"status\":\"up\"}");
    }

    /// 200 or 503, which is also the answer of a server that drains; for observers only with the
    /// state of each component, and with the workspaces that this server has and those that it
    /// forwards.
    Answer ready(HttpEndpoints.Exchange exchange) {
        boolean isDraining = forwarding.isDraining();
        boolean isReady = health.isReady() && !isStopping.getAsBoolean() && !isDraining;
        var body = new JsonObject();
        body.addProperty("ready", isReady);
        if (isDraining) {
            body.addProperty("draining", true);
        }
        if (authorization.mayObserve(exchange.request().head())) {
            var components = new JsonObject();
            health.states().forEach((name, state) -> components.add(name, describe(state)));
            body.add("components", components);
            addNode(body);
        }
        return Answer.json(isReady ? 200 : 503, body.toString());
    }

    private void addNode(JsonObject body) {
        var report = forwarding.report();
        body.addProperty("node", report.node());
        var owned = new JsonArray();
        report.owned().forEach(owned::add);
        var forwarded = new JsonObject();
        new TreeMap<>(report.forwarded()).forEach(forwarded::addProperty);
        var workspaces = new JsonObject();
        workspaces.add("owned", owned);
        workspaces.add("forwarded", forwarded);
        body.add("workspaces", workspaces);
    }

    Answer metrics(HttpEndpoints.Exchange exchange) throws InterruptedException {
        exchange.request().disconnectSignal().reserve(EXPOSITION_BYTES);
        return new Answer(
                200,
                Map.of("Cache-Control", "no-store"),
                new Content.Bytes(
                        "text/plain; version=0.0.4; charset=utf-8",
                        metrics.expose().getBytes(StandardCharsets.UTF_8)));
    }

    private static JsonObject describe(Health.State state) {
        var json = new JsonObject();
        switch (state) {
            case Health.State.Up() -> json.addProperty("state", "up");
            case Health.State.Degraded(var sentence) -> {
                json.addProperty("state", "degraded");
                json.addProperty("message", sentence);
            }
            case Health.State.Down(var sentence) -> {
                json.addProperty("state", "down");
                json.addProperty("message", sentence);
            }
        }
        return json;
    }
}
