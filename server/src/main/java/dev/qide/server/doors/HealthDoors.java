package dev.qide.server.doors;

import com.google.gson.JsonObject;
import dev.qide.server.doors.Credentials.FromQuery;
import dev.qide.server.socket.HttpDoor.Answer;
import dev.qide.server.socket.HttpDoor.Content;
import dev.qide.server.watch.Health;
import dev.qide.server.watch.Metrics;
import dev.qide.wire.FailureException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// `/health`: the process is alive. `/ready`: it is able to work. `/metrics`: Prometheus
/// exposition.
final class HealthDoors {
    /// What the exposition takes while it is made into an answer.
    private static final long EXPOSITION_BYTES = 1 << 20;

    private final Health health;
    private final Metrics metrics;
    private final Credentials credentials;
    private final LocalPeers local;
    private final BooleanSupplier isStopping;

    HealthDoors(
            Doors.Watched watched,
            Credentials credentials,
            LocalPeers local,
            BooleanSupplier isStopping) {
        health = watched.health();
        metrics = watched.metrics();
        this.local = local;
        this.credentials = credentials;
        this.isStopping = isStopping;
    }

    Answer health(HttpDoors.Visit visit) {
        return Answer.json(200, "{\"status\":\"up\"}");
    }

    /// 200 or 503; what each component says is for observers only.
    Answer ready(HttpDoors.Visit visit) {
        boolean isReady = health.isReady() && !isStopping.getAsBoolean();
        var body = new JsonObject();
        body.addProperty("ready", isReady);
        if (mayObserve(visit)) {
            var components = new JsonObject();
            health.states().forEach((name, state) -> components.add(name, describe(state)));
            body.add("components", components);
        }
        return Answer.json(isReady ? 200 : 503, body.toString());
    }

    Answer metrics(HttpDoors.Visit visit) throws InterruptedException {
        visit.request().asker().reserve(EXPOSITION_BYTES);
        return new Answer(
                200,
                Map.of("Cache-Control", "no-store"),
                new Content.Bytes(
                        "text/plain; version=0.0.4; charset=utf-8",
                        metrics.expose().getBytes(StandardCharsets.UTF_8)));
    }

    private boolean mayObserve(HttpDoors.Visit visit) {
        if (local.isOne(visit.request().head())) {
            return true;
        }
        try {
            var person = credentials.person(visit.request().head(), FromQuery.NOTHING);
            return person != null && Who.OBSERVER.admits(person);
        } catch (FailureException _) {
            return false;
        }
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
