package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.TestPeople;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may use each endpoint: every method and path with people of every role in the organisation
/// of the resource, in another one, in the home organisation and in none, by cookie, by token and
/// by ticket. There are no exceptions: an endpoint that [#TABLE] lacks fails the test.
class PermissionMatrixTest {
    /// endpoint | who may use it
    private static final String TABLE =
            """
            GET /health                                   | anybody
            GET /ready                                    | anybody
            GET /metrics                                  | observer
            GET /api/openapi.json                         | anybody
            GET /status                                   | anybody
            GET /status.atom                              | anybody
            GET /api/status                               | anybody
            POST /api/incidents                           | home owner
            POST /api/incidents/{id}/updates              | home owner
            DELETE /api/incidents/{id}                    | home owner
            POST /api/login                               | anybody
            GET /api/login                                | anybody
            GET /auth                                     | anybody
            GET /auth/{id}                                | anybody
            GET /auth/{id}/callback                       | anybody
            POST /api/logout                              | anybody
            GET /w/{ws}                                   | anybody
            GET /w/{ws}/{path…}                           | anybody
            GET /{path…}                                  | anybody
            POST /api/accounts                            | login
            POST /api/ticket                              | credential
            GET /api/me                                   | credential
            PATCH /api/me                                 | credential
            DELETE /api/me                                | login
            GET /api/me/export                            | login
            GET /api/accounts                             | login
            GET /api/audit                                | home owner
            GET /api/nodes                                | home owner
            GET /api/me/settings                          | credential
            GET /api/me/settings/{name…}                  | credential
            PUT /api/me/settings/{name…}                  | credential
            DELETE /api/me/settings/{name…}               | credential
            GET /api/me/tokens                            | login
            POST /api/me/tokens                           | login
            DELETE /api/me/tokens/{id}                    | login
            GET /api/me/sessions                          | login
            DELETE /api/me/sessions/{id}                  | login
            GET /api/organisations                        | credential
            POST /api/organisations                       | home owner
            GET /api/organisations/{org}/members          | organisation viewer
            DELETE /api/organisations/{org}/members/me    | member login
            PUT /api/organisations/{org}/members/{person} | organisation owner
            DELETE /api/organisations/{org}/members/{person} | organisation owner
            GET /api/organisations/{org}/invitations      | organisation owner
            POST /api/organisations/{org}/invitations     | organisation owner
            DELETE /api/organisations/{org}/invitations/{id} | organisation owner
            POST /api/organisations/{org}/workspaces      | organisation creator
            GET /api/workspaces                           | credential
            POST /api/workspaces                          | home owner
            GET /api/templates                            | credential
            DELETE /api/workspaces/{ws}                   | workspace owner
            PUT /api/workspaces/{ws}/trust                | workspace operator
            DELETE /api/workspaces/{ws}/trust             | workspace operator
            GET /api/workspaces/{ws}/shares               | workspace owner
            POST /api/workspaces/{ws}/shares              | workspace owner
            DELETE /api/workspaces/{ws}/shares/{id}       | workspace owner
            GET /api/workspaces/{ws}/members              | workspace owner
            PUT /api/workspaces/{ws}/members/{person}     | workspace owner
            DELETE /api/workspaces/{ws}/members/{person}  | workspace owner
            POST /api/workspaces/{ws}/zip                 | workspace editor
            GET /api/workspaces/{ws}/files                | workspace viewer
            GET /api/workspaces/{ws}/files/{path…}        | workspace viewer
            GET /api/workspaces/{ws}/external             | workspace viewer
            GET /api/workspaces/{ws}/style                | workspace viewer
            GET /api/workspaces/{ws}/text-format          | workspace viewer
            PUT /api/workspaces/{ws}/files/{path…}        | workspace editor
            DELETE /api/workspaces/{ws}/files/{path…}     | workspace editor
            POST /api/workspaces/{ws}/files/{path…}       | workspace editor
            GET /api/workspaces/{ws}/zip                  | workspace viewer
            GET /api/workspaces/{ws}/search               | workspace viewer
            GET /api/workspaces/{ws}/paths                | workspace viewer
            GET /api/models                               | home owner
            PUT /api/models/{model…}                      | home owner
            DELETE /api/models/{model…}                   | home owner
            GET /api/me/model-keys                        | login
            PUT /api/me/model-keys/{model…}               | login
            DELETE /api/me/model-keys/{model…}            | login
            GET /api/organisations/{org}/model-keys       | organisation creator
            PUT /api/organisations/{org}/model-keys/{model…} | organisation creator
            DELETE /api/organisations/{org}/model-keys/{model…} | organisation creator
            GET /api/organisations/{org}/budgets          | organisation creator
            PUT /api/organisations/{org}/budgets/{period} | organisation creator
            DELETE /api/organisations/{org}/budgets/{period} | organisation creator
            GET /api/organisations/{org}/usage            | organisation creator
            GET /api/workspaces/{ws}/local-models-only    | workspace viewer
            PUT /api/workspaces/{ws}/local-models-only    | workspace owner
            DELETE /api/workspaces/{ws}/local-models-only | workspace owner
            GET /api/usage                                | model user
            GET /v1/models                                | model user
            GET /v1/models/{model…}                       | model user
            POST /v1/chat/completions                     | model user
            POST /v1/responses                            | model user
            POST /v1/completions                          | model user
            POST /v1/messages                             | model user
            POST /v1/messages/count_tokens                | model user
            POST /mcp/{ws}                                | workspace viewer
            GET /oct/api/meta                             | anybody
            POST /oct/api/login/initial                   | anybody
            POST /oct/api/login/poll/{token}              | anybody
            POST /oct/api/login/token                     | anybody
            POST /oct/api/login/validate                  | anybody
            GET /oct/login                                | anybody
            POST /oct/login                               | anybody
            POST /oct/api/session/create                  | credential
            POST /oct/api/session/join/{room}             | credential
            POST /oct/api/session/poll/{token}            | credential
            GET /oct/socket.io/                           | anybody
            POST /oct/socket.io/                          | anybody
            GET /socket.io/                               | anybody
            POST /socket.io/                              | anybody
            WS /ws/{ws}                                   | workspace viewer
            WS /lsp/{ws}/{language}                       | workspace viewer
            WS /collab/{ws}                               | anybody
            WS /yjs/{ws}/{path…}                          | workspace viewer
            WS /oct/socket.io/                            | anybody
            WS /socket.io/                                | anybody
            """;

