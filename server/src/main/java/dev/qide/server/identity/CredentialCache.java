package dev.qide.server.identity;

import dev.qide.server.concurrent.BackgroundTask;
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

/// A cache of the tokens and logins in use.
///
/// One thread queries the database: every 300 ms for all credentials in use, and at once for
/// unknown ones, batched, so that guessing costs one query at a time. Access checks read memory
/// only. While the database does not respond, the last result remains valid; only expiry continues.
///
/// Thread-safe.
final class CredentialCache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialCache.class);
    private static final Duration REFRESH_INTERVAL = Duration.ofMillis(300);
    private static final Duration LOOKUP_WAIT = Duration.ofSeconds(6);
    private static final Duration UNUSED = Duration.ofMinutes(10);
    private static final Duration USE_INTERVAL = Duration.ofMinutes(1);
    private static final Duration PURGE_INTERVAL = Duration.ofHours(1);
    private static final Duration RETENTION = Duration.ofDays(30);
    private static final int CREDENTIALS = 20_000;
    private static final int LOOKUPS = 1_024;

    private final TokenTable tokens;
    private final LoginTable logins;
    private final CredentialPrincipals principals;
    private final byte[] localHash;
    private final InstantSource clock;
    private final Runnable changed;
    private final Map<CredentialId, Known> known = new ConcurrentHashMap<>();

    /// The present names of the people behind `known`.
    private final Map<UserId, String> names = new ConcurrentHashMap<>();

    private final BlockingQueue<Lookup> lookups = new ArrayBlockingQueue<>(LOOKUPS);
    private final BackgroundTask task;
    private volatile boolean isClosing;

    /// One credential that was valid at the last query.
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

        private Known named(String name) {
            var renamed = new Known(principal.named(name), isLogin, expiresAt);
            renamed.usedAt = usedAt;
            return renamed;
        }
    }

    /// A caller that waits for the lookup of a credential.
    private record Lookup(CredentialId id, CompletableFuture<@Nullable Known> answer) {}

    /// @param localHash hash of the token that is not in the database
    /// @param changed called when a credential ended or changed; must not block
    CredentialCache(
            Identity.Tables tables, byte[] localHash, InstantSource clock, Runnable changed) {
        this.tokens = tables.tokens();
        this.logins = tables.logins();
        this.principals = new CredentialPrincipals(tables.organisations());
        this.localHash = localHash.clone();
        this.clock = clock;
        this.changed = changed;
        task = new BackgroundTask(Thread.ofPlatform().name("identity").daemon(), this::run).begin();
    }

    /// The principal of a presented credential; null when it is invalid. May wait for the database.
    ///
    /// @param isLogin the required kind: a cookie's secret is not a token
    /// @throws FailureException `STORE_UNAVAILABLE`, `TOO_MANY_REQUESTS`
    @Nullable Principal present(CredentialId id, boolean isLogin) {
        var found = known.get(id);
        if (found == null) {
            found = lookUp(id);
        }
        return found == null || found.isLogin != isLogin ? null : principalOf(found);
    }

    /// The principal of a credential presented earlier, with its current rights. Never waits.
    @Nullable Principal current(CredentialId id) {
        var found = known.get(id);
        return found == null ? null : principalOf(found);
    }

    /// Whether a credential in use is a login.
    boolean isLogin(CredentialId id) {
        var found = known.get(id);
        return found != null && found.isLogin;
    }

    /// The expiry of a credential in use; null for never or when it is not in use.
    @Nullable Instant expiryOf(CredentialId id) {
        var found = known.get(id);
        return found == null ? null : found.expiresAt;
    }

    /// The present name of a person with a credential in use, or null.
    @Nullable String nameOf(UserId person) {
        return names.get(person);
    }

    /// Gives a person another name at once; the database has it already.
    void rename(UserId person, String name) {
        names.computeIfPresent(person, (_, _) -> name);
        known.replaceAll((_, it) -> it.principal.id().equals(person) ? it.named(name) : it);
    }

    /// Removes a login that ended on this server.
    void remove(CredentialId login) {
        known.computeIfPresent(login, (_, it) -> it.isLogin ? null : it);
        changed.run();
    }

    /// Whether credentials are refreshed.
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
        long refreshed = System.nanoTime();
        long purged = refreshed - PURGE_INTERVAL.toNanos();
        long noted = refreshed;
        while (!isClosing) {
            try {
                long left = REFRESH_INTERVAL.toNanos() - (System.nanoTime() - refreshed);
                var first = lookups.poll(Math.max(left, 0), TimeUnit.NANOSECONDS);
                if (first != null) {
                    complete(first);
                }
                if (System.nanoTime() - refreshed >= REFRESH_INTERVAL.toNanos()) {
                    refreshed = System.nanoTime();
                    refresh();
                }
                if (System.nanoTime() - noted >= USE_INTERVAL.toNanos()) {
                    noted = System.nanoTime();
                    noteUse();
                }
                if (System.nanoTime() - purged >= PURGE_INTERVAL.toNanos()) {
                    purged = System.nanoTime();
                    purge();
                }
            } catch (FailureException _) {
                // The database does not respond, which its probe reports; the last result remains
                // valid.
            } catch (RuntimeException bug) {
                LOG.atError()
                        .addKeyValue("event.action", "identity.refresh_failed")
                        .setCause(bug)
                        .log("refreshing credentials failed");
            }
        }
    }

    private void complete(Lookup first) {
        var waiting = new ArrayList<>(List.of(first));
        lookups.drainTo(waiting);
        try {
            var found = query(waiting.stream().map(Lookup::id).collect(Collectors.toSet()));
            evict(found.size());
            found.values().forEach(this::rememberName);
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
            names.clear();
            return;
        }
        var before = Map.copyOf(known);
        var after = query(before.keySet());
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
                // A login that ended on this server meanwhile stays removed.
                known.replace(entry.getKey(), fresh);
                rememberName(fresh);
                isChanged = true;
            }
        }
        names.keySet()
                .retainAll(
                        known.values().stream()
                                .map(it -> it.principal.id())
                                .collect(Collectors.toSet()));
        if (isChanged) {
            changed.run();
        }
    }

    private Map<CredentialId, Known> query(Set<CredentialId> ids) {
        var hashes = ids.stream().map(CredentialId::hash).toList();
        var found = new HashMap<CredentialId, Known>();
        var valid = tokens.valid(hashes, validity());
        var readable = principals.of(valid);
        for (var one : valid) {
            var id = CredentialId.of(one.hash());
            var principal = readable.get(id);
            if (principal != null) {
                found.put(id, new Known(principal, one.isLogin(), one.expiresAt()));
            }
        }
        return found;
    }

    private TokenTable.Validity validity() {
        var now = clock.instant();
        return new TokenTable.Validity(
                localHash, Identity.LOCAL_OWNER.value(), now, now.minus(Identity.IDLE_LIFETIME));
    }

    /// Notes in the database which logins were used since the last time.
    private void noteUse() {
        long now = System.nanoTime();
        var used =
                known.entrySet().stream()
                        .filter(it -> it.getValue().isLogin)
                        .filter(it -> now - it.getValue().usedAt < USE_INTERVAL.toNanos())
                        .map(it -> it.getKey().hash())
                        .toList();
        if (!used.isEmpty()) {
            logins.used(used, clock.instant());
        }
    }

    /// Evicts the least recently used credentials at the bound; those of open sockets are in
    /// constant use.
    private void evict(int added) {
        long now = System.nanoTime();
        int tooMany = known.size() + added - CREDENTIALS;
        if (tooMany > 0) {
            var evicted =
                    known.entrySet().stream()
                            .sorted(Comparator.comparingLong(it -> it.getValue().usedAt - now))
                            .limit(tooMany)
                            .map(Map.Entry::getKey)
                            .toList();
            known.keySet().removeAll(new HashSet<>(evicted));
        }
    }

    private void rememberName(Known found) {
        names.put(found.principal.id(), found.principal.name());
    }

    private void purge() {
        var _ = logins.purge(clock.instant());
        var _ = tokens.purge(clock.instant().minus(RETENTION));
    }

    /// The valid credentials among these, in use or not.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`
    Set<CredentialId> validAmong(Set<CredentialId> ids) {
        return query(ids).keySet();
    }
}
