package dev.qide.server.login;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.qide.server.FreePort;
import dev.qide.server.NodeProject;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Logins by a provider, over HTTP on a real server and database; the providers are doubles that
/// speak the protocol and break it in one way at a time.
class LoginTest {
    private static final int LOGINS = 20;

    @TempDir Path folder;
    private int port;
    private IssuerDouble issuer;
    private GithubDouble github;
    private @Nullable TestServer server;
    private final WebBrowser ann = new WebBrowser();
    private final WebBrowser bob = new WebBrowser();

    @BeforeEach
    void begin() throws IOException {
        port = FreePort.next();
        issuer = new IssuerDouble();
        github = new GithubDouble();
    }

    @AfterEach
    void end() {
        ann.close();
        bob.close();
        if (server != null) {
            server.close();
        }
        issuer.close();
        github.close();
    }

    @Test
    void a_person_logs_in_with_openid_connect_and_out() throws Exception {
        start("\"everybody\"", "editor", "\"invited\"");

        var begun = ann.once(server().http("/auth/issuer"));
        assertThat(begun.statusCode()).isEqualTo(303);
        assertThat(setCookie(begun))
                .startsWith("qide_login=")
                .contains("; Path=/auth/; HttpOnly; SameSite=Lax; Max-Age=600");
        assertThat(location(begun))
                .startsWith(issuer.url() + "/authorize?")
                .contains("code_challenge_method=S256", "response_type=code", "scope=openid");
        var back = ann.once(URI.create(location(begun)));
        var ended = ann.once(URI.create(location(back)));
        assertThat(location(ended)).isEqualTo(server().http("/").toString());
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

        var me = ann.once(server().http("/api/me"));
        assertThat(me.body())
                .contains("\"role\":\"editor\"", "[\"ai\",\"edit\",\"read\"]")
                .contains("Ann ");
        var csrf = me.headers().firstValue("X-Qide-Csrf").orElseThrow();
        assertThat(post("/api/ticket").body()).contains("csrf-token-wrong");
        assertThat(post("/api/logout").body()).contains("csrf-token-wrong");
        assertThat(post("/api/ticket", "X-Qide-Csrf", "x" + csrf).statusCode()).isEqualTo(403);
        assertThat(post("/api/ticket", "X-Qide-Csrf", csrf).statusCode()).isEqualTo(200);
        assertThat(post("/api/logout", "X-Qide-Csrf", csrf).statusCode()).isEqualTo(204);
        assertThat(ann.once(server().http("/api/me")).statusCode()).isEqualTo(401);

        // Again: the same person.
        logIn(ann, "issuer");
        assertThat(rows("people")).isEqualTo(1);
    }

    @Test
    void a_personal_token_has_the_role_of_its_person_at_any_time() throws Exception {
        start("\"everybody\"", "owner", "\"invited\"");
        logIn(ann, "issuer");
        var csrf =
                ann.once(server().http("/api/me"))
                        .headers()
                        .firstValue("X-Qide-Csrf")
                        .orElseThrow();
        var created =
                ann.post(
                        server().http("/api/me/tokens"),
                        "application/json",
                        "{\"name\":\"CI\",\"scopes\":[\"edit\",\"observe\"]}",
                        "X-Qide-Csrf",
                        csrf);
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        var token =
                JsonParser.parseString(created.body()).getAsJsonObject().get("token").getAsString();
        assertThat(ann.once(server().http("/api/me/sessions")).body())
                .contains("\"provider\":\"issuer\"", "\"current\":true");

        awaitMe(token, "\"role\":\"owner\",\"scopes\":[\"edit\",\"observe\"]");
        server().database().execute("UPDATE memberships SET role = 'VIEWER'");
        awaitMe(token, "\"role\":\"viewer\",\"scopes\":[\"edit\"]");
        server().database().execute("DELETE FROM memberships");
        awaitMe(token, "unauthenticated");
    }

    /// Another process changed the database: the server notices within a second.
    private void awaitMe(String token, String part) throws Exception {
        var deadline = Instant.now().plusSeconds(10);
        String body;
        try (var client = HttpClient.newHttpClient()) {
            do {
                var request =
                        HttpRequest.newBuilder(server().http("/api/me"))
                                .header("Authorization", "Bearer " + token)
                                .build();
                body = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            } while (!body.contains(part) && Instant.now().isBefore(deadline));
        }
        assertThat(body).contains(part);
    }

