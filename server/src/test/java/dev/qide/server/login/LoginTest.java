package dev.qide.server.login;

import static dev.qide.server.login.LoginFixture.assertPage;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.NodeProject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Logins by a provider, over HTTP on a real server and database; the providers are doubles that
/// speak the protocol and break it in one way at a time.
class LoginTest {
    @RegisterExtension final LoginFixture logins = new LoginFixture();
    @TempDir Path folder;
    @RegisterExtension final WebBrowser ann = new WebBrowser();
    @RegisterExtension final WebBrowser bob = new WebBrowser();

    @Test
    void a_person_logs_in_with_openid_connect_and_out() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");

        var begun = ann.once(logins.server().http("/auth/issuer"));
        assertThat(begun.statusCode()).isEqualTo(303);
        assertThat(setCookie(begun))
                .startsWith("qide_login=")
                .contains("; Path=/auth/; HttpOnly; SameSite=Lax; Max-Age=600");
        assertThat(location(begun))
                .startsWith(logins.issuer().url() + "/authorize?")
                .contains("code_challenge_method=S256", "response_type=code", "scope=openid");
        var back = ann.once(URI.create(location(begun)));
        var ended = ann.once(URI.create(location(back)));
        assertThat(location(ended)).isEqualTo(logins.server().http("/").toString());
        assertThat(ended.headers().allValues("Set-Cookie"))
                .satisfiesExactly(
                        session ->
                                assertThat(session)
                                        .startsWith("qide_session=")
                                        .contains("; Path=/; HttpOnly; SameSite=Strict"),
                        pending ->
                                assertThat(pending)
                                        .startsWith("qide_login=;")
                                        .contains("; Path=/auth/;", "Max-Age=0"));

        var me = ann.once(logins.server().http("/api/me"));
        assertThat(me.body())
                .contains("\"role\":\"editor\"", "[\"ai\",\"edit\",\"read\"]")
                .contains("Ann ");
        var csrf = me.headers().firstValue("X-Qide-Csrf").orElseThrow();
        assertThat(post("/api/ticket").body()).contains("csrf-token-wrong");
        assertThat(post("/api/logout").body()).contains("csrf-token-wrong");
        assertThat(post("/api/ticket", "X-Qide-Csrf", "x" + csrf).statusCode()).isEqualTo(403);
        assertThat(post("/api/ticket", "X-Qide-Csrf", csrf).statusCode()).isEqualTo(200);
        assertThat(post("/api/logout", "X-Qide-Csrf", csrf).statusCode()).isEqualTo(204);
        assertThat(ann.once(logins.server().http("/api/me")).statusCode()).isEqualTo(401);

