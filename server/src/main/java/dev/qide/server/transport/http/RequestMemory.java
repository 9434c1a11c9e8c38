package dev.qide.server.transport.http;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Bounds the memory that all HTTP requests hold together: bodies being received, responses being
/// built, and responses waiting for a slow client.
///
/// One person, or one address that has not logged in, may hold half of it; a request that is the
/// only one may hold more. The last eighth is reserved for people who hold little, so that several
/// slow clients cannot block the small requests of everyone else. Thread-safe.
final class RequestMemory {
    /// The most that is used, however large the heap is.
    static final long TOTAL_BYTES = 128 << 20;

    /// The part of the total that only people who hold little may use.
    private static final int RESERVED_PART = 8;

    /// The part of the total up to which a person holds little.
    private static final int LITTLE_PART = 256;

    /// How long a request waits for memory before it is answered 503.
    static final Duration ROOM_WAIT = Duration.ofSeconds(5);

    /// The size up to which an answer is not counted: it is in the kernel's buffer before it is
    /// missed here.
    private static final long UNCOUNTED_BYTES = 4 << 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final Map<String, Long> heldByPrincipal = new HashMap<>();
    private final long total;
    private final long each;
    private long held;

    /// @param total bytes that all requests together may hold
    RequestMemory(long total) {
        this.total = total;
        each = total / 2;
    }

    /// The share of one request, empty at first.
    ///
    /// @param principal whose it is
    Share of(String principal) {
        return new Share(principal);
    }

    long heldBytes() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /// The memory that one request holds. Owned by the request's thread.
    final class Share implements AutoCloseable {
        private String principal;
        private long bytes;

        private Share(String principal) {
            this.principal = principal;
        }

        /// It is this person's from now on, whatever it holds already.
        void belongsTo(String its) {
            lock.lock();
            try {
                add(-bytes);
                principal = its;
                add(bytes);
            } finally {
                lock.unlock();
            }
        }

        /// Holds so many bytes from now on, if there is space at once.
        boolean tryHold(long wanted) {
            lock.lock();
            try {
                return becomes(counted(wanted));
            } finally {
                lock.unlock();
            }
        }

        /// Reserves memory for content about to be created: this number of bytes, up to one
        /// person's limit. Waits for space.
        ///
        /// @throws FailureException `SERVER_CANCELLED` when no space becomes free in time
        void reserve(long more) throws InterruptedException {
            hold(Math.max(bytes, Math.min(bytes + more, each)));
        }

        /// Holds so many bytes from now on; waits for space.
        ///
        /// @throws FailureException `SERVER_CANCELLED` when no space becomes free in time
        void hold(long wanted) throws InterruptedException {
            long left = ROOM_WAIT.toNanos();
            lock.lock();
            try {
                while (!becomes(counted(wanted))) {
                    if (left <= 0 || counted(wanted) > total) {
                        throw new FailureException(Failure.SERVER_CANCELLED);
                    }
                    left = freed.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            var _ = tryHold(0);
        }

        private boolean becomes(long wanted) {
            long more = wanted - bytes;
            long others = heldByPrincipal.getOrDefault(principal, 0L) - bytes;
            boolean isTooMuch =
                    held + more > available(others + wanted)
                            || (others > 0 && others + wanted > each);
            if (more > 0 && isTooMuch) {
                return false;
            }
            bytes = wanted;
            add(more);
            return true;
        }

        /// The memory that all requests, this one included, may hold.
        ///
        /// @param ofPrincipal what its person would hold then
        private long available(long ofPrincipal) {
            boolean isAlone = held == bytes;
            return isAlone || ofPrincipal <= total / LITTLE_PART
                    ? total
                    : total - total / RESERVED_PART;
        }

        private void add(long more) {
            if (more == 0) {
                return;
            }
            held += more;
            heldByPrincipal.merge(
                    principal, more, (before, by) -> before + by == 0 ? null : before + by);
            if (more < 0) {
                freed.signalAll();
            }
        }
    }

    private static long counted(long bytes) {
        return bytes <= UNCOUNTED_BYTES ? 0 : bytes;
    }
}