    @Test
    void a_broken_answer_shows_a_page_and_creates_nothing() throws Exception {
        start("\"everybody\"", "editor", "\"invited\"");

        int visitor = 0;
        for (var fault : IssuerDouble.Fault.values()) {
            visitor++;
            if (fault.failure() != null) {
                issuer.fault = fault;
                // Each from an address of its own, since the logins of one address are limited.
                try (var browser = WebBrowser.at("127.0.1." + visitor)) {
                    assertPage(browser.open(server().http("/auth/issuer")), fault.failure());
                    assertThat(browser.cookie("qide_session")).as("%s", fault).isNull();
                }
            }
        }

        assertThat(rows("people") + rows("accounts") + rows("logins")).isZero();
        // And nothing stays broken.
        issuer.fault = IssuerDouble.Fault.NONE;
        logIn(ann, "issuer");
    }

    @Test
    void the_issuer_of_npm_that_requires_pkce_logs_a_person_in() throws Exception {
        var redirect = "http://127.0.0.1:" + port + "/auth/npm/callback";
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
            server = TestServer.startWithLogin(folder, port, file);

            var form = ann.open(server().http("/auth/npm"));
            var password = submit(form, "prompt=login&login=ann&password=any");
            var consent = submit(password, "prompt=consent");

            assertThat(consent.uri()).as(consent.body()).isEqualTo(server().http("/"));
            assertThat(ann.once(server().http("/api/me")).body())
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
        start("\"everybody\"", "editor", "\"invited\"");
        for (int count = 0; count < 60; count++) {
            assertThat(ann.once(server().http("/auth/github")).statusCode()).isEqualTo(303);
        }

        // One comes back every second, also during the test.
        var next = ann.once(server().http("/auth/github"));
        for (int count = 0; count < 60 && next.statusCode() == 303; count++) {
            next = ann.once(server().http("/auth/github"));
        }
        assertPage(next, LoginFailure.TOO_MANY_LOGINS);
        try (var other = WebBrowser.at("127.0.1.1")) {
            logIn(other, "issuer");
        }
    }

    @Test
    void an_answer_counts_once_and_in_the_browser_that_began() throws Exception {
        start("\"everybody\"", "editor", "\"invited\"");
        var callback =
                location(ann.once(URI.create(location(ann.once(server().http("/auth/issuer"))))));

        assertPage(bob.once(URI.create(callback)), LoginFailure.STATE_MISSING);
        // A login of Bob's own does not take Ann's answer.
        bob.once(server().http("/auth/issuer"));
        assertPage(bob.once(URI.create(callback)), LoginFailure.STATE_WRONG);
        assertPage(
                ann.once(URI.create(callback.replace("/auth/issuer/", "/auth/github/"))),
                LoginFailure.STATE_MISSING);

        assertThat(ann.once(URI.create(callback)).statusCode()).isEqualTo(303);
        assertPage(ann.once(URI.create(callback)), LoginFailure.STATE_MISSING);
        assertThat(rows("logins")).isEqualTo(1);
    }

    @Test
    void a_request_cannot_choose_where_a_login_leads() throws Exception {
        start("\"everybody\"", "editor", "\"invited\"");
        var begun =
                ann.once(
                        server().http(
                                        "/auth/issuer?return=https://evil.example&redirect_uri=https://evil.example"));

        assertThat(location(begun)).startsWith(issuer.url()).doesNotContain("evil");
        assertThat(location(ann.once(URI.create(location(ann.once(URI.create(location(begun))))))))
                .isEqualTo(server().http("/").toString());
        assertPage(ann.once(server().http("/auth/nobody")), LoginFailure.PROVIDER_UNKNOWN);
    }

    @Test
    void a_login_replaces_the_one_that_the_browser_had() throws Exception {
        start("\"everybody\"", "editor", "\"invited\"");
        logIn(ann, "issuer");
        var first = String.valueOf(ann.cookie("qide_session"));
        logIn(ann, "issuer");

        assertThat(ann.cookie("qide_session")).isNotEqualTo(first);
        assertThat(rows("logins")).isEqualTo(1);
    }

