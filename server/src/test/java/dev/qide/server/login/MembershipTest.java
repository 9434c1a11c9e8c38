package dev.qide.server.login;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.FreePort;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Organisations;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Organisations with people who log in: invitations, roles, removal, and the rule of the provider
/// at each login.
class MembershipTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir Path folder;
    private int port;
    private IssuerDouble issuer;
    private @Nullable TestServer server;
    private final WebBrowser ann = new WebBrowser();
    private final WebBrowser bob = new WebBrowser();

    @BeforeEach
    void begin() throws IOException {
        port = FreePort.next();
        issuer = new IssuerDouble();
    }

    @AfterEach
    void end() {
        ann.close();
        bob.close();
        if (server != null) {
            server.close();
        }
        issuer.close();
    }

    @Test
    void an_invitation_counts_once_and_opens_one_organisation_only() throws Exception {
        start("\"invited\"");
        assertThat(asOwner("POST", "/api/organisations", "{\"name\":\"acme\"}").statusCode())
                .isEqualTo(201);
        assertThat(asOwner("POST", "/api/organisations", "{\"name\":\"ACME\"}").body())
                .contains("organisation-exists");
        assertThat(asOwner("POST", "/api/organisations", "{\"name\":\"a:b\"}").statusCode())
                .isEqualTo(400);

        var code = invite("acme", "owner");
        logIn(ann, code);
        assertPage(bob, code, "invitation");

        // Of two organisations, Ann sees one.
        assertThat(as(ann, "GET", "/api/organisations", "").body())
                .isEqualTo("{\"organisations\":[{\"name\":\"acme\",\"owner\":true}]}");
        assertThat(as(ann, "GET", "/api/organisations/home/members", "").statusCode())
                .isEqualTo(404);
        assertThat(as(ann, "GET", "/api/workspaces/demo/files", "").statusCode()).isEqualTo(404);
        assertThat(as(ann, "POST", "/api/workspaces", "{\"name\":\"x\"}").statusCode())
                .isEqualTo(403);
        var created = as(ann, "POST", "/api/organisations/acme/workspaces", "{\"name\":\"demo\"}");
        assertThat(created.body()).contains("\"name\":\"acme:demo\"");
        assertThat(as(ann, "PUT", "/api/workspaces/acme:demo/files/a.txt", "x").statusCode())
                .isEqualTo(201);
        assertThat(as(ann, "GET", "/api/workspaces", "").body())
                .contains("\"name\":\"acme:demo\",\"role\":\"owner\"")
                .doesNotContain("\"name\":\"demo\"");
        assertThat(asOwner("GET", "/api/workspaces/acme:demo/files", "").statusCode())
                .as("the operator is no member")
                .isEqualTo(404);
        // The workspace is there after a restart.
        server().end();
        server().begin();
        assertThat(as(ann, "GET", "/api/workspaces/acme:demo/files/a.txt", "").body())
                .isEqualTo("x");
        var location = created.headers().firstValue("Location").orElseThrow();
        var path = created.uri().resolve(location).getPath();
        assertThat(as(ann, "DELETE", path, "").statusCode()).as(path).isEqualTo(204);
    }

    @Test
    void an_invitation_ends_when_it_is_withdrawn_or_its_creator_is_no_longer_an_owner()
            throws Exception {
        start("\"invited\"");
        var withdrawn = invite("home", "editor");
        var list = asOwner("GET", "/api/organisations/home/invitations", "").body();
        for (var one :
                JsonParser.parseString(list).getAsJsonObject().getAsJsonArray("invitations")) {
            var id = one.getAsJsonObject().get("id").getAsString();
            assertThat(
                            asOwner("DELETE", "/api/organisations/home/invitations/" + id, "")
                                    .statusCode())
                    .isEqualTo(204);
        }
        assertPage(bob, withdrawn, "invitation");

        logIn(ann, invite("home", "owner"));
        var annsInvitation =
                code(
                        as(
                                ann,
                                "POST",
                                "/api/organisations/home/invitations",
                                "{\"role\":\"viewer\"}"));
        // Somebody else is an owner, so that Ann may become an editor.
        issuer.subject = "cleo-1";
        issuer.email = "cleo@example.org";
        try (var cleo = new WebBrowser()) {
            logIn(cleo, invite("home", "owner"));
        }
        assertThat(role(idOf(ann), "editor")).isEqualTo(204);
        issuer.subject = "bob-1";
        issuer.email = "bob@example.org";
        assertPage(bob, annsInvitation, "invitation");
    }

    @Test
    void the_last_owner_stays_and_a_removed_member_comes_back_by_an_invitation_only()
            throws Exception {
        start("\"everybody\"");
        logIn(ann, invite("home", "owner"));
        assertThat(role(idOf(ann), "viewer")).as("the last owner").isEqualTo(409);
        issuer.subject = "bob-1";
        issuer.email = "bob@example.org";
        logIn(bob, null);
        var bobsId = idOf(bob);
        assertThat(as(bob, "GET", "/api/me", "").body()).contains("\"role\":\"viewer\"");

        assertThat(as(ann, "DELETE", "/api/organisations/home/members/" + bobsId, "").statusCode())
                .isEqualTo(204);
        awaitStatus(bob, 401);
        assertPage(bob, null, "not");
        assertThat(rows("people")).as("no new person at each login").isEqualTo(2);

        logIn(
                bob,
                code(
                        as(
                                ann,
                                "POST",
                                "/api/organisations/home/invitations",
                                "{\"role\":\"editor\"}")));
        assertThat(idOf(bob)).as("the same person").isEqualTo(bobsId);
    }

    @Test
    void a_rule_that_no_longer_admits_somebody_ends_the_membership_at_the_next_login()
            throws Exception {
        start("\"everybody\"");
        logIn(ann, null);
        assertThat(role(idOf(ann), "editor")).as("an owner changes the role").isEqualTo(204);
        server().end();
        write("{\"domains\":[\"example.com\"]}");
        server().begin();
        assertThat(as(ann, "GET", "/api/me", "").statusCode()).isEqualTo(200);

        assertPage(ann, null, "not");
        awaitStatus(ann, 401);
        assertThat(rows("people")).isEqualTo(1);

        server().end();
        write("{\"domains\":[\"example.org\"]}");
        server().begin();
        logIn(ann, null);
        assertThat(rows("people")).isEqualTo(1);
    }

    @Test
    void a_share_ends_with_the_right_of_the_person_who_made_it() throws Exception {
        start("\"everybody\"");
        logIn(ann, invite("home", "owner"));
        issuer.subject = "bob-1";
        issuer.email = "bob@example.org";
        logIn(bob, invite("home", "owner"));
        var share = as(bob, "POST", "/api/workspaces/demo/shares", "{\"role\":\"view\"}");
        var guest =
                JsonParser.parseString(share.body()).getAsJsonObject().get("token").getAsString();
        assertThat(send("GET", "/api/workspaces/demo/files", "", bearer(guest)).statusCode())
                .isEqualTo(200);

        assertThat(role(idOf(bob), "editor")).isEqualTo(204);

        awaitStatus(() -> send("GET", "/api/me", "", bearer(guest)).statusCode(), 401);
        assertThat(as(ann, "GET", "/api/workspaces/demo/shares", "").body())
                .isEqualTo("{\"shares\":[]}");
    }

    @Test
    void an_invitation_and_a_share_end_with_the_token_that_they_were_made_with() throws Exception {
        start("\"invited\"");
        var created =
                json(
                        asOwner(
                                "POST",
                                "/api/me/tokens",
                                "{\"name\":\"script\",\"scopes\":[\"edit\",\"admin\"]}"));
        var script = created.get("token").getAsString();
        var invited =
                send(
                        "POST",
                        "/api/organisations/home/invitations",
                        "{\"role\":\"owner\"}",
                        bearer(script));
        var guests = List.of(guestBy(script), guestBy(server().token()));
        assertThat(statuses(guests)).containsExactly(200, 200);
        var invitation = json(invited).getAsJsonObject("invitation").get("id").getAsString();
        assertThat(asOwner("GET", "/api/organisations/home/invitations", "").body())
                .contains(invitation);
        fillInvitations(invitation);
        assertThat(inviteAsOwner()).isEqualTo(409);

        var id = created.getAsJsonObject("details").get("id").getAsString();
        assertThat(asOwner("DELETE", "/api/me/tokens/" + id, "").statusCode()).isEqualTo(204);

        awaitStatus(() -> statuses(guests).getFirst(), 401);
        assertThat(statuses(guests).getLast()).isEqualTo(200);
        assertThat(json(asOwner("GET", "/api/workspaces/demo/shares", "")).getAsJsonArray("shares"))
                .hasSize(1);
        assertThat(asOwner("GET", "/api/organisations/home/invitations", "").body())
                .doesNotContain(invitation);
        assertPage(bob, code(invited), "invitation");
        assertThat(inviteAsOwner()).as("ended invitations do not count").isEqualTo(201);
    }

    private int inviteAsOwner() throws Exception {
        return asOwner("POST", "/api/organisations/home/invitations", "{\"role\":\"viewer\"}")
                .statusCode();
    }

    /// Copies an invitation until there are as many as an organisation may have.
    private void fillInvitations(String invitation) {
        server().database()
                .execute(
                        """
                        INSERT INTO invitations (code_hash, organisation_id, role, invited_by, created_at,
                            expires_at, origin_hash)
                        SELECT sha256(CAST(CAST(number AS text) AS bytea)), organisation_id, role,
                            invited_by, created_at, expires_at, origin_hash
                        FROM invitations, generate_series(2, ?) AS number
                        WHERE id = CAST(? AS uuid)
                        """,
                        Organisations.INVITATIONS,
                        invitation);
    }

    @Test
    void a_token_without_the_scope_admin_makes_nobody_a_member_of_a_workspace() throws Exception {
        start("\"everybody\"");
        logIn(ann, null);
        var token =
                json(asOwner(
                                "POST",
                                "/api/me/tokens",
                                "{\"name\":\"script\",\"scopes\":[\"edit\"]}"))
                        .get("token")
                        .getAsString();
        var member = "/api/workspaces/demo/members/" + idOf(ann);

        assertThat(send("PUT", member, "{\"role\":\"owner\"}", bearer(token)).statusCode())
                .isEqualTo(403);
        assertThat(send("DELETE", member, "", bearer(token)).statusCode()).isEqualTo(403);
        assertThat(asOwner("PUT", member, "{\"role\":\"owner\"}").statusCode()).isEqualTo(204);
    }

    private String guestBy(String token) throws Exception {
        var share =
                send("POST", "/api/workspaces/demo/shares", "{\"role\":\"view\"}", bearer(token));
        return json(share).get("token").getAsString();
    }

    @Test
    void a_member_leaves_but_not_as_the_last_owner() throws Exception {
        start("\"invited\"");
        logIn(ann, invite("home", "owner"));
        assertThat(as(ann, "DELETE", "/api/organisations/home/members/me", "").body())
                .contains("owner-needed");
        issuer.subject = "bob-1";
        issuer.email = "bob@example.org";
        logIn(bob, invite("home", "viewer"));

        assertThat(as(bob, "DELETE", "/api/organisations/home/members/me", "").statusCode())
                .isEqualTo(204);

        awaitStatus(bob, 401);
        assertThat(as(ann, "GET", "/api/organisations/home/members", "").body())
                .contains(idOf(ann))
                .doesNotContain("bob");
    }

    private List<Integer> statuses(List<String> tokens) throws Exception {
        var all = new ArrayList<Integer>();
        for (var token : tokens) {
            all.add(send("GET", "/api/me", "", bearer(token)).statusCode());
        }
        return all;
    }

    private static JsonObject json(HttpResponse<String> answer) {
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }

    private String invite(String organisation, String role) throws Exception {
        return code(
                asOwner(
                        "POST",
                        "/api/organisations/" + organisation + "/invitations",
                        "{\"role\":\"" + role + "\"}"));
    }

    private static String code(HttpResponse<String> invited) {
        assertThat(invited.statusCode()).as(invited.body()).isEqualTo(201);
        var link =
                JsonParser.parseString(invited.body()).getAsJsonObject().get("link").getAsString();
        assertThat(link).startsWith("auth?invitation=");
        return link.substring(link.indexOf('=') + 1);
    }

    private int role(String person, String role) throws Exception {
        return asOwner(
                        "PUT",
                        "/api/organisations/home/members/" + person,
                        "{\"role\":\"" + role + "\"}")
                .statusCode();
    }

    private URI login(@Nullable String invitation) {
        return server().http(
                        "/auth/issuer" + (invitation == null ? "" : "?invitation=" + invitation));
    }

    private void logIn(WebBrowser browser, @Nullable String invitation) throws Exception {
        var answer = browser.open(login(invitation));
        assertThat(answer.uri()).as(answer.body()).isEqualTo(server().http("/"));
    }

    private void assertPage(WebBrowser browser, @Nullable String invitation, String word)
            throws Exception {
        var answer = browser.open(login(invitation));
        assertThat(answer.statusCode()).isBetween(400, 499);
        assertThat(answer.body()).contains(word);
    }

    private String idOf(WebBrowser browser) throws Exception {
        var me = as(browser, "GET", "/api/me", "");
        return JsonParser.parseString(me.body()).getAsJsonObject().get("id").getAsString();
    }

    private void awaitStatus(WebBrowser browser, int status) throws Exception {
        awaitStatus(() -> as(browser, "GET", "/api/me", "").statusCode(), status);
    }

    private static void awaitStatus(Status asked, int status) throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (asked.now() != status) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    @FunctionalInterface
    private interface Status {
        int now() throws Exception;
    }

    private HttpResponse<String> asOwner(String method, String path, String body) throws Exception {
        return send(method, path, body, bearer(server().token()));
    }

    private HttpResponse<String> as(WebBrowser browser, String method, String path, String body)
            throws Exception {
        var cookie = Objects.requireNonNull(browser.cookie("qide_session"));
        return send(
                method,
                path,
                body,
                "Cookie",
                "qide_session=" + cookie,
                "X-Qide-Csrf",
                Identity.csrfToken(cookie));
    }

    private static String[] bearer(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers)
            throws Exception {
        var request =
                HttpRequest.newBuilder(server().http(path))
                        .headers(headers)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body));
        if (method.equals("PUT")) {
            request.header("If-None-Match", "*");
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private void start(String admit) throws IOException {
        Files.writeString(folder.resolve("issuer.secret"), IssuerDouble.SECRET + "\n");
        var workspace = Files.createDirectories(folder.resolve("workspace"));
        server = TestServer.startWithLogin(workspace, port, write(admit));
    }

    private Path write(String admit) throws IOException {
        return Files.writeString(
                folder.resolve("login.json"),
                """
                [{"id":"issuer","kind":"oidc","issuer":"%s","clientId":"%s",
                  "clientSecretFile":"issuer.secret","admit":%s,"role":"viewer"}]
                """
                        .formatted(issuer.url(), IssuerDouble.CLIENT, admit));
    }

    private TestServer server() {
        return Objects.requireNonNull(server);
    }

    private long rows(String table) {
        return server().database().count("SELECT count(*) FROM " + table);
    }
}
