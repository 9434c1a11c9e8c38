package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.IssuedTokens;
import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.limits.RateLimiter;
import dev.qide.server.store.Database;
import dev.qide.server.store.DisplayNameTable;
import dev.qide.server.store.LoginTable;
import dev.qide.server.store.OrganisationTable;
import dev.qide.server.store.TicketTable;
import dev.qide.server.store.TokenTable;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each endpoint with each kind of token that the command line creates, and with tickets, on a
/// whole server with raw HTTP.
class TokenApiTest {
    private static final String PROXIED = "X-Forwarded-For: 10.0.0.1";

    /// The scopes and the role of the token in each column.
    private static final List<String> KINDS =
            List.of("READ", "EDIT", "EDIT:VIEWER", "AI", "OBSERVE", "ADMIN", "revoked", "expired");

    @TempDir static Path folder;
    private static TestServer server;
    private static Database database;
    private static ApiClient http;
    private static List<String> tokens;
    private static List<String> cookies;

    @BeforeAll
    static void start() throws Exception {
        Files.writeString(folder.resolve("main.py"), "print('hello')\n");
        server = TestServer.start(folder);
        database = Database.ofRunningServer(server.database().address());
        http = new ApiClient(server.http("/"), "127.0.0.1");
        tokens = new ArrayList<>();
        for (var kind : KINDS) {
            tokens.add(token(kind));
        }
        cookies = new ArrayList<>();
        for (var token : tokens) {
            cookies.add(cookie(token));
        }
    }

    @AfterAll
    static void stop() {
        database.close();
        server.close();
    }

