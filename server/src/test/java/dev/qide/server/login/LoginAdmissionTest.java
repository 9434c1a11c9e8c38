package dev.qide.server.login;

import static dev.qide.server.login.LoginFixture.assertPage;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Who may log in by a provider, with which role, and with which account.
class LoginAdmissionTest {
    @RegisterExtension final LoginFixture logins = new LoginFixture();
    @TempDir Path folder;
    @RegisterExtension final WebBrowser ann = new WebBrowser();
    @RegisterExtension final WebBrowser bob = new WebBrowser();

    @Test
    void the_first_owner_comes_by_a_link_that_counts_once() throws Exception {
        logins.start(folder, "\"invited\"", "viewer", "\"invited\"");
        var link =
                URI.create(Files.readString(logins.server().data().resolve("first-owner")).strip());
        assertPage(ann.open(logins.server().http("/auth/github")), LoginFailure.NOT_ADMITTED);
        assertThat(logins.server().link()).as("no token").contains("#token=");

        var choice = ann.once(link);
        assertThat(choice.statusCode()).isEqualTo(200);
        assertThat(choice.body()).contains("You are invited", "Log in with GitHub");
        var begin = link.toString().replace("/auth?", "/auth/github?");
        assertThat(ann.open(URI.create(begin)).statusCode()).isEqualTo(200);
        assertThat(ann.once(logins.server().http("/api/me")).body())
                .contains("annlee", "\"role\":\"owner\"", "observe");

        logins.issuer().email = "bob@example.org";
        var again = link.toString().replace("/auth?", "/auth/issuer?");
        assertPage(bob.open(URI.create(again)), LoginFailure.INVITATION_INVALID);
        logins.server().end();
        logins.server().begin();
        assertThat(Files.exists(logins.server().data().resolve("first-owner"))).isFalse();
        assertThat(Files.readString(logins.server().data().resolve("token"))).isNotBlank();
    }

    @Test
    void a_domain_admits_verified_addresses_only() throws Exception {
        logins.start(folder, "{\"domains\":[\"example.ORG\"]}", "viewer", "\"invited\"");
        logins.issuer().isEmailVerified = false;
        assertPage(ann.open(logins.server().http("/auth/issuer")), LoginFailure.EMAIL_NOT_VERIFIED);
        logins.issuer().isEmailVerified = true;
        logins.issuer().email = "ann@evil-example.org";
        assertPage(ann.open(logins.server().http("/auth/issuer")), LoginFailure.NOT_ADMITTED);
        logins.issuer().email = "ann@example.org";
        logins.logIn(ann, "issuer");
        assertThat(ann.once(logins.server().http("/api/me")).body())
                .contains("\"role\":\"viewer\"");
    }

    @Test
    void an_address_of_the_id_token_counts_although_the_user_info_has_none() throws Exception {
        logins.start(folder, "{\"domains\":[\"example.org\"]}", "viewer", "\"invited\"");
        logins.issuer().isEmailInIdToken = true;
        logins.issuer().isEmailVerified = false;
        assertPage(ann.open(logins.server().http("/auth/issuer")), LoginFailure.EMAIL_NOT_VERIFIED);
        logins.issuer().isEmailVerified = true;
        logins.logIn(ann, "issuer");
        assertThat(ann.once(logins.server().http("/api/me")).body()).contains("Ann");
    }

    @Test
    void an_organisation_of_github_admits_its_members() throws Exception {
        logins.start(folder, "\"invited\"", "viewer", "{\"organisations\":[\"Acme\"]}");
        assertPage(ann.open(logins.server().http("/auth/github")), LoginFailure.NOT_ADMITTED);
        logins.github().organisation = "acme";
        logins.logIn(ann, "github");
    }

    @Test
    void a_rate_limit_of_github_takes_no_membership_away() throws Exception {
        logins.start(folder, "\"invited\"", "viewer", "{\"organisations\":[\"Acme\"]}");
        logins.github().organisation = "acme";
        logins.logIn(ann, "github");
        logins.server().database().execute("UPDATE memberships SET role = 'OWNER'");

        for (var limit :
                List.of(Map.of("Retry-After", "60"), Map.of("X-RateLimit-Remaining", "0"))) {
            logins.github().rateLimit = limit;
            assertPage(ann.open(logins.server().http("/auth/github")), LoginFailure.PROVIDER_DOWN);
        }

        logins.github().rateLimit = Map.of();
        logins.logIn(ann, "github");
        assertThat(ann.once(logins.server().http("/api/me")).body()).contains("\"role\":\"owner\"");
    }