        // Again: the same person.
        logins.logIn(ann, "issuer");
        assertThat(logins.rows("people")).isEqualTo(1);
    }

    @Test
    void a_personal_token_has_the_role_of_its_person_at_any_time() throws Exception {
        logins.start(folder, "\"everybody\"", "owner", "\"invited\"");
        logins.logIn(ann, "issuer");
        var csrf =
                ann.once(logins.server().http("/api/me"))
                        .headers()
                        .firstValue("X-Qide-Csrf")
                        .orElseThrow();
        var created =
                ann.post(
                        logins.server().http("/api/me/tokens"),
                        "application/json",
                        "{\"name\":\"CI\",\"scopes\":[\"edit\",\"observe\"]}",
                        "X-Qide-Csrf",
                        csrf);
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        var token =
                JsonParser.parseString(created.body()).getAsJsonObject().get("token").getAsString();
        assertThat(ann.once(logins.server().http("/api/me/sessions")).body())
                .contains("\"provider\":\"issuer\"", "\"current\":true");

        awaitMe(token, "\"role\":\"owner\",\"scopes\":[\"edit\",\"observe\"]");
        logins.server().database().execute("UPDATE memberships SET role = 'VIEWER'");
        awaitMe(token, "\"role\":\"viewer\",\"scopes\":[\"edit\"]");
        logins.server().database().execute("DELETE FROM memberships");
        awaitMe(token, "unauthenticated");
    }

    /// Another process changed the database: the server notices within a second.
    private void awaitMe(String token, String part) throws Exception {
        var deadline = Instant.now().plusSeconds(10);
        String body;
        try (var client = HttpClient.newHttpClient()) {
            do {
                var request =
                        HttpRequest.newBuilder(logins.server().http("/api/me"))
                                .header("Authorization", "Bearer " + token)
                                .build();
                body = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            } while (!body.contains(part) && Instant.now().isBefore(deadline));
        }
        assertThat(body).contains(part);
    }

    @Test
    void a_broken_answer_shows_a_page_and_creates_nothing() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");

        int visitor = 0;
        for (var fault : IssuerDouble.Fault.values()) {
            visitor++;
            if (fault.failure() != null) {
                logins.issuer().fault = fault;
                // Each from an address of its own, since the logins of one address are limited.
                try (var browser = WebBrowser.at("127.0.1." + visitor)) {
                    assertPage(browser.open(logins.server().http("/auth/issuer")), fault.failure());
                    assertThat(browser.cookie("qide_session")).as("%s", fault).isNull();
                }
            }
        }

        assertThat(logins.rows("people") + logins.rows("accounts") + logins.rows("logins"))
                .isZero();
        // And nothing stays broken.
        logins.issuer().fault = IssuerDouble.Fault.NONE;
        logins.logIn(ann, "issuer");
    }

    @Test
    void the_issuer_of_npm_that_requires_pkce_logs_a_person_in() throws Exception {
        var redirect = "http://127.0.0.1:" + logins.port() + "/auth/npm/callback";
        var script = NodeProject.installed("login").folder().resolve("issuer.mjs");
        var process =
                new ProcessBuilder(
                                List.of(
                                        "node",
                                        script.toString(),
                                        "--redirect",
                                        redirect,
                                        "--client",
                                        "qide",
                                        "--secret",
                                        "npm's secret"))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            var url = process.inputReader(StandardCharsets.UTF_8).readLine();
            Files.writeString(folder.resolve("npm.secret"), "npm's secret");
            var file =
                    Files.writeString(
                            folder.resolve("login.json"),
                            """
                            [{"id":"npm","kind":"oidc","issuer":"%s","clientId":"qide",
                              "clientSecretFile":"npm.secret","admit":{"domains":["example.org"]}}]
                            """
                                    .formatted(url));
            logins.start(folder, file);

            var form = ann.open(logins.server().http("/auth/npm"));
            var password = submit(form, "prompt=login&login=ann&password=any");
            var consent = submit(password, "prompt=consent");

            assertThat(consent.uri()).as(consent.body()).isEqualTo(logins.server().http("/"));
            assertThat(ann.once(logins.server().http("/api/me")).body())
                    .contains("Person ann", "\"role\":\"viewer\"");
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    /// Sends the form of a page, and follows where that leads.
    private HttpResponse<String> submit(HttpResponse<String> page, String fields) throws Exception {
        var action = Pattern.compile("action=\"([^\"]+)\"").matcher(page.body());
        assertThat(action.find()).as(page.body()).isTrue();
        var answer =
                ann.post(
                        page.uri().resolve(action.group(1)),
                        "application/x-www-form-urlencoded",
                        fields);
        return ann.open(answer.uri().resolve(location(answer)));
    }

    @Test
    void the_61st_request_of_an_address_within_a_minute_begins_no_login() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");
        for (int count = 0; count < 60; count++) {
            assertThat(ann.once(logins.server().http("/auth/github")).statusCode()).isEqualTo(303);
        }

        // One comes back every second, also during the test.
        var next = ann.once(logins.server().http("/auth/github"));
        for (int count = 0; count < 60 && next.statusCode() == 303; count++) {
            next = ann.once(logins.server().http("/auth/github"));
        }
        assertPage(next, LoginFailure.TOO_MANY_LOGINS);
        try (var other = WebBrowser.at("127.0.1.1")) {
            logins.logIn(other, "issuer");
        }
    }

    @Test
    void an_answer_counts_once_and_in_the_browser_that_began() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");
        var callback =
                location(
                        ann.once(
                                URI.create(
                                        location(ann.once(logins.server().http("/auth/issuer"))))));

        assertPage(bob.once(URI.create(callback)), LoginFailure.STATE_MISSING);
        // A login of Bob's own does not take Ann's answer.
        bob.once(logins.server().http("/auth/issuer"));
        assertPage(bob.once(URI.create(callback)), LoginFailure.STATE_WRONG);
        assertPage(
                ann.once(URI.create(callback.replace("/auth/issuer/", "/auth/github/"))),
                LoginFailure.STATE_MISSING);

        assertThat(ann.once(URI.create(callback)).statusCode()).isEqualTo(303);
        assertPage(ann.once(URI.create(callback)), LoginFailure.STATE_MISSING);
        assertThat(logins.rows("logins")).isEqualTo(1);
    }

    @Test
    void a_request_cannot_choose_where_a_login_leads() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");
        var begun =
                ann.once(
                        logins.server()
                                .http(
                                        "/auth/issuer?return=https://evil.example&redirect_uri=https://evil.example"));

        assertThat(location(begun)).startsWith(logins.issuer().url()).doesNotContain("evil");
        assertThat(location(ann.once(URI.create(location(ann.once(URI.create(location(begun))))))))
                .isEqualTo(logins.server().http("/").toString());
        assertPage(ann.once(logins.server().http("/auth/nobody")), LoginFailure.PROVIDER_UNKNOWN);
    }

    @Test
    void a_login_replaces_the_one_that_the_browser_had() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");
        logins.logIn(ann, "issuer");
        var first = String.valueOf(ann.cookie("qide_session"));
        var atIssuer = target(ann.once(logins.server().http("/auth/issuer")));
        var callback = target(ann.once(atIssuer));
        // Without it, as a browser after a click at the provider: the cookie is SameSite=Strict.
        ann.forgetCookie("qide_session");
        assertThat(ann.open(callback).statusCode()).isEqualTo(200);

        assertThat(ann.cookie("qide_session")).isNotNull().isNotEqualTo(first);
        assertThat(logins.rows("logins")).isEqualTo(1);
    }

    private static URI target(HttpResponse<String> redirect) {
        return URI.create(redirect.headers().firstValue("Location").orElseThrow());
    }

    @Test
    void a_new_key_of_the_issuer_is_fetched() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");
        logins.logIn(ann, "issuer");
        logins.issuer().rotateKey();
        logins.logIn(bob, "issuer");
    }

    @Test
    void clocks_may_differ_by_a_minute() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");
        logins.issuer().lifetimeSeconds = -30;
        logins.logIn(ann, "issuer");
    }

    @Test
    void the_page_with_the_providers_runs_no_script_and_escapes_what_it_shows() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"invited\"");

        var page =
                ann.once(
                        logins.server()
                                .http("/auth?invitation=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"));

        assertThat(page.body()).contains("Log in with Issuer").doesNotContain("<script");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(ann.once(logins.server().http("/api/login")).body())
                .contains("\"id\":\"issuer\"", "\"path\":\"auth/github\"");
    }

    private HttpResponse<String> post(String path, String... headers) throws Exception {
        return ann.post(logins.server().http(path), "application/json", "", headers);
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElseThrow();
    }

    private static String setCookie(HttpResponse<String> answer) {
        return answer.headers().firstValue("Set-Cookie").orElseThrow();
    }
}
