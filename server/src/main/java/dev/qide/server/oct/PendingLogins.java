package dev.qide.server.oct;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Editors that wait for their person to log in: each has a secret id, under which the credential
/// is left for it. Thread-safe; only [#await] waits.
public final class PendingLogins {
    /// How long a person may take.
    public static final Duration LIFETIME = Duration.ofMinutes(5);

    private static final int LOGINS = 1_000;
    private static final int ID_BYTES = 24;

    private final SecureRandom random;
    private final OctMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Login> logins = new HashMap<>();

    private static final class Login {
        private final long begunAt = System.nanoTime();
        private @Nullable String token;
    }

    PendingLogins(SecureRandom random, OctMetrics metrics) {
        this.random = random;
        this.metrics = metrics;
    }

    /// Begins a login.
    ///
    /// @return its id
    /// @throws OctException `SERVER_FULL`
    public String begin() {
        var bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        var id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        lock.lock();
        try {
            if (logins.size() >= LOGINS) {
                throw metrics.refused(OctFailure.SERVER_FULL);
            }
            logins.put(id, new Login());
            return id;
        } finally {
            lock.unlock();
        }
    }

    /// Whether a login waits under this id.
    public boolean isPending(String id) {
        lock.lock();
        try {
            var login = logins.get(id);
            return login != null && login.token == null;
        } finally {
            lock.unlock();
        }
    }

    /// Leaves the credential for the editor.
    ///
    /// @throws OctException `LOGIN_UNKNOWN`
    public void complete(String id, String token) {
        lock.lock();
        try {
            var login = logins.get(id);
            if (login == null || login.token != null) {
                throw metrics.refused(OctFailure.LOGIN_UNKNOWN);
            }
            login.token = token;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// The credential, which is handed out once; null when it is not there after the wait.
    ///
    /// @throws OctException `LOGIN_UNKNOWN`
    public @Nullable String await(String id, Duration wait) throws InterruptedException {
        long left = wait.toNanos();
        lock.lock();
        try {
            var login = logins.get(id);
            while (login != null && login.token == null && left > 0) {
                left = changed.awaitNanos(left);
                login = logins.get(id);
            }
            if (login == null) {
                throw metrics.refused(OctFailure.LOGIN_UNKNOWN);
            }
            if (login.token != null) {
                logins.remove(id);
            }
            return login.token;
        } finally {
            lock.unlock();
        }
    }

    void expire(long now) {
        lock.lock();
        try {
            logins.values().removeIf(login -> now - login.begunAt > LIFETIME.toNanos());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            logins.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
