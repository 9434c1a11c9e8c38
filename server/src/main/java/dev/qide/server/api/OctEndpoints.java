package dev.qide.server.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.identity.Action;
import dev.qide.server.limits.Limit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.oct.ClientDetails;
import dev.qide.server.oct.EngineIoServer;
import dev.qide.server.oct.OctException;
import dev.qide.server.oct.OctFailure;
import dev.qide.server.oct.OpenCollaboration;
import dev.qide.server.oct.Rooms.Host;
import dev.qide.server.oct.Rooms.Joined;
import dev.qide.server.transport.FailureHeaders;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The HTTP endpoints for rooms of Open Collaboration Tools, below `/oct`; an editor's setting
/// `collaboration.serverUrl` names this address. Requests and answers are those of
/// open-collaboration-protocol 0.3.
///
/// Pages of every origin may send them: they need a token in a header, never a cookie.
final class OctEndpoints {
    /// Every path of the relay begins with it, but for one of [#CONNECTIONS].
    static final String PREFIX = "/oct/";

    /// The paths of Engine.IO. Clients of protocol 0.3.0, which Theia 1.74 has, use the second one:
    /// they take the path of the server's address for a namespace of Socket.IO.
    static final List<String> CONNECTIONS = List.of(PREFIX + "socket.io/", "/socket.io/");

    /// The header with an editor's token; at [#CONNECTIONS] that of a room.
    static final String TOKEN_HEADER = "X-Oct-Jwt";

    private static final String VERSION = "0.3.1";
    private static final Duration POLL_WAIT = Duration.ofSeconds(20);

    private final OpenCollaboration oct;
    private final OctLoginEndpoints logins;
    private final RateLimits rates;

    OctEndpoints(OpenCollaboration oct, OctLoginEndpoints logins, RateLimits rates) {
        this.oct = oct;
        this.logins = logins;
        this.rates = rates;
    }

    /// Whether a path is one of the relay's.
    static boolean isBelow(String path) {
        return path.startsWith(PREFIX) || isConnection(path);
    }

    /// Whether a path is one of [#CONNECTIONS].
    static boolean isConnection(String path) {
        return CONNECTIONS.contains(path);
    }

    List<Route> routes() {
        var routes = new ArrayList<>(requests());
        for (var path : CONNECTIONS) {
            routes.add(row("GET", path, Action.USE_PUBLIC_PAGES, this::poll));
            routes.add(row("POST", path, Action.USE_PUBLIC_PAGES, this::post));
        }
        return List.copyOf(routes);
    }

    private List<Route> requests() {
        return List.of(
                open("GET", "api/meta", _ -> meta()),
                open("POST", "api/login/initial", logins::begin),
                open("POST", "api/login/poll/{token}", logins::poll),
                open("POST", "api/login/token", logins::byToken),
                open("POST", "api/login/validate", logins::validate),
                open("GET", "login", logins::page),
                open("POST", "login", logins::allow),
                ofPerson("api/session/create", this::create),
                ofPerson("api/session/join/{room}", this::join),
                ofPerson("api/session/poll/{token}", this::pollJoin));
    }

    private static Route open(String method, String path, HttpEndpoints.Handler handler) {
        return row(method, PREFIX + path, Action.USE_PUBLIC_PAGES, handler);
    }

    private static Route ofPerson(String path, HttpEndpoints.Handler handler) {
        return row("POST", PREFIX + path, Action.USE_ROOMS, handler);
    }

    private static Route row(
            String method, String path, Action action, HttpEndpoints.Handler handler) {
        return Route.of(
                method,
                path,
                action,
                exchange -> {
                    try {
                        return handler.answer(exchange);
                    } catch (OctException refused) {
                        return refused(refused.failure());
                    }
                });
    }

    /// A failure in the shape that editors show: `{"code":…,"params":[],"message":…}`.
    static Answer failed(FailureException failed) {
        var failure = failed.failure();
        var answer = info(failure.httpStatus(), failure.wireName(), failure.sentence());
        return FailureHeaders.added(answer, FailureBody.of(failed));
    }

    /// A WebSocket that cannot be opened.
    static FailureException handshakeFailed(OctException refused) {
        return new FailureException(
                Failure.INVALID_REQUEST, Map.of("reason", refused.failure().code()), refused);
    }

    private static Answer refused(OctFailure failure) {
        return info(failure.status(), failure.code(), failure.sentence());
    }

    private static Answer info(int status, String code, String sentence) {
        return Answer.json(status, infoJson(code, sentence).toString());
    }

    /// A text that an editor may show in the language of its user.
    static JsonObject infoJson(String code, String sentence) {
        var json = new JsonObject();
        json.addProperty("code", code);
        json.add("params", new JsonArray());
        json.addProperty("message", sentence);
        return json;
    }

