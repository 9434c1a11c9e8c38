package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestPeople;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.identity.Identity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How an editor with Open Collaboration Tools gets a token: by the page, by a token, from pages of
/// other origins. `oct.OctTest` has the rooms.
class OctLoginTest {
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";

    @TempDir static Path folder;
    private static TestServer server;
    private static TestPeople people;
    private static ApiClient http;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(folder);
        people = new TestPeople(server);
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterAll
    static void stop() throws Exception {
        people.close();
        server.close();
    }

    @Test
    void the_page_gives_an_editor_a_personal_token_once() throws Exception {
        var person = people.logIn("Ann <i>");
        people.join(person, "home", "EDITOR");
        var cookie = "Cookie: qide_session=" + person.cookie();
        var login = begin();

        var page = http.send("GET", "/oct/login?token=" + login, cookie);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(page.header("Content-Security-Policy")).contains("form-action 'self'");
        assertThat(page.body())
                .contains("Ann &lt;i&gt;", "name=\"token\" value=\"" + login + "\"")
                .contains(Identity.csrfToken(person.cookie()));
        var form = "token=" + login + "&csrf=" + Identity.csrfToken(person.cookie());
        assertThat(post("/oct/login", form, FORM, cookie).body()).contains("Return to your editor");

        var token = json(post("/oct/api/login/poll/" + login, "")).get("loginToken").getAsString();
        assertThat(validate(token)).isTrue();
        assertThat(create(token).status()).isEqualTo(200);
        var tokens = http.send("GET", "/api/me/tokens", cookie).body();
        assertThat(tokens)
                .contains("\"name\":\"Open Collaboration Tools\"", "\"scopes\":[\"edit\"]");
        assertThat(post("/oct/api/login/poll/" + login, "").body()).contains("AuthTimeout");
        assertThat(http.send("GET", "/oct/login?token=" + login, cookie).status()).isEqualTo(400);
    }

    @Test
    void the_page_says_that_a_command_line_asks_and_names_its_token_so() throws Exception {
        var person = people.logIn("Cem");
        people.join(person, "home", "EDITOR");
        var cookie = "Cookie: qide_session=" + person.cookie();
        var begun = json(post("/oct/api/login/initial?client=command-line", ""));
        var secret = begun.get("pollToken").getAsString();
        var page = begun.getAsJsonObject("auth").get("loginPageUrl").getAsString();
        var login = page.substring("/login?token=".length());

        assertThat(http.send("GET", "/oct" + page, cookie).body())
                .contains("qide login", "read and change your workspaces")
                .doesNotContain("Collaborate");
        // Who has seen the page's address learns nothing, and sets nothing.
        assertThat(login).isNotEqualTo(secret);
        var planted = "{\"token\":\"" + login + "\",\"accessToken\":\"" + server.token() + "\"}";
        assertThat(post("/oct/api/login/token", planted).body()).contains("AuthTimeout");
        var form = "token=" + login + "&csrf=" + Identity.csrfToken(person.cookie());
        assertThat(post("/oct/login", form, FORM, cookie).body())
                .contains("Return to your terminal", "<em>qide login</em>");
        assertThat(post("/oct/api/login/poll/" + login, "").body()).contains("AuthTimeout");
        var token = json(post("/oct/api/login/poll/" + secret, "")).get("loginToken").getAsString();
        assertThat(http.send("GET", "/api/me", "Authorization: Bearer " + token).body())
                .contains("\"name\":\"Cem\"", "\"scopes\":[\"edit\"]");
        assertThat(http.send("GET", "/api/me/tokens", cookie).body())
                .contains("\"name\":\"qide login\"");
        assertThat(post("/oct/api/login/initial?client=toaster", "").status()).isEqualTo(400);
    }

    @Test
    void without_the_login_or_its_hidden_field_the_page_gives_nothing() throws Exception {
        var person = people.logIn("Bob");
        people.join(person, "home", "EDITOR");
        var cookie = "Cookie: qide_session=" + person.cookie();
        var login = begin();
        var csrf = "&csrf=" + Identity.csrfToken(person.cookie());

        assertThat(http.send("GET", "/oct/login?token=" + login).body())
                .contains("log in first")
                .doesNotContain("Allow");
        for (var answer :
                new Answer[] {
                    post("/oct/login", "token=" + login + csrf, FORM),
                    post("/oct/login", "token=" + login, FORM, cookie),
                    post("/oct/login", "token=" + login + "&csrf=x", FORM, cookie)
                }) {
            assertThat(answer.body()).contains("log in first");
        }
        var foreign =
                post(
                        "/oct/login",
                        "token=" + login + csrf,
                        FORM,
                        cookie,
                        "Origin: https://evil.test");
        assertThat(foreign.status()).isEqualTo(403);
        assertThat(http.send("GET", "/api/me/tokens", cookie).body())
                .doesNotContain("Open Collaboration Tools");
        assertThat(http.send("GET", "/oct/login?token=" + login, cookie).body()).contains("Allow");
    }

