package dev.qide.server.limits;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import org.jspecify.annotations.Nullable;

/// The token bucket of one key, which may be shared with other servers.
///
/// This server's own bucket makes every decision, so no request waits for other servers. After each
/// [#SHARE] of the capacity, the tokens taken are reported, and the answer sets the own bucket to
/// the level of the shared one. Together, servers exceed a limit by what each takes before it gets
/// an answer: that share, and what it admits while a report is in progress. The excess is a debt,
/// which is refilled before anything is admitted again.
///
/// Invariant: at most one report is in progress. Thread-safe.
final class TokenBucket implements SharedTokenBuckets.Reply {
    /// The share of the capacity that a server takes before it reports: one in 50, at least one
    /// token. A person far below a limit causes few reports.
    static final int SHARE = 50;

    private final Bucket own;
    private final @Nullable Sharing sharing;
    private long unreported;
    private boolean isReporting;
    private boolean wasAlone;

    /// The buckets that a bucket is shared through, and its rate and key there.
    record Sharing(SharedTokenBuckets buckets, SharedTokenBuckets.Rate rate, String key) {}

    /// @param sharing null when this server counts alone
    TokenBucket(Bucket own, @Nullable Sharing sharing) {
        this.own = own;
        this.sharing = sharing;
    }

    boolean tryTake(long tokens) {
        if (sharing == null) {
            return own.tryConsume(tokens);
        }
        SharedTokenBuckets.Report report;
        synchronized (this) {
            if (!own.tryConsume(tokens)) {
                return false;
            }
            report = taken(sharing, tokens);
        }
        send(sharing, report);
        return true;
    }

    /// Takes a token if there is one, and says how many are left and how long to wait.
    ConsumptionProbe probe() {
        if (sharing == null) {
            return own.tryConsumeAndReturnRemaining(1);
        }
        ConsumptionProbe probe;
        SharedTokenBuckets.Report report;
        synchronized (this) {
            probe = own.tryConsumeAndReturnRemaining(1);
            report = probe.isConsumed() ? taken(sharing, 1) : null;
        }
        send(sharing, report);
        return probe;
    }

    /// Below zero in debt.
    long available() {
        return own.getAvailableTokens();
    }

    long nanosToWait() {
        return own.estimateAbilityToConsume(1).getNanosToWaitForRefill();
    }

    @Override
    public void answered(long left) {
        var with = shared();
        SharedTokenBuckets.Report report;
        synchronized (this) {
            isReporting = false;
            long more = left - unreported - own.getAvailableTokens();
            if (more > 0) {
                own.addTokens(more);
            } else if (more < 0) {
                var _ = own.consumeIgnoringRateLimits(-more);
            }
            report = due(with);
        }
        send(with, report);
    }

    @Override
    public synchronized void failed() {
        isReporting = false;
        wasAlone = true;
    }

    /// The report that is due after tokens were taken; null for none.
    private SharedTokenBuckets.@Nullable Report taken(Sharing with, long tokens) {
        unreported = Math.min(with.rate().capacity(), unreported + tokens);
        return due(with);
    }

    private SharedTokenBuckets.@Nullable Report due(Sharing with) {
        if (isReporting) {
            return null;
        }
        if (!with.buckets().areReachable()) {
            wasAlone |= unreported > 0;
            return null;
        }
        if (!wasAlone && unreported < Math.max(1, with.rate().capacity() / SHARE)) {
            return null;
        }
        var report =
                new SharedTokenBuckets.Report(
                        with.rate(),
                        with.key(),
                        wasAlone ? 0 : unreported,
                        own.getAvailableTokens(),
                        wasAlone);
        isReporting = true;
        wasAlone = false;
        unreported = 0;
        return report;
    }

    /// Outside the lock: the reply may come at once.
    private void send(Sharing with, SharedTokenBuckets.@Nullable Report report) {
        if (report != null) {
            with.buckets().report(report, this);
        }
    }

    private Sharing shared() {
        if (sharing == null) {
            throw new IllegalStateException("the bucket is not shared");
        }
        return sharing;
    }
}