    @Test
    void a_new_key_of_the_issuer_is_fetched() throws Exception {
        start("\"everybody\"", "editor", "\"invited\"");
        logIn(ann, "issuer");
        issuer.rotateKey();
        logIn(bob, "issuer");
    }

    @Test
    void clocks_may_differ_by_a_minute() throws Exception {
        start("\"everybody\"", "editor", "\"invited\"");
        issuer.lifetimeSeconds = -30;
        logIn(ann, "issuer");
    }

    @Test
    void the_first_owner_comes_by_a_link_that_counts_once() throws Exception {
        start("\"invited\"", "viewer", "\"invited\"");
        var link = URI.create(Files.readString(server().data().resolve("first-owner")).strip());
        assertPage(ann.open(server().http("/auth/github")), LoginFailure.NOT_ADMITTED);
        assertThat(server().link()).as("no token").contains("#token=");

        var choice = ann.once(link);
        assertThat(choice.statusCode()).isEqualTo(200);
        assertThat(choice.body()).contains("You are invited", "Log in with GitHub");
        var begin = link.toString().replace("/auth?", "/auth/github?");
        assertThat(ann.open(URI.create(begin)).statusCode()).isEqualTo(200);
        assertThat(ann.once(server().http("/api/me")).body())
                .contains("annlee", "\"role\":\"owner\"", "observe");

        issuer.email = "bob@example.org";
        var again = link.toString().replace("/auth?", "/auth/issuer?");
        assertPage(bob.open(URI.create(again)), LoginFailure.INVITATION_INVALID);
        server().end();
        server().begin();
        assertThat(Files.exists(server().data().resolve("first-owner"))).isFalse();
        assertThat(Files.readString(server().data().resolve("token"))).isNotBlank();
    }

    @Test
    void a_domain_admits_verified_addresses_only() throws Exception {
        start("{\"domains\":[\"example.ORG\"]}", "viewer", "\"invited\"");
        issuer.isEmailVerified = false;
        assertPage(ann.open(server().http("/auth/issuer")), LoginFailure.EMAIL_NOT_VERIFIED);
        issuer.isEmailVerified = true;
        issuer.email = "ann@evil-example.org";
        assertPage(ann.open(server().http("/auth/issuer")), LoginFailure.NOT_ADMITTED);
        issuer.email = "ann@example.org";
        logIn(ann, "issuer");
        assertThat(ann.once(server().http("/api/me")).body()).contains("\"role\":\"viewer\"");
    }

    @Test
    void an_organisation_of_github_admits_its_members() throws Exception {
        start("\"invited\"", "viewer", "{\"organisations\":[\"Acme\"]}");
        assertPage(ann.open(server().http("/auth/github")), LoginFailure.NOT_ADMITTED);
        github.organisation = "acme";
        logIn(ann, "github");
    }

    @Test
    void accounts_are_linked_only_by_the_person_who_is_logged_in() throws Exception {
        start("\"everybody\"", "editor", "\"everybody\"");
        logIn(ann, "issuer");

        // The same verified address at another provider is not enough.
        assertPage(bob.open(server().http("/auth/github")), LoginFailure.EMAIL_KNOWN);

        var csrf =
                ann.once(server().http("/api/me"))
                        .headers()
                        .firstValue("X-Qide-Csrf")
                        .orElseThrow();
        var body = "{\"provider\":\"github\"}";
        var accounts = server().http("/api/accounts");
        assertThat(ann.post(accounts, "application/json", body).statusCode()).isEqualTo(403);
        assertThat(bob.post(accounts, "application/json", body).statusCode()).isEqualTo(401);
        var begun = ann.post(accounts, "application/json", body, "X-Qide-Csrf", csrf);
        assertThat(begun.statusCode()).isEqualTo(200);
        var url = begun.body().replaceFirst(".*\"url\":\"([^\"]+)\".*", "$1");
        assertThat(
                        ann.open(URI.create(url.replace("\\u0026", "&").replace("\\u003d", "=")))
                                .statusCode())
                .isEqualTo(200);
        assertThat(rows("accounts")).isEqualTo(2);
        awaitRow("audit_events WHERE operation = 'link' AND object = 'github'");

        bob.forgetCookies();
        logIn(bob, "github");
        assertThat(bob.once(server().http("/api/me")).body())
                .isEqualTo(ann.once(server().http("/api/me")).body());
        assertThat(rows("people")).isEqualTo(1);

        // Somebody else links the same account.
        bob.forgetCookies();
        issuer.subject = "cleo-1";
        issuer.email = "cleo@example.org";
        logIn(bob, "issuer");
        var ofCleo =
                bob.once(server().http("/api/me"))
                        .headers()
                        .firstValue("X-Qide-Csrf")
                        .orElseThrow();
        var again = bob.post(accounts, "application/json", body, "X-Qide-Csrf", ofCleo);
        assertPage(bob.open(URI.create(address(again.body()))), LoginFailure.ACCOUNT_TAKEN);
        awaitRow(
                "audit_events WHERE operation = 'link' AND result = 'account-taken'"
                        + " AND person_id IS NOT NULL");
    }