    @Test
    void an_editor_may_keep_a_token_that_its_person_pastes() throws Exception {
        var login = begin();
        var wrong = "{\"token\":\"" + login + "\",\"accessToken\":\"wrong\"}";
        var answer = post("/oct/api/login/token", wrong);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(json(answer).get("code").getAsString()).isEqualTo("unauthenticated");

        var right = "{\"token\":\"" + login + "\",\"accessToken\":\"" + server.token() + "\"}";
        assertThat(post("/oct/api/login/token", right).status()).isEqualTo(200);
        assertThat(json(post("/oct/api/login/poll/" + login, "")).get("loginToken").getAsString())
                .isEqualTo(server.token());
        for (var malformed : new String[] {"", "[]", "{", "{\"token\":{}}", "{\"token\":null}"}) {
            assertThat(post("/oct/api/login/token", malformed).status())
                    .as(malformed)
                    .isEqualTo(400);
        }
    }

    @Test
    void pages_of_every_origin_may_use_rooms_but_not_the_login_cookie() throws Exception {
        var origin = "Origin: https://theia.example";
        var preflight =
                http.send(
                        "OPTIONS",
                        "/oct/api/session/create",
                        origin,
                        "Access-Control-Request-Method: POST",
                        "Access-Control-Request-Headers: x-oct-jwt");
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(preflight.header("Access-Control-Allow-Headers")).contains("X-Oct-Jwt");
        assertThat(preflight.header("Access-Control-Allow-Credentials")).isNull();

        var created = post("/oct/api/session/create", "", origin, "X-Oct-Jwt: " + server.token());
        assertThat(created.status()).isEqualTo(200);
        assertThat(created.header("Access-Control-Allow-Origin")).isEqualTo("*");
        var room = json(created).get("roomToken").getAsString();
        for (var path : OctEndpoints.CONNECTIONS) {
            var connected =
                    http.send(
                            "GET",
                            path + "?EIO=4&transport=polling",
                            origin,
                            "X-Oct-Jwt: " + room,
                            "X-Oct-Public-Key: key");
            assertThat(connected.body())
                    .startsWith("0{\"sid\":")
                    .contains("\"upgrades\":[\"websocket\"]");
            assertThat(connected.header("Access-Control-Allow-Origin")).isEqualTo("*");
        }

        var person = people.logIn("Eve");
        people.join(person, "home", "EDITOR");
        var byCookie =
                post(
                        "/oct/api/session/create",
                        "",
                        origin,
                        "Cookie: qide_session=" + person.cookie());
        assertThat(byCookie.status()).isEqualTo(403);
        assertThat(
                        http.send("GET", "/oct/login?token=" + begin(), origin)
                                .header("Access-Control-Allow-Origin"))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/oct/socket.io/", "/socket.io/"})
    void a_connection_needs_the_token_of_a_room_and_a_websocket_needs_a_connection(String path)
            throws IOException {
        var polling = path + "?EIO=4&transport=polling";
        var key = "X-Oct-Public-Key: key";
        for (var headers :
                new String[][] {
                    {key}, {key, "X-Oct-Jwt: " + server.token()}, {"X-Oct-Jwt: x"},
                }) {
            var answer = http.send("GET", polling, headers);
            assertThat(answer.status()).isIn(400, 403);
            assertThat(json(answer).get("code").getAsString()).isIn("RoomTokenWrong", "BadRequest");
        }
        assertThat(http.send("GET", polling + "&sid=none").body()).contains("SessionUnknown");
        assertThat(post(polling + "&sid=none", "40").body()).contains("SessionUnknown");
        var socket = http.handshake(path + "?EIO=4&transport=websocket&sid=none");
        assertThat(socket.status()).isEqualTo(400);
        assertThat(socket.body()).contains("SessionUnknown");
    }

    private static String begin() throws IOException {
        var begun = post("/oct/api/login/initial", "");
        // Theia puts a slash before an endpoint even if it has one.
        assertThat(begun.body())
                .contains("\"endpoint\":\"login\"", "\"endpoint\":\"api/login/token\"");
        return json(begun).get("pollToken").getAsString();
    }

    private static boolean validate(String token) throws IOException {
        return json(post("/oct/api/login/validate", "", "X-Oct-Jwt: " + token))
                .get("valid")
                .getAsBoolean();
    }

    private static Answer create(String token) throws IOException {
        return post("/oct/api/session/create", "", "X-Oct-Jwt: " + token);
    }

    private static Answer post(String path, String body, String... headers) throws IOException {
        return http.send("POST", path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    private static JsonObject json(Answer answer) {
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }
}
