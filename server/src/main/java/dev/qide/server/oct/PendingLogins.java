package dev.qide.server.oct;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Editors, and `qide login`, that wait for their person to log in: each has a secret id, under
/// which the credential is left for it. Thread-safe; only [#await] waits.
///
/// The address of the page on which the person allows the login contains the id of an editor's
/// login, as the editor's protocol demands. For `qide login` it contains only a hash of the id, so
/// nobody who sees the address, in a list of processes or in a log, can fetch the credential.
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

    /// A login that has begun.
    ///
    /// @param id under which the client fetches the credential
    /// @param page the id of the login in the address of the person's page
    public record Begun(String id, String page) {}

    /// The kind of client that waits for its person.
    public enum Client {
        /// An editor with Open Collaboration Tools.
        EDITOR,
        /// `qide login`.
        COMMAND_LINE
    }

    private static final class Login {
        private final long begunAt = System.nanoTime();
        private final Client client;
        private boolean isClaimed;
        private @Nullable String token;

        private Login(Client client) {
            this.client = client;
        }
    }

    PendingLogins(SecureRandom random, OctMetrics metrics) {
        this.random = random;
        this.metrics = metrics;
    }

    /// Begins a login.
    ///
    /// @throws OctException `SERVER_FULL`
    public Begun begin(Client client) {
        var bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        var id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        lock.lock();
        try {
            if (logins.size() >= LOGINS) {
                throw metrics.refused(OctFailure.SERVER_FULL);
            }
            var page = client == Client.EDITOR ? id : hash(id);
            logins.put(page, new Login(client));
            return new Begun(id, page);
        } finally {
            lock.unlock();
        }
    }

    /// The client whose login has this page; null if there is none.
    public @Nullable Client client(String page) {
        lock.lock();
        try {
            var login = unclaimed(page);
            return login == null ? null : login.client;
        } finally {
            lock.unlock();
        }
    }

    /// Reserves a login for whoever completes it; [#release] gives it back.
    ///
    /// @return the client; null if there is no such login, or somebody completes it
    public @Nullable Client claim(String page) {
        lock.lock();
        try {
            var login = unclaimed(page);
            if (login == null) {
                return null;
            }
            login.isClaimed = true;
            return login.client;
        } finally {
            lock.unlock();
        }
    }

    /// Gives a claim back; a login that was completed meanwhile stays so.
    public void release(String page) {
        lock.lock();
        try {
            var login = logins.get(page);
            if (login != null) {
                login.isClaimed = false;
            }
        } finally {
            lock.unlock();
        }
    }

    /// Leaves the credential for the editor.
    ///
    /// @throws OctException `LOGIN_UNKNOWN`
    public void complete(String page, String token) {
        lock.lock();
        try {
            var login = logins.get(page);
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
            var page = pageOf(id);
            var login = logins.get(page);
            while (login != null && login.token == null && left > 0) {
                left = changed.awaitNanos(left);
                login = logins.get(page);
            }
            if (login == null) {
                throw metrics.refused(OctFailure.LOGIN_UNKNOWN);
            }
            if (login.token != null) {
                logins.remove(page);
            }
            return login.token;
        } finally {
            lock.unlock();
        }
    }

    /// The login of a page, unless somebody completes or has completed it.
    private @Nullable Login unclaimed(String page) {
        var login = logins.get(page);
        return login == null || login.isClaimed || login.token != null ? null : login;
    }

    private String pageOf(String id) {
        var login = logins.get(id);
        return login != null && login.client == Client.EDITOR ? id : hash(id);
    }

    private static String hash(String id) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
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