    /// The value of `url`.
    private static String address(String json) {
        return JsonParser.parseString(json).getAsJsonObject().get("url").getAsString();
    }

    @Test
    void the_page_with_the_providers_runs_no_script_and_escapes_what_it_shows() throws Exception {
        start("\"everybody\"", "editor", "\"invited\"");

        var page =
                ann.once(server().http("/auth?invitation=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"));

        assertThat(page.body()).contains("Log in with Issuer").doesNotContain("<script");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(ann.once(server().http("/api/login")).body())
                .contains("\"id\":\"issuer\"", "\"path\":\"auth/github\"");
    }

    @Test
    void logins_at_an_issuer_that_does_not_answer_share_one_request() throws Exception {
        var requests = new AtomicInteger();
        var isOver = new CountDownLatch(1);
        var down = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        down.createContext(
                "/",
                exchange -> {
                    requests.incrementAndGet();
                    try {
                        isOver.await();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                    exchange.sendResponseHeaders(503, -1);
                    exchange.close();
                });
        down.start();
        var issuerUrl = URI.create("http://127.0.0.1:" + down.getAddress().getPort());
        Files.writeString(folder.resolve("down.secret"), "s");
        var settings =
                LoginFile.read(
                                Files.writeString(
                                        folder.resolve("down.json"),
                                        """
                                        [{"id":"down","kind":"oidc","issuer":"%s","clientId":"c",
                                          "clientSecretFile":"down.secret"}]
                                        """
                                                .formatted(issuerUrl)))
                        .getFirst();
        try (var http = new ProviderHttp();
                var people = Executors.newVirtualThreadPerTaskExecutor()) {
            var callback = URI.create("http://127.0.0.1/auth/down/callback");
            var provider =
                    new OidcProvider(settings, issuerUrl, callback, http, InstantSource.system());
            var pending =
                    new PendingLogin("down", "s", "n", "v".repeat(43), null, null, Instant.now());
            var logins =
                    IntStream.range(0, LOGINS)
                            .mapToObj(_ -> people.submit(() -> provider.authorization(pending)))
                            .toList();
            // Each either sent the one request or waits for its outcome.
            await(() -> requests.get() == 1 && provider.waiting() == LOGINS - 1);
            isOver.countDown();
            for (var login : logins) {
                assertThatThrownBy(login::get)
                        .cause()
                        .isInstanceOfSatisfying(
                                LoginException.class,
                                failed ->
                                        assertThat(failed.failure())
                                                .isEqualTo(LoginFailure.PROVIDER_DOWN));
            }
            assertThat(requests).as("one for all of them").hasValue(1);
            assertThatThrownBy(() -> provider.authorization(pending))
                    .isInstanceOf(LoginException.class);
            assertThat(requests).as("the next login tries again").hasValue(2);
        } finally {
            isOver.countDown();
            down.stop(0);
        }
    }

    @Test
    void a_slow_or_endless_answer_ends_in_time() throws Exception {
        var isOver = new CountDownLatch(1);
        var slow = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        slow.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('{');
                    exchange.getResponseBody().flush();
                    try {
                        isOver.await();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                    exchange.close();
                });
        slow.start();
        var url = URI.create("http://127.0.0.1:" + slow.getAddress().getPort() + "/").toURL();
        try (var http = new ProviderHttp(Duration.ofMillis(300))) {
            assertThatThrownBy(() -> http.retrieveResource(url)).hasMessageContaining("too slow");
            assertThatThrownBy(
                            () -> http.retrieveResource(URI.create("http://example.org/").toURL()))
                    .hasMessageContaining("requires TLS");
        } finally {
            isOver.countDown();
            slow.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"kind\":\"saml\"} | kind must be oidc or github",
                "{\"issuer\":\"http://ide.example\"} | must begin with https://",
                "{\"issuer\":\"https://a:b@ide.example\"} | must begin with https://",
                "{\"admit\":\"all\"} | admit must be",
                "{\"admit\":{\"domains\":[]}} | must be an array of strings",
                "{\"admit\":{\"organisations\":[\"acme\"]}} | organisations are GitHub's",
                "{\"role\":\"admin\"} | role must be one of owner, editor, viewer",
                "{\"admits\":\"invited\"} | unknown member \"admits\": remove it",
                "{\"id\":\"../x\"} | an id has",
                "{\"clientSecretFile\":\"none\"} | clientSecretFile cannot be used"
            })
    void a_mistake_in_the_login_file_is_named(String change, String sentence) throws Exception {
        Files.writeString(folder.resolve("secret"), "s");
        var entry =
                JsonParser.parseString(
                                "{\"id\":\"a\",\"kind\":\"oidc\",\"issuer\":\"https://a.example\",\"clientId\":\"c\",\"clientSecretFile\":\"secret\"}")
                        .getAsJsonObject();
        JsonParser.parseString(change).getAsJsonObject().asMap().forEach(entry::add);
        var file = Files.writeString(folder.resolve("login.json"), "[" + entry + "]");

        assertThatThrownBy(() -> LoginFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence)
                .hasMessageContaining(file.toString());
    }