    private static final List<String> ROLES = List.of("OWNER", "EDITOR", "VIEWER");
    private static final Set<String> HIDDEN = Set.of("workspace-unknown", "organisation-unknown");

    @TempDir static Path folder;
    private static TestServer server;
    private static TestPeople people;
    private static ApiClient http;
    private static final List<Caller> CALLERS = new ArrayList<>();

    /// Somebody who sends requests.
    ///
    /// @param organisation `acme` owns the resources, `globex` is foreign; `none` for a guest of
    ///   another workspace, and for nobody
    /// @param credential `cookie`, `token`, `ticket` or `none`
    /// @param secret of the cookie or the token
    private record Caller(String organisation, String role, String credential, String secret) {
        private String[] headers(String... more) {
            var all = new ArrayList<>(List.of(more));
            // Without it, a request from this machine may see the metrics.
            all.add("Via: 1.1 test");
            switch (credential) {
                case "cookie" -> all.add("Cookie: qide_session=" + secret);
                case "token" -> all.add("Authorization: Bearer " + secret);
                default -> {
                    // None, or in the query.
                }
            }
            return all.toArray(new String[0]);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(folder);
        people = new TestPeople(server);
        http = new ApiClient(server.http("/"), "127.0.0.1");
        var owner = "Authorization: Bearer " + server.token();
        for (var organisation : List.of("acme", "globex", "home")) {
            if (!organisation.equals("home")) {
                var body = bytes("{\"name\":\"" + organisation + "\"}");
                assertThat(http.send("POST", "/api/organisations", body, owner).status())
                        .isEqualTo(201);
            }
            for (var role : ROLES) {
                var person = people.logIn(role + " of " + organisation);
                people.join(person, organisation, role);
                CALLERS.add(new Caller(organisation, role, "cookie", person.cookie()));
                CALLERS.add(new Caller(organisation, role, "token", token(person)));
                CALLERS.add(new Caller(organisation, role, "ticket", person.cookie()));
            }
        }
        var share =
                http.send(
                        "POST", "/api/workspaces/demo/shares", bytes("{\"role\":\"edit\"}"), owner);
        CALLERS.add(new Caller("none", "GUEST", "token", member(share, "token")));
        CALLERS.add(new Caller("none", "NOBODY", "none", ""));
    }