    private static Answer meta() {
        var transports = new JsonArray();
        transports.add("socket.io");
        var json = new JsonObject();
        json.addProperty("owner", "Q-IDE");
        json.addProperty("version", VERSION);
        json.add("transports", transports);
        return Answer.json(200, json.toString());
    }

    private Answer create(HttpEndpoints.Exchange exchange) {
        var created = oct.rooms().create(exchange.requiredPrincipal());
        var json = new JsonObject();
        json.addProperty("roomId", created.roomId());
        json.addProperty("roomToken", created.roomToken());
        return Answer.json(200, json.toString());
    }

    private Answer join(HttpEndpoints.Exchange exchange) {
        var room = exchange.variable("room");
        var json = new JsonObject();
        json.addProperty("pollToken", oct.rooms().join(exchange.requiredPrincipal(), room));
        json.addProperty("roomId", room);
        return Answer.json(200, json.toString());
    }

    private Answer pollJoin(HttpEndpoints.Exchange exchange) throws InterruptedException {
        var joined =
                oct.rooms()
                        .poll(exchange.requiredPrincipal(), exchange.variable("token"), POLL_WAIT);
        return Answer.json(200, joined(joined).toString());
    }

    private static JsonObject joined(Joined joined) {
        return switch (joined) {
            case Joined.Waiting _ ->
                    outcome(false, "WaitingForHost", "Waiting for the host to let you in.");
            case Joined.Rejected _ -> outcome(true, "JoinRejected", "The host has not let you in.");
            case Joined.TimedOut _ -> outcome(true, "JoinTimeout", "The host has not answered.");
            case Joined.Accepted accepted -> {
                var folders = new JsonArray();
                accepted.folders().forEach(folders::add);
                var workspace = new JsonObject();
                workspace.addProperty("name", accepted.workspace());
                workspace.add("folders", folders);
                var json = new JsonObject();
                json.addProperty("roomId", accepted.roomId());
                json.addProperty("roomToken", accepted.roomToken());
                json.add("workspace", workspace);
                json.add("host", host(accepted.host()));
                yield json;
            }
        };
    }

    private static JsonObject outcome(boolean isFailure, String code, String sentence) {
        var json = infoJson(code, sentence);
        json.addProperty("failure", isFailure);
        return json;
    }

    private static JsonObject host(Host host) {
        var encryption = new JsonObject();
        encryption.addProperty("publicKey", host.client().publicKey());
        var supported = new JsonArray();
        host.client().compression().forEach(supported::add);
        var compression = new JsonObject();
        compression.add("supported", supported);
        var metadata = new JsonObject();
        metadata.add("encryption", encryption);
        metadata.add("compression", compression);
        var json = new JsonObject();
        json.addProperty("id", host.id());
        json.addProperty("host", true);
        json.addProperty("name", host.name());
        json.add("metadata", metadata);
        return json;
    }

    /// Opens a connection with the token of a room, or waits for its packets.
    private Answer poll(HttpEndpoints.Exchange exchange) throws InterruptedException {
        var head = exchange.request().head();
        var id = connection(head);
        if (id != null) {
            return packets(oct.connections().poll(id));
        }
        rates.require(Limit.ADDRESS_REQUESTS, head.remoteAddress());
        return packets(
                oct.connections()
                        .open(
                                head.header(TOKEN_HEADER),
                                ClientDetails.of(
                                        head.header("X-Oct-Public-Key"),
                                        head.header("X-Oct-Compression"))));
    }

    private Answer post(HttpEndpoints.Exchange exchange) throws IOException, InterruptedException {
        var request = exchange.request();
        var id = Objects.requireNonNullElse(connection(request.head()), "");
        request.disconnectSignal().setMemoryOwner(oct.connections().principal(id).key());
        request.disconnectSignal().reserve(EngineIoServer.POST_BYTES);
        var body = new String(request.bodyBytes(EngineIoServer.POST_BYTES), StandardCharsets.UTF_8);
        oct.connections().post(id, body);
        return packets("ok");
    }

    /// The id of the connection; null for a new one.
    private @Nullable String connection(RequestHead head) {
        if (!"4".equals(head.parameter("EIO")) || !"polling".equals(head.parameter("transport"))) {
            throw new OctException(OctFailure.REQUEST_MALFORMED);
        }
        var id = head.parameter("sid");
        if (id != null && !oct.connections().isOpen(id)) {
            // Guesses count for the address.
            rates.require(Limit.ADDRESS_REQUESTS, head.remoteAddress());
        }
        return id;
    }

    private static Answer packets(String payload) {
        return Answer.empty(200)
                .with("Cache-Control", "no-store")
                .with(
                        new Content.Bytes(
                                "text/plain; charset=UTF-8",
                                payload.getBytes(StandardCharsets.UTF_8)));
    }
}