    private void start(String issuerAdmits, String role, String githubAdmits) throws IOException {
        Files.writeString(folder.resolve("issuer.secret"), IssuerDouble.SECRET + "\n");
        Files.writeString(folder.resolve("github.secret"), GithubDouble.SECRET + "\n");
        var file =
                Files.writeString(
                        folder.resolve("login.json"),
                        """
                        [{"id":"issuer","kind":"oidc","issuer":"%s","clientId":"%s",
                          "clientSecretFile":"issuer.secret","admit":%s,"role":"%s"},
                         {"id":"github","kind":"github","clientId":"%s",
                          "clientSecretFile":"github.secret","url":"%s","apiUrl":"%s","admit":%s}]
                        """
                                .formatted(
                                        issuer.url(),
                                        IssuerDouble.CLIENT,
                                        issuerAdmits,
                                        role,
                                        GithubDouble.CLIENT,
                                        github.url(),
                                        github.url(),
                                        githubAdmits));
        var workspace = Files.createDirectories(folder.resolve("workspace"));
        server = TestServer.startWithLogin(workspace, port, file);
    }

    private TestServer server() {
        return Objects.requireNonNull(server);
    }

    private void logIn(WebBrowser browser, String provider) throws Exception {
        var answer = browser.open(server().http("/auth/" + provider));
        assertThat(answer.uri()).as(answer.body()).isEqualTo(server().http("/"));
        assertThat(browser.once(server().http("/api/me")).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> post(String path, String... headers) throws Exception {
        return ann.post(server().http(path), "application/json", "", headers);
    }

    private static void assertPage(HttpResponse<String> answer, LoginFailure failure) {
        assertThat(answer.body()).contains(failure.sentence().split("[’'&]", 2)[0], "Start again");
        assertThat(answer.statusCode()).isEqualTo(failure.status());
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("text/html; charset=utf-8");
    }

    private void awaitRow(String table) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (rows(table) == 0) {
            assertThat(System.nanoTime()).as(table).isLessThan(end);
        }
    }

    private long rows(String table) {
        return server().database().count("SELECT count(*) FROM " + table);
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElseThrow();
    }

    private static String setCookie(HttpResponse<String> answer) {
        return answer.headers().firstValue("Set-Cookie").orElseThrow();
    }
}