    @AfterAll
    static void stop() throws Exception {
        people.close();
        server.close();
    }

    @Test
    void every_endpoint_admits_exactly_those_whom_the_table_names() throws Exception {
        var table = table();
        assertThat(server.routes()).containsExactlyInAnyOrderElementsOf(table.keySet());
        var wrong = new ArrayList<String>();
        for (var row : table.entrySet()) {
            for (var caller : CALLERS) {
                var expected = expected(row.getKey(), row.getValue(), caller);
                var got = outcome(row.getKey(), caller);
                if (!got.equals(expected)) {
                    wrong.add(
                            "%s: %s of %s by %s gets %s, not %s"
                                    .formatted(
                                            row.getKey(),
                                            caller.role(),
                                            caller.organisation(),
                                            caller.credential(),
                                            got,
                                            expected));
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static String expected(String endpoint, String who, Caller caller) {
        boolean isSocket = endpoint.startsWith("WS ");
        if (who.equals("anybody")) {
            return "admitted";
        }
        boolean isKnown =
                !caller.credential().equals("none")
                        && (isSocket || !caller.credential().equals("ticket"));
        if (!isKnown) {
            return "unauthenticated";
        }
        boolean isHomeOwner = caller.organisation().equals("home") && caller.role().equals("OWNER");
        boolean isOwn = caller.organisation().equals("acme");
        boolean isGuest = caller.role().equals("GUEST");
        var words = who.split(" ", 2);
        return switch (words[0]) {
            case "credential" -> "admitted";
            case "login" -> caller.credential().equals("cookie") ? "admitted" : "forbidden";
            case "model" -> isGuest ? "forbidden" : "admitted";
            case "observer", "home" -> isHomeOwner ? "admitted" : "forbidden";
            // A home owner sees the organisation, and cannot leave it.
            case "member" ->
                    isHomeOwner
                            ? "forbidden"
                            : !isOwn
                                    ? "hidden"
                                    : caller.credential().equals("cookie")
                                            ? "admitted"
                                            : "forbidden";
            case "organisation" -> {
                if (isHomeOwner) {
                    yield words[1].equals("creator") ? "forbidden" : "admitted";
                }
                yield isOwn ? inOwn(words[1], caller.role()) : "hidden";
            }
            default -> isOwn ? inOwn(words[1], caller.role()) : "hidden";
        };
    }

    private static String inOwn(String least, String role) {
        boolean isEnough =
                switch (least) {
                    case "viewer" -> true;
                    case "editor" -> !role.equals("VIEWER");
                    case "owner", "creator" -> role.equals("OWNER");
                    default -> false;
                };
        return isEnough ? "admitted" : "forbidden";
    }

    /// What a caller gets: a request that is admitted may still be wrong or incomplete.
    private static String outcome(String endpoint, Caller known) throws Exception {
        // A logout or a leave must not end what the following requests need.
        var caller = known;
        if (endpoint.equals("POST /api/logout") && known.credential().equals("cookie")) {
            caller = new Caller("", "", "cookie", people.logIn("out").cookie());
        }
        if (endpoint.endsWith("/members/me")
                && known.organisation().equals("acme")
                && known.credential().equals("cookie")) {
            var leaver = people.logIn("leaver");
            people.join(leaver, "acme", known.role());
            caller = new Caller("acme", known.role(), "cookie", leaver.cookie());
        }
        var words = endpoint.split(" ", 2);
        var path =
                words[1].replace("{org}", "acme")
                        .replace("{ws}", workspace(endpoint))
                        .replace("{language}", "python")
                        .replaceAll("\\{(id|person)}", "9d1c0d4e-5a64-4d0e-8f8c-0a4bb6c0a001")
                        .replaceAll("\\{[^}]*}", "none.txt");
        if (caller.credential().equals("ticket")) {
            path += "?ticket=" + ticket(caller);
        }
        var answer =
                words[0].equals("WS")
                        ? http.handshake(path, caller.headers())
                        : http.send(words[0], path, body(endpoint), headers(words[0], caller));
        return switch (answer.status()) {
            case 401 ->
                    answer.body().contains("\"needs\":\"cookie\"") ? "admitted" : "unauthenticated";
            case 403 -> isRefused(answer) ? "forbidden" : "admitted";
            case 404 -> HIDDEN.contains(failure(answer)) ? "hidden" : "admitted";
            default -> "admitted";
        };
    }

    /// The endpoint that deletes its workspace gets a fresh one.
    private static String workspace(String endpoint) throws IOException {
        var name = endpoint.startsWith("DELETE /api/workspaces/{ws} ".strip()) ? "gone" : "work";
        var owner = CALLERS.getFirst();
        var answer =
                http.send(
                        "POST",
                        "/api/organisations/acme/workspaces",
                        bytes("{\"name\":\"" + name + "\"}"),
                        headers("POST", owner));
        assertThat(answer.status()).as(answer.body()).isIn(201, 409);
        return "acme:" + name;
    }

    /// The model APIs, whose failures have shapes without a name, refuse for no other reason.
    private static boolean isRefused(Answer answer) {
        var failure = failure(answer);
        return failure.equals("forbidden") || failure.isEmpty();
    }

    /// The name of the failure; empty for a page and for the failures of the model APIs.
    private static String failure(Answer answer) {
        if (!answer.body().startsWith("{")) {
            return "";
        }
        var body = JsonParser.parseString(answer.body()).getAsJsonObject();
        if (body.has("code")) {
            // Of Open Collaboration Tools.
            return body.get("code").getAsString();
        }
        var error = body.getAsJsonObject("error");
        return error.has("name") ? error.get("name").getAsString() : "";
    }

    /// Some endpoints decide only when they have read the body.
    private static byte[] body(String endpoint) {
        if (endpoint.equals("POST /api/me/tokens")) {
            return bytes("{\"name\":\"x\",\"scopes\":[\"read\"]}");
        }
        if (endpoint.equals("DELETE /api/me")) {
            return bytes("{\"confirm\":\"nobody\"}");
        }
        return endpoint.startsWith("GET") || endpoint.startsWith("DELETE")
                ? new byte[0]
                : bytes("{}");
    }

    private static String[] headers(String method, Caller caller) {
        return method.equals("GET")
                ? caller.headers()
                : caller.headers("Content-Type: application/json");
    }

    private static String ticket(Caller caller) throws IOException {
        var cookie = new Caller("", "", "cookie", caller.secret());
        return member(http.send("POST", "/api/ticket", cookie.headers()), "ticket");
    }

    private static String token(TestPeople.LoggedIn person) throws IOException {
        var cookie = new Caller("", "", "cookie", person.cookie());
        var me = http.send("GET", "/api/me", cookie.headers());
        var scopes = JsonParser.parseString(me.body()).getAsJsonObject().get("scopes");
        var body = bytes("{\"name\":\"matrix\",\"scopes\":" + scopes + "}");
        return member(http.send("POST", "/api/me/tokens", body, cookie.headers()), "token");
    }

    private static String member(Answer answer, String name) {
        assertThat(answer.status()).as(answer.body()).isIn(200, 201);
        return JsonParser.parseString(answer.body()).getAsJsonObject().get(name).getAsString();
    }

    private static Map<String, String> table() {
        var table = new LinkedHashMap<String, String>();
        TABLE.lines()
                .map(line -> line.split("\\s*\\|\\s*", 2))
                .forEach(cells -> table.put(cells[0], cells[1].strip()));
        return new TreeMap<>(table);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