    /// One row per endpoint, one column per kind of token; the cell is the status, the same for the
    /// token and for a login with it.
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # method and path                    | read| edit|viewer, edit| ai  |observe|admin|revoked|expired
                    GET  | /health                       | 200 | 200 | 200        | 200 | 200   | 200 | 200   | 200
                    GET  | /ready                        | 200 | 200 | 200        | 200 | 200   | 200 | 200   | 200
                    GET  | /metrics                      | 403 | 403 | 403        | 403 | 200   | 403 | 401   | 401
                    GET  | /api/me                       | 200 | 200 | 200        | 200 | 200   | 200 | 401   | 401
                    PATCH| /api/me                       | 400 | 400 | 400        | 403 | 403   | 403 | 401   | 401
                    GET  | /api/me/settings              | 200 | 200 | 200        | 403 | 403   | 403 | 401   | 401
                    PUT  | /api/me/settings/a.json       | 428 | 428 | 428        | 403 | 403   | 403 | 401   | 401
                    POST | /api/ticket                   | 200 | 200 | 200        | 200 | 200   | 200 | 401   | 401
                    GET  | /api/workspaces               | 200 | 200 | 200        | 403 | 403   | 403 | 401   | 401
                    POST | /api/workspaces               | 403 | 403 | 403        | 403 | 403   | 403 | 401   | 401
                    GET  | /api/templates                | 200 | 200 | 200        | 403 | 403   | 403 | 401   | 401
                    DELETE| /api/workspaces/demo         | 403 | 403 | 403        | 403 | 403   | 403 | 401   | 401
                    GET  | /api/workspaces/demo/shares   | 403 | 403 | 403        | 403 | 403   | 403 | 401   | 401
                    POST | /api/workspaces/demo/shares   | 403 | 403 | 403        | 403 | 403   | 403 | 401   | 401
                    PUT  | /api/workspaces/demo/trust    | 403 | 403 | 403        | 403 | 403   | 204 | 401   | 401
                    DELETE| /api/workspaces/demo/trust   | 403 | 403 | 403        | 403 | 403   | 204 | 401   | 401
                    GET  | /api/workspaces/demo/files    | 200 | 200 | 200        | 403 | 403   | 403 | 401   | 401
                    GET  | /api/workspaces/demo/files/main.py | 200 | 200 | 200   | 403 | 403   | 403 | 401   | 401
                    PUT  | /api/workspaces/demo/files/main.py | 403 | 428 | 403   | 403 | 403   | 403 | 401   | 401
                    GET  | /                             | 200 | 200 | 200        | 200 | 200   | 200 | 200   | 200
                    WS   | /ws/demo                      | 101 | 101 | 101        | 403 | 403   | 403 | 401   | 401
                    WS   | /lsp/demo/python              | 101 | 101 | 101        | 403 | 403   | 403 | 401   | 401
                    WS   | /yjs/demo/main.py             | 101 | 101 | 101        | 403 | 403   | 403 | 401   | 401
                    WS   | /collab/demo                  | 101 | 101 | 101        | 101 | 101   | 101 | 101   | 101
                    """)
    void an_endpoint_admits_what_the_token_allows(
            String method,
            String path,
            int read,
            int edit,
            int viewer,
            int ai,
            int observe,
            int admin,
            int revoked,
            int expired)
            throws IOException {
        var wanted = List.of(read, edit, viewer, ai, observe, admin, revoked, expired);

        assertThat(statuses(method, path, tokens, "Authorization: Bearer ")).isEqualTo(wanted);
        assertThat(statuses(method, path, cookies, "Cookie: qide_session=")).isEqualTo(wanted);
    }

    /// One row per WebSocket endpoint with login at the handshake: the credentials that its query
    /// may carry.
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # path           |ticket|used|no such|other page|of ai|?token=|ticket and cookie from elsewhere
                    /ws/demo         | 101  | 401 | 401  | 101      | 403 | 401   | 101
                    /lsp/demo/python | 101  | 401 | 401  | 101      | 403 | 401   | 101
                    /yjs/demo/main.py| 101  | 401 | 401  | 101      | 403 | 101   | 101
                    """)
    void a_ticket_opens_one_socket_from_any_origin(
            String path,
            int fresh,
            int used,
            int wrong,
            int otherPage,
            int ai,
            int token,
            int withCookie)
            throws IOException {
        var ticket = ticket(tokens.get(0));
        var evil = "Origin: https://evil.example";

        assertThat(
                        List.of(
                                http.handshake(path + "?ticket=" + ticket).status(),
                                http.handshake(path + "?ticket=" + ticket).status(),
                                http.handshake(path + "?ticket=x").status(),
                                http.handshake(path + "?ticket=" + ticket(tokens.get(0)), evil)
                                        .status(),
                                http.handshake(path + "?ticket=" + ticket(tokens.get(3))).status(),
                                http.handshake(path + "?token=" + server.token()).status(),
                                http.handshake(
                                                path + "?x=y&ticket=" + ticket(tokens.get(0)),
                                                "Cookie: qide_session=" + cookies.get(0),
                                                evil)
                                        .status()))
                .containsExactly(fresh, used, wrong, otherPage, ai, token, withCookie);
    }

    @Test
    void http_endpoints_ignore_a_ticket_or_a_token_in_the_query() throws IOException {
        var ticket = ticket(server.token());

        assertThat(http.send("GET", "/api/me?ticket=" + ticket).status()).isEqualTo(401);
        assertThat(http.send("GET", "/api/me?token=" + server.token()).status()).isEqualTo(401);
        assertThat(http.send("GET", "/metrics?token=" + server.token(), PROXIED).status())
                .isEqualTo(401);
        assertThat(http.handshake("/ws/demo?ticket=" + ticket).status())
                .as("it was not used up")
                .isEqualTo(101);
    }

    @Test
    void a_ticket_states_its_lifetime_and_is_stored_nowhere() throws IOException {
        var answer = post("/api/ticket", "", "Authorization: Bearer " + server.token());
        var body = JsonParser.parseString(answer.body()).getAsJsonObject();

        assertThat(body.keySet()).containsExactly("ticket", "expiresIn");
        assertThat(body.get("expiresIn").getAsInt()).isEqualTo(30);
        assertThat(body.get("ticket").getAsString()).hasSize(43);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void me_returns_name_role_and_scopes_of_the_token_and_of_its_login() throws IOException {
        for (var header :
                List.of(
                        "Authorization: Bearer " + tokens.get(2),
                        "Cookie: qide_session=" + cookies.get(2))) {
            var me = JsonParser.parseString(http.send("GET", "/api/me", header).body());

            assertThat(me.getAsJsonObject().get("name").getAsString()).isEqualTo("EDIT-VIEWER");
            assertThat(me.getAsJsonObject().get("role").getAsString()).isEqualTo("viewer");
            assertThat(me.getAsJsonObject().get("scopes").toString()).isEqualTo("[\"edit\"]");
        }
    }

    /// An endpoint may accept `?token=`, for clients that have no other way.
    @Test
    void a_token_in_the_query_is_accepted_only_where_an_endpoint_allows_it() throws Exception {
        var clock = InstantSource.system();
        try (var identity =
                new Identity(
                        server.data(),
                        new Identity.Tables(
                                new TokenTable(database),
                                new LoginTable(database),
                                new DisplayNameTable(database),
                                new OrganisationTable(database),
                                new TicketTable(database)),
                        new RateLimiter(20, Duration.ofMinutes(1)),
                        clock,
                        () -> false)) {
            var credentials = new Credentials(identity, new Origins("127.0.0.1", Set.of()));
            var token = "token=" + tokens.get(0);

            assertThat(found(credentials, token, Credentials.FromQuery.TICKET_AND_TOKEN))
                    .isEqualTo("READ");
            assertThat(found(credentials, "a=b&" + token, Credentials.FromQuery.TICKET_AND_TOKEN))
                    .isEqualTo("READ");
            assertThat(found(credentials, "token=x", Credentials.FromQuery.TICKET_AND_TOKEN))
                    .isEqualTo("unauthenticated");
            assertThat(found(credentials, "token=", Credentials.FromQuery.TICKET_AND_TOKEN))
                    .isEqualTo("unauthenticated");
            assertThat(found(credentials, "", Credentials.FromQuery.TICKET_AND_TOKEN))
                    .isEqualTo("nobody");
            assertThat(found(credentials, token, Credentials.FromQuery.TICKET)).isEqualTo("nobody");
            assertThat(found(credentials, token, Credentials.FromQuery.NOTHING))
                    .isEqualTo("nobody");
        }
    }

    private static String found(
            Credentials credentials, String query, Credentials.FromQuery fromQuery) {
        var head =
                new RequestHead(
                        "GET", "/yjs/demo/a.txt", "/yjs/demo/a.txt", query, Map.of(), "::1", false);
        try {
            var principal = credentials.principal(head, fromQuery);
            return principal == null ? "nobody" : principal.name();
        } catch (FailureException refused) {
            return refused.failure().wireName();
        }
    }

    private static List<Integer> statuses(
            String method, String path, List<String> credentials, String header)
            throws IOException {
        var statuses = new ArrayList<Integer>();
        for (var credential : credentials) {
            statuses.add(
                    method.equals("WS")
                            ? http.handshake(path, header + credential).status()
                            : http.send(method, path, header + credential, PROXIED).status());
        }
        return statuses;
    }

    /// A token of this kind: `EDIT:VIEWER` has scope edit and role viewer.
    private static String token(String kind) {
        var made = new IssuedTokens(new TokenTable(database), new SecureRandom(), clockOf(kind));
        boolean isOver = kind.equals("revoked") || kind.equals("expired");
        var parts = kind.split(":", 2);
        var scopes = isOver ? List.of(Scope.values()) : List.of(Scope.valueOf(parts[0]));
        var token =
                made.create(
                        new IssuedTokens.TokenRequest(
                                Set.copyOf(scopes),
                                kind.replace(':', '-'),
                                parts.length > 1 ? Role.valueOf(parts[1]) : null,
                                kind.equals("expired") ? Duration.ofDays(1) : null));
        if (kind.equals("revoked")) {
            made.list().stream()
                    .filter(tokenSummary -> tokenSummary.name().equals(kind))
                    .forEach(tokenSummary -> assertThat(made.revoke(tokenSummary.id())).isTrue());
        }
        return token;
    }

    private static InstantSource clockOf(String kind) {
        return kind.equals("expired")
                ? InstantSource.fixed(Instant.now().minus(Duration.ofDays(1)))
                : InstantSource.system();
    }

    /// The secret of a login with the token, or one that was never issued.
    private static String cookie(String token) throws IOException {
        var answer = post("/api/login", "{\"token\":\"" + token + "\"}");
        var cookie = answer.header("Set-Cookie");
        return cookie == null
                ? "none"
                : Arrays.stream(cookie.split(";", -1))
                        .limit(1)
                        .map(pair -> pair.substring(pair.indexOf('=') + 1))
                        .collect(Collectors.joining());
    }

    private static String ticket(String token) throws IOException {
        var answer = post("/api/ticket", "", "Authorization: Bearer " + token);
        return JsonParser.parseString(answer.body()).getAsJsonObject().get("ticket").getAsString();
    }

    private static ApiClient.Answer post(String path, String body, String... headers)
            throws IOException {
        return http.send("POST", path, body.getBytes(StandardCharsets.UTF_8), headers);
    }
}
