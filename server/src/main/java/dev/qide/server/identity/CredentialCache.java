package dev.qide.server.identity;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.LoginTable;
import dev.qide.server.store.TokenTable;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tokens and logins in use, as the database said a moment ago.
///
/// One thread asks the database: for those in use every 300 ms, and for one that is not known yet
/// at once, all that wait together, so that guessing costs one query at a time. Whether somebody
/// may do something is answered from memory. While the database does not answer, what it said last
/// stays; only expiry goes on.
///
/// Thread-safe.
final class CredentialCache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialCache.class);
    private static final Duration ASK_EVERY = Duration.ofMillis(300);
    private static final Duration LOOKUP_WAIT = Duration.ofSeconds(6);
    private static final Duration UNUSED = Duration.ofMinutes(10);
    private static final Duration PURGE_EVERY = Duration.ofHours(1);
    private static final Duration REMEMBERED = Duration.ofDays(30);
    private static final int CREDENTIALS = 20_000;
    private static final int LOOKUPS = 1_024;

    private final TokenTable tokens;
    private final LoginTable logins;
    private final byte[] localHash;
    private final InstantSource clock;
    private final Runnable changed;
    private final Map<CredentialId, Known> known = new ConcurrentHashMap<>();
    private final BlockingQueue<Lookup> lookups = new ArrayBlockingQueue<>(LOOKUPS);
    private final BackgroundTask task;
    private volatile boolean isClosing;

    /// One credential that held a moment ago.
    private static final class Known {
        private final Principal principal;
        private final boolean isLogin;
        private final @Nullable Instant expiresAt;
        private volatile long usedAt = System.nanoTime();

        Known(Principal principal, boolean isLogin, @Nullable Instant expiresAt) {
            this.principal = principal;
            this.isLogin = isLogin;
            this.expiresAt = expiresAt;
        }
    }

    /// Somebody who waits to hear of a credential.
    private record Lookup(CredentialId id, CompletableFuture<@Nullable Known> answer) {}

    /// @param localHash hash of the token that is not in the database
    /// @param changed called when a credential ended or changed; must not block
    CredentialCache(
            TokenTable tokens,
            LoginTable logins,
            byte[] localHash,
            InstantSource clock,
            Runnable changed) {
        this.tokens = tokens;
        this.logins = logins;
        this.localHash = localHash.clone();
        this.clock = clock;
        this.changed = changed;
        task = new BackgroundTask(Thread.ofPlatform().name("identity").daemon(), this::run).begin();
    }

    /// Who is behind a credential that somebody shows; null when it does not hold. May wait for the
    /// database.
    ///
    /// @param isLogin which of both kinds it must be: the secret of a cookie is no token
    /// @throws FailureException `STORE_UNAVAILABLE`, `TOO_MANY_REQUESTS`
    @Nullable Principal shown(CredentialId id, boolean isLogin) {
        var found = known.get(id);
        if (found == null) {
            found = lookUp(id);
        }
        return found == null || found.isLogin != isLogin ? null : principalOf(found);
    }

    /// Who is behind a credential that was shown before, as this moment sees them; never waits.
    @Nullable Principal now(CredentialId id) {
        var found = known.get(id);
        return found == null ? null : principalOf(found);
    }

    /// When a credential in use ends by itself; null for never or when it is not in use.
    @Nullable Instant expiryOf(CredentialId id) {
        var found = known.get(id);
        return found == null ? null : found.expiresAt;
    }

    /// Forgets a login that was ended here.
    void ended(CredentialId login) {
        known.computeIfPresent(login, (_, it) -> it.isLogin ? null : it);
        changed.run();
    }

    /// Whether credentials are looked at.
    Health.State state() {
        return task.state();
    }

    @Override
    public void close() {
        isClosing = true;
        task.close();
    }

    private @Nullable Principal principalOf(Known found) {
        found.usedAt = System.nanoTime();
        var end = found.expiresAt;
        return end != null && !end.isAfter(clock.instant()) ? null : found.principal;
    }

    private @Nullable Known lookUp(CredentialId id) {
        var lookup = new Lookup(id, new CompletableFuture<>());
        if (!lookups.offer(lookup)) {
            throw new FailureException(Failure.TOO_MANY_REQUESTS);
        }
        try {
            return lookup.answer().get(LOOKUP_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            throw new FailureException(Failure.STORE_UNAVAILABLE, Map.of(), failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING, Map.of(), stop);
        }
    }

    private void run() throws InterruptedException {
        long asked = System.nanoTime();
        long purged = asked - PURGE_EVERY.toNanos();
        while (!isClosing) {
            try {
                long left = ASK_EVERY.toNanos() - (System.nanoTime() - asked);
                var first = lookups.poll(Math.max(left, 0), TimeUnit.NANOSECONDS);
                if (first != null) {
                    answer(first);
                }
                if (System.nanoTime() - asked >= ASK_EVERY.toNanos()) {
                    asked = System.nanoTime();
                    refresh();
                }
                if (System.nanoTime() - purged >= PURGE_EVERY.toNanos()) {
                    purged = System.nanoTime();
                    purge();
                }
            } catch (FailureException _) {
                // The database does not answer, which its own probe tells: what it said last stays.
            } catch (RuntimeException bug) {
                LOG.atError()
                        .addKeyValue("event.action", "identity.refresh_failed")
                        .setCause(bug)
                        .log("credentials could not be looked at");
            }
        }
    }

    private void answer(Lookup first) {
        var waiting = new ArrayList<>(List.of(first));
        lookups.drainTo(waiting);
        try {
            var found = ask(waiting.stream().map(Lookup::id).collect(Collectors.toSet()));
            makeRoom(found.size());
            known.putAll(found);
            waiting.forEach(lookup -> lookup.answer().complete(found.get(lookup.id())));
        } catch (RuntimeException | Error failure) {
            waiting.forEach(lookup -> lookup.answer().completeExceptionally(failure));
            throw failure;
        }
    }

    private void refresh() {
        long now = System.nanoTime();
        known.values().removeIf(it -> now - it.usedAt > UNUSED.toNanos());
        if (known.isEmpty()) {
            return;
        }
        var before = Map.copyOf(known);
        var after = ask(before.keySet());
        boolean isChanged = false;
        for (var entry : before.entrySet()) {
            var old = entry.getValue();
            var fresh = after.get(entry.getKey());
            if (fresh == null) {
                known.remove(entry.getKey());
                isChanged = true;
            } else if (!fresh.principal.equals(old.principal)
                    || !Objects.equals(fresh.expiresAt, old.expiresAt)) {
                fresh.usedAt = old.usedAt;
                // One that was ended here meanwhile stays away.
                known.replace(entry.getKey(), fresh);
                isChanged = true;
            }
        }
        if (isChanged) {
            changed.run();
        }
    }

    private Map<CredentialId, Known> ask(Set<CredentialId> ids) {
        var hashes = ids.stream().map(CredentialId::hash).toList();
        var found = new HashMap<CredentialId, Known>();
        for (var validCredential : tokens.valid(hashes, localHash, clock.instant())) {
            var id = CredentialId.of(validCredential.hash());
            var principal = principal(id, validCredential);
            if (principal != null) {
                found.put(
                        id,
                        new Known(
                                principal, validCredential.isLogin(), validCredential.expiresAt()));
            }
        }
        return found;
    }

    /// At the bound the ones that were unused for longest go; those of open sockets are used all
    /// the time.
    private void makeRoom(int coming) {
        long now = System.nanoTime();
        int tooMany = known.size() + coming - CREDENTIALS;
        if (tooMany > 0) {
            var going =
                    known.entrySet().stream()
                            .sorted(Comparator.comparingLong(it -> it.getValue().usedAt - now))
                            .limit(tooMany)
                            .map(Map.Entry::getKey)
                            .toList();
            known.keySet().removeAll(new HashSet<>(going));
        }
    }

    private void purge() {
        var _ = logins.purge(clock.instant());
        var _ = tokens.purge(clock.instant().minus(REMEMBERED));
    }

    /// Null for a role that this version does not know; scopes that it does not know allow nothing.
    private static @Nullable Principal principal(
            CredentialId id, TokenTable.ValidCredential validCredential) {
        var role = named(Role.values(), validCredential.role());
        var scopes = EnumSet.noneOf(Scope.class);
        for (var name : validCredential.scopes()) {
            var scope = named(Scope.values(), name);
            if (scope != null) {
                scopes.add(scope);
            }
        }
        return role == null
                ? null
                : new Principal(
                        new UserId(validCredential.principal()),
                        validCredential.name(),
                        role,
                        scopes,
                        id);
    }

    private static <E extends Enum<E>> @Nullable E named(E[] all, String name) {
        for (var one : all) {
            if (one.name().equals(name)) {
                return one;
            }
        }
        return null;
    }
}
