package dev.qide.server.identity;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.limits.RateLimiter;
import dev.qide.server.store.Database;
import dev.qide.server.store.DisplayNameTable;
import dev.qide.server.store.LoginTable;
import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.OrganisationTable;
import dev.qide.server.store.TicketTable;
import dev.qide.server.store.TokenTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.FailureException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Credentials and their validity, on a real database and a controlled clock.
class IdentityTest {
    private static final Resource WORKSPACE =
            new Resource.OfWorkspace(new WorkspaceId(UUID.randomUUID()), OrganisationId.HOME);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// The promised second, plus four for a busy machine.
    private static final Duration ACTS_WITHIN = Duration.ofSeconds(1).plusSeconds(4);

    @TempDir Path data;
    private final TestDatabase base = TestDatabase.create();
    private final AtomicReference<Instant> time =
            new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    private final InstantSource clock = time::get;
    private final AtomicInteger changes = new AtomicInteger();
    private Database database;
    private IssuedTokens tokens;
    private Identity identity;
    private boolean isShared;

    @BeforeEach
    void begin() throws Exception {
        database = new Database(base.address());
        tokens = new IssuedTokens(new TokenTable(database), new SecureRandom(), clock);
        identity = identity();
        identity.addListener(changes::incrementAndGet);
    }

    @AfterEach
    void end() {
        identity.close();
        database.close();
        base.close();
    }