    @Test
    void a_domain_admits_by_any_verified_address_of_github() throws Exception {
        logins.start(folder, "\"invited\"", "viewer", "{\"domains\":[\"example.org\"]}");
        logins.github().emails =
                """
                [{"email":"ann@private.example","verified":true,"primary":true},
                 {"email":"ann@example.org","verified":false,"primary":false}]
                """;
        assertPage(ann.open(logins.server().http("/auth/github")), LoginFailure.NOT_ADMITTED);
        logins.github().emails =
                """
                [{"email":"ann@example.org","verified":true,"primary":true},
                 {"email":"ann@private.example","verified":true,"primary":false}]
                """;
        logins.logIn(ann, "github");
        logins.github().emails =
                """
                [{"email":"ann@example.org","verified":true,"primary":false},
                 {"email":"ann@private.example","verified":true,"primary":true}]
                """;
        logins.logIn(ann, "github");
        assertThat(ann.once(logins.server().http("/api/accounts")).body())
                .contains("ann@private.example");
    }

    @Test
    void accounts_are_linked_only_by_the_person_who_is_logged_in() throws Exception {
        logins.start(folder, "\"everybody\"", "editor", "\"everybody\"");
        logins.logIn(ann, "issuer");

        // The same verified address at another provider is not enough.
        assertPage(bob.open(logins.server().http("/auth/github")), LoginFailure.EMAIL_KNOWN);

        var csrf =
                ann.once(logins.server().http("/api/me"))
                        .headers()
                        .firstValue("X-Qide-Csrf")
                        .orElseThrow();
        var body = "{\"provider\":\"github\"}";
        var accounts = logins.server().http("/api/accounts");
        assertThat(ann.post(accounts, "application/json", body).statusCode()).isEqualTo(403);
        assertThat(bob.post(accounts, "application/json", body).statusCode()).isEqualTo(401);
        var begun = ann.post(accounts, "application/json", body, "X-Qide-Csrf", csrf);
        assertThat(begun.statusCode()).isEqualTo(200);
        var url = begun.body().replaceFirst(".*\"url\":\"([^\"]+)\".*", "$1");
        assertThat(
                        ann.open(URI.create(url.replace("\\u0026", "&").replace("\\u003d", "=")))
                                .statusCode())
                .isEqualTo(200);
        assertThat(logins.rows("accounts")).isEqualTo(2);
        logins.awaitRow("audit_events WHERE operation = 'link' AND object = 'github'");

        bob.forgetCookies();
        logins.logIn(bob, "github");
        assertThat(bob.once(logins.server().http("/api/me")).body())
                .isEqualTo(ann.once(logins.server().http("/api/me")).body());
        assertThat(logins.rows("people")).isEqualTo(1);

        // Somebody else links the same account.
        bob.forgetCookies();
        logins.issuer().subject = "cleo-1";
        logins.issuer().email = "cleo@example.org";
        logins.logIn(bob, "issuer");
        var ofCleo =
                bob.once(logins.server().http("/api/me"))
                        .headers()
                        .firstValue("X-Qide-Csrf")
                        .orElseThrow();
        var again = bob.post(accounts, "application/json", body, "X-Qide-Csrf", ofCleo);
        assertPage(bob.open(URI.create(address(again.body()))), LoginFailure.ACCOUNT_TAKEN);
        logins.awaitRow(
                "audit_events WHERE operation = 'link' AND result = 'account-taken'"
                        + " AND person_id IS NOT NULL");
    }

    @Test
    void a_login_with_a_linked_account_does_not_end_what_the_rule_of_the_first_one_gave()
            throws Exception {
        logins.start(folder, "{\"domains\":[\"example.org\"]}", "viewer", "\"invited\"");
        logins.logIn(ann, "issuer");
        assertThat(link(ann, "github").statusCode()).isEqualTo(200);
        logins.issuer().subject = "ann-at-home";
        logins.issuer().email = "ann@home.example";
        assertThat(link(ann, "issuer").statusCode()).isEqualTo(200);
        var database = logins.server().database();
        database.execute("UPDATE memberships SET role = 'OWNER'");

        logins.logIn(bob, "issuer");
        logins.logIn(bob, "github");
        assertThat(bob.once(logins.server().http("/api/me")).body()).contains("\"role\":\"owner\"");
        database.execute(
                "UPDATE memberships SET admitted_provider = NULL, admitted_subject = NULL");
        logins.logIn(bob, "issuer");
        logins.logIn(bob, "github");
        assertThat(bob.once(logins.server().http("/api/me")).body())
                .as("of an earlier version")
                .contains("\"role\":\"owner\"");

        logins.issuer().subject = "ann-1";
        assertPage(bob.open(logins.server().http("/auth/issuer")), LoginFailure.NOT_ADMITTED);
        assertThat(logins.rows("memberships")).isZero();
    }

    /// Links the account with which the provider logs in.
    private HttpResponse<String> link(WebBrowser browser, String provider) throws Exception {
        var csrf =
                browser.once(logins.server().http("/api/me"))
                        .headers()
                        .firstValue("X-Qide-Csrf")
                        .orElseThrow();
        var begun =
                browser.post(
                        logins.server().http("/api/accounts"),
                        "application/json",
                        "{\"provider\":\"" + provider + "\"}",
                        "X-Qide-Csrf",
                        csrf);
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(200);
        return browser.open(URI.create(address(begun.body())));
    }

    /// The value of `url`.
    private static String address(String json) {
        return JsonParser.parseString(json).getAsJsonObject().get("url").getAsString();
    }
}
