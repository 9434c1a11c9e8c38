package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.TokenTable;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Creates, lists and revokes tokens for the command `token`. A running server learns of changes
/// from the database.
///
/// Thread-safe.
public final class IssuedTokens {
    private static final int TOKENS = 10_000;
    private static final int NAME_CHARACTERS = 64;
    private static final int NAME_ID_DIGITS = 4;
    private static final Duration LONGEST = Duration.ofDays(3_650);

    private final TokenTable table;
    private final SecureRandom random;
    private final InstantSource clock;

    public IssuedTokens(TokenTable table, SecureRandom random, InstantSource clock) {
        this.table = table;
        this.random = random;
        this.clock = clock;
    }

    /// The properties of a new token.
    ///
    /// @param name the name shown in presence; null for one derived from role and id
    /// @param role null for the role that the scopes imply: owner for `admin`, editor for `edit`,
    ///   otherwise viewer
    /// @param lifetime null for no expiry
    public record TokenRequest(
            Set<Scope> scopes,
            @Nullable String name,
            @Nullable Role role,
            @Nullable Duration lifetime) {
        /// @throws IllegalArgumentException with a sentence for the user
        public TokenRequest {
            scopes = Set.copyOf(scopes);
            if (scopes.isEmpty()) {
                throw new IllegalArgumentException("A token needs at least one scope. Name one.");
            }
            if (role == Role.OWNER && !scopes.contains(Scope.ADMIN)) {
                throw new IllegalArgumentException(
                        "The role owner needs the scope admin; the scope edit permits at most the role editor.");
            }
            if (name != null && !isName(name)) {
                throw new IllegalArgumentException(
                        "A name has 1 to "
                                + NAME_CHARACTERS
                                + " characters, none of them a control character.");
            }
            boolean isTooLong = lifetime != null && lifetime.compareTo(LONGEST) > 0;
            if (isTooLong || (lifetime != null && !lifetime.isPositive())) {
                throw new IllegalArgumentException(
                        "A token lasts from 1 to " + LONGEST.toDays() + " days.");
            }
        }

        Role effectiveRole() {
            if (role != null) {
                return role;
            }
            if (scopes.contains(Scope.ADMIN)) {
                return Role.OWNER;
            }
            return scopes.contains(Scope.EDIT) ? Role.EDITOR : Role.VIEWER;
        }

        private static boolean isName(String name) {
            return !name.isBlank()
                    && name.strip().equals(name)
                    && name.length() <= NAME_CHARACTERS
                    && name.codePoints().noneMatch(Character::isISOControl);
        }
    }

    /// A token as `list` shows it.
    ///
    /// @param state `valid`, `expired` or `revoked`
    public record TokenSummary(
            UUID id,
            String name,
            Role role,
            Set<Scope> scopes,
            Instant createdAt,
            @Nullable Instant expiresAt,
            String state) {
        public TokenSummary {
            scopes = Set.copyOf(scopes);
        }
    }

    /// Creates a token. Each belongs to a new person, except that a nameless one with role owner
    /// belongs to the local owner.
    ///
    /// @return the token, which is never shown again
    /// @throws IllegalArgumentException when there are too many
    public String create(TokenRequest request) {
        var id = UUID.randomUUID();
        var role = request.effectiveRole();
        boolean isLocalOwner = role == Role.OWNER && request.name() == null;
        var now = clock.instant();
        var secret = Tokens.random(random);
        var token =
                new TokenTable.Token(
                        id,
                        Tokens.hash(secret),
                        isLocalOwner ? Identity.LOCAL_OWNER.value() : UUID.randomUUID(),
                        isLocalOwner ? Identity.LOCAL_OWNER_NAME : nameOf(request, role, id),
                        role.name(),
                        request.scopes().stream().map(Scope::name).collect(Collectors.toSet()),
                        now,
                        request.lifetime() == null ? null : now.plus(request.lifetime()),
                        null);
        if (!table.create(token, TOKENS)) {
            throw new IllegalArgumentException(
                    "There are " + TOKENS + " valid tokens. Revoke some first.");
        }
        return secret;
    }

    /// All tokens, oldest first; those that became invalid long ago are deleted.
    public List<TokenSummary> list() {
        return table.all().stream().map(this::shown).toList();
    }

    /// Revokes a token and its logins; false when there is no token with this id.
    public boolean revoke(UUID id) {
        return table.revoke(id, clock.instant());
    }

    private TokenSummary shown(TokenTable.Token token) {
        var scopes = EnumSet.noneOf(Scope.class);
        token.scopes().forEach(name -> scopes.add(Scope.valueOf(name)));
        var ends = token.expiresAt();
        var running = ends == null || ends.isAfter(clock.instant()) ? "valid" : "expired";
        return new TokenSummary(
                token.id(),
                token.name(),
                Role.valueOf(token.role()),
                scopes,
                token.createdAt(),
                ends,
                token.revokedAt() == null ? running : "revoked");
    }

    private static String nameOf(TokenRequest request, Role role, UUID id) {
        return request.name() == null
                ? role.wireName() + "-" + id.toString().substring(0, NAME_ID_DIGITS)
                : request.name();
    }
}