    @Test
    void the_token_of_the_data_directory_belongs_to_the_owner_and_has_every_scope()
            throws Exception {
        var token = Files.readString(data.resolve("token")).strip();
        var owner = Objects.requireNonNull(identity.byToken(token));

        assertThat(owner.name()).isEqualTo("owner");
        assertThat(owner.role()).isEqualTo(Role.OWNER);
        assertThat(owner.scopes()).containsExactlyInAnyOrder(Scope.values());
        assertThat(identity.byId(owner.credential())).isEqualTo(owner);
        assertThat(identity.byToken(token + "x")).isNull();
        assertThat(identity.byToken("")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # scopes     | role wished | role   | reads | edits | administers
                    READ         |             | VIEWER | true  | false | false
                    EDIT         |             | EDITOR | true  | true  | false
                    EDIT,READ,AI |             | EDITOR | true  | true  | false
                    AI           |             | VIEWER | false | false | false
                    OBSERVE      |             | VIEWER | false | false | false
                    ADMIN        |             | OWNER  | false | false | true
                    EDIT         | VIEWER      | VIEWER | true  | false | false
                    READ         | EDITOR      | EDITOR | true  | false | false
                    ADMIN,EDIT   | EDITOR      | EDITOR | true  | true  | false
                    """)
    void a_token_permits_what_both_its_scopes_and_role_permit(
            String scopes,
            @Nullable Role wished,
            Role role,
            boolean reads,
            boolean edits,
            boolean administers) {
        var principal = shown(tokens.create(request(scopes, "Ann", wished, null)));

        assertThat(principal.role()).isEqualTo(role);
        assertThat(principal.name()).isEqualTo("Ann");
        assertThat(Authorizer.can(principal, Action.READ_WORKSPACE, WORKSPACE)).isEqualTo(reads);
        assertThat(Authorizer.can(principal, Action.EDIT_WORKSPACE, WORKSPACE)).isEqualTo(edits);
        assertThat(Authorizer.can(principal, Action.TRUST_WORKSPACE, WORKSPACE))
                .isEqualTo(administers);
    }

    @Test
    void an_invalid_token_request_is_refused_with_a_sentence() {
        refused("the scope admin", () -> request("EDIT", null, Role.OWNER, null));
        refused(
                "at least one scope",
                () -> new IssuedTokens.TokenRequest(Set.of(), null, null, null));
        for (var name : new String[] {"", " ", " a", "a\nb", "x".repeat(65)}) {
            refused("A name has", () -> request("READ", name, null, null));
        }
        for (var days : new int[] {0, -1, 3_651}) {
            refused("days", () -> request("READ", null, null, Duration.ofDays(days)));
        }
    }

    @Test
    void each_token_belongs_to_a_new_person_except_nameless_owner_tokens() {
        var one = shown(tokens.create(request("READ", "Ann", null, null)));
        var other = shown(tokens.create(request("READ", "Ann", null, null)));
        var nameless = shown(tokens.create(request("EDIT", null, null, null)));
        var owner = Objects.requireNonNull(identity.byToken(identity.token()));
        var ownerToo = shown(tokens.create(request("ADMIN,READ", null, null, null)));

        assertThat(one.id()).isNotEqualTo(other.id());
        assertThat(nameless.name()).matches("editor-[0-9a-f]{4}");
        assertThat(ownerToo.id()).isEqualTo(owner.id());
        assertThat(ownerToo.name()).isEqualTo("owner");
        assertThat(mayEdit(ownerToo.credential()))
                .as("the owner, with a credential that may only read")
                .isFalse();
        assertThat(mayEdit(owner.credential())).isTrue();
    }

    private boolean mayEdit(CredentialId credential) {
        return Authorizer.can(identity.byId(credential), Action.EDIT_WORKSPACE, WORKSPACE);
    }

    @Test
    @Tag("alone")
    void a_revocation_takes_effect_within_a_second() {
        var token = tokens.create(request("EDIT", "Ann", null, null));
        var principal = shown(token);
        var id = tokens.list().getFirst().id();
        assertThat(identity.byId(principal.credential())).isEqualTo(principal);
        int before = changes.get();

        assertThat(tokens.revoke(id)).isTrue();

        await(ACTS_WITHIN, () -> identity.byId(principal.credential()) == null);
        await(ACTS_WITHIN, () -> changes.get() > before);
        assertThat(identity.byToken(token)).isNull();
        assertThat(tokens.list().getFirst().state()).isEqualTo("revoked");
    }

    @Test
    void a_token_expires_without_a_query() {
        var token = tokens.create(request("READ", "Ann", null, Duration.ofDays(2)));
        var principal = shown(token);
        pass(Duration.ofDays(2).minusSeconds(1));
        assertThat(identity.byId(principal.credential())).isEqualTo(principal);

        pass(Duration.ofSeconds(1));

        assertThat(identity.byId(principal.credential())).isNull();
        assertThat(identity.byToken(token)).isNull();
        assertThat(tokens.list().getFirst().state()).isEqualTo("expired");
    }

    @Test
    void a_login_keeps_role_and_scopes_and_ends_with_its_token() {
        var token = tokens.create(request("READ,AI", "Ann", null, null));
        var secret = identity.login("127.0.0.1", token, "");
        var principal = Objects.requireNonNull(identity.byCookie(secret));

        assertThat(principal)
                .usingRecursiveComparison()
                .ignoringFields("credential")
                .isEqualTo(shown(token));
        assertThat(identity.byToken(secret)).as("a cookie is no token").isNull();
        assertThat(identity.byCookie(token)).as("a token is no cookie").isNull();

        assertThat(tokens.revoke(tokens.list().getFirst().id())).isTrue();
        await(PATIENCE, () -> identity.byId(principal.credential()) == null);
        assertThat(identity.byCookie(secret)).isNull();
    }

    @Test
    void a_login_expires_with_its_token() {
        var token = tokens.create(request("READ", "Ann", null, Duration.ofDays(1)));
        var secret = identity.login("127.0.0.1", token, "");
        assertThat(identity.byCookie(secret)).isNotNull();

        pass(Duration.ofDays(1));

        assertThat(identity.byCookie(secret)).isNull();
    }

    @Test
    void a_logout_ends_the_login_at_once_but_not_the_token() {
        var token = tokens.create(request("READ", "Ann", null, null));
        var secret = identity.login("127.0.0.1", token, "");
        var principal = Objects.requireNonNull(identity.byCookie(secret));
        int before = changes.get();

        identity.logout(CredentialId.ofSecret(token));
        identity.logout(CredentialId.ofSecret(secret));

        assertThat(identity.byId(principal.credential())).isNull();
        assertThat(changes.get()).isGreaterThan(before);
        assertThat(identity.byToken(token)).isNotNull();
        assertThat(identity.byCookie(secret)).isNull();
    }

    @Test
    void the_owners_logins_end_with_the_token_of_the_data_directory() throws Exception {
        var secret = identity.login("127.0.0.1", identity.token(), "");
        assertThat(identity.byCookie(secret)).isNotNull();
        identity.close();
        identity = identity();
        assertThat(identity.byCookie(secret)).as("after a restart").isNotNull();

        identity.close();
        Files.delete(data.resolve("token"));
        identity = identity();

        assertThat(identity.byCookie(secret)).as("with another token").isNull();
    }

    @Test
    void a_ticket_is_valid_once_for_thirty_seconds() {
        var principal = shown(tokens.create(request("READ", "Ann", null, null)));
        var ticket = identity.ticket(principal);

        assertThat(identity.byTicket("x")).isNull();
        assertThat(identity.byTicket(ticket)).isEqualTo(principal);
        assertThat(identity.byTicket(ticket)).as("a second time").isNull();

        var late = identity.ticket(principal);
        pass(Identity.TICKET_LIFETIME);
        assertThat(identity.byTicket(late)).as("too late").isNull();

        var last = identity.ticket(principal);
        assertThat(tokens.revoke(tokens.list().getFirst().id())).isTrue();
        await(PATIENCE, () -> identity.byId(principal.credential()) == null);
        assertThat(identity.byTicket(last)).as("of a revoked token").isNull();
    }

    @Test
    void several_servers_share_their_tickets_and_one_of_them_redeems_each_once() throws Exception {
        isShared = true;
        try (var other = identity()) {
            var principal = shown(tokens.create(request("READ", "Ann", null, null)));
            var ticket = identity.ticket(principal);
            assertThat(other.byTicket(ticket)).isEqualTo(principal);
            assertThat(other.byTicket(ticket)).isNull();
            assertThat(identity.byTicket(ticket)).isNull();

            var late = identity.ticket(principal);
            pass(Identity.TICKET_LIFETIME);
            assertThat(other.byTicket(late)).as("too late").isNull();

            for (int i = 0; i < Tickets.TICKETS_PER_PRINCIPAL; i++) {
                assertThat(other.ticket(principal)).isNotBlank();
            }
            assertTooMany(principal);

            var secret = identity.login("127.0.0.1", identity.token(), "");
            var owner = Objects.requireNonNull(identity.byCookie(secret));
            assertThat(other.byTicket(identity.ticket(owner))).isEqualTo(owner);
        }
    }

    @Test
    void unused_tickets_per_person_are_bounded_until_they_expire() {
        var ann = shown(tokens.create(request("READ", "Ann", null, null)));
        var ben = shown(tokens.create(request("READ", "Ben", null, null)));
        var tickets = new ArrayList<String>();
        for (int i = 0; i < Tickets.TICKETS_PER_PRINCIPAL; i++) {
            tickets.add(identity.ticket(ann));
        }

        assertTooMany(ann);
        assertThat(identity.byTicket(identity.ticket(ben))).isEqualTo(ben);
        assertThat(identity.byTicket(tickets.getFirst())).isEqualTo(ann);
        assertThat(identity.ticket(ann)).isNotBlank();
        assertTooMany(ann);
        pass(Identity.TICKET_LIFETIME);
        assertThat(identity.ticket(ann)).isNotBlank();
    }

    @Test
    void the_total_number_of_unused_tickets_is_bounded() {
        var tickets = new Tickets(clock);
        int people = Tickets.TICKETS / Tickets.TICKETS_PER_PRINCIPAL + 1;
        int issued = 0;
        for (int principal = 0; principal < people; principal++) {
            var someone = shown(tokens.create(request("READ", "P" + principal, null, null)));
            for (int i = 0; i < Tickets.TICKETS_PER_PRINCIPAL && issued < Tickets.TICKETS; i++) {
                tickets.issue(new CredentialId("t" + issued++), someone);
            }
        }
        var another = shown(tokens.create(request("READ", "Zoe", null, null)));

        assertThatThrownBy(() -> tickets.issue(new CredentialId("more"), another))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("too-many-requests");
        pass(Tickets.LIFETIME);
        tickets.issue(new CredentialId("more"), another);
        assertThat(tickets.redeem(new CredentialId("more"))).isEqualTo(another.credential());
    }

    @Test
    void while_the_database_is_down_the_last_result_stays_valid_and_expiry_continues()
            throws Exception {
        var token = tokens.create(request("EDIT", "Ann", null, null));
        var principal = shown(token);
        var brief = shown(tokens.create(request("READ", "Ben", null, Duration.ofDays(1))));
        var unseen = tokens.create(request("READ", "Cas", null, null));
        base.goAway();
        try {
            assertThatThrownBy(() -> identity.byToken(unseen))
                    .isInstanceOf(FailureException.class)
                    .hasMessageContaining("store-unavailable");
            assertThat(identity.byToken(token)).isEqualTo(principal);
            assertThat(identity.byId(principal.credential())).isEqualTo(principal);
            assertThat(identity.byToken(identity.token())).isNotNull();
            assertThat(identity.byId(brief.credential())).isEqualTo(brief);
            pass(Duration.ofDays(1));
            assertThat(identity.byId(brief.credential())).isNull();
        } finally {
            base.comeBack();
        }
        await(PATIENCE, () -> isKnown(unseen));
    }

    private boolean isKnown(String token) {
        try {
            return identity.byToken(token) != null;
        } catch (FailureException _) {
            return false;
        }
    }

    private Identity identity() throws Exception {
        return new Identity(
                data,
                new Identity.Tables(
                        new TokenTable(database),
                        new LoginTable(database),
                        new DisplayNameTable(database),
                        new OrganisationTable(database),
                        new TicketTable(database)),
                new RateLimiter(20, Duration.ofMinutes(1)),
                clock,
                () -> isShared);
    }

    private Principal shown(String token) {
        return Objects.requireNonNull(identity.byToken(token));
    }

    private void pass(Duration duration) {
        time.updateAndGet(now -> now.plus(duration));
    }

    private void assertTooMany(Principal principal) {
        assertThatThrownBy(() -> identity.ticket(principal))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("too-many-requests");
    }

    private static IssuedTokens.TokenRequest request(
            String scopes, @Nullable String name, @Nullable Role role, @Nullable Duration lasting) {
        var all = new ArrayList<Scope>();
        for (var scope : scopes.split(",", -1)) {
            all.add(Scope.valueOf(scope));
        }
        return new IssuedTokens.TokenRequest(Set.copyOf(all), name, role, lasting);
    }

    private static void refused(String sentence, Runnable request) {
        assertThatThrownBy(request::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence);
    }
}
