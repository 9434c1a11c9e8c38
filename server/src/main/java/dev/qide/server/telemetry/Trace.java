package dev.qide.server.telemetry;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One request or edit, followed through the packages: every log line that is written while it is
/// bound to the thread has its id as `trace.id`, and says whose it is. Thread-safe.
///
/// Source: W3C Trace Context, level 1 (`traceparent`).
public final class Trace {
    private static final ScopedValue<Trace> CURRENT = ScopedValue.newInstance();
    private static final HexFormat HEX = HexFormat.of();

    /// Version, trace id, parent id, flags; later versions may append more.
    private static final Pattern PARENT =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    private static final int SAMPLED = 1;

    private final long high;
    private final long low;
    private final boolean isSampled;

    /// Set once, when the credential of a request is known.
    private volatile @Nullable String principal;

    /// Set once, when the name in the path of a request was looked up.
    private volatile @Nullable String workspace;

    /// @param high the first half of the trace id; one of the halves is not 0
    /// @param isSampled whether the caller may have recorded the trace
    Trace(
            long high,
            long low,
            boolean isSampled,
            @Nullable String principal,
            @Nullable String workspace) {
        this.high = high;
        this.low = low;
        this.isSampled = isSampled;
        this.principal = principal;
        this.workspace = workspace;
    }

    /// Continues the trace of a caller.
    ///
    /// @param traceparent the header as sent; a new trace begins when it is absent or malformed
    public static Trace continuing(@Nullable String traceparent) {
        var parts = PARENT.matcher(traceparent == null ? "" : traceparent);
        boolean isValid =
                parts.matches()
                        && !parts.group(1).equals("ff")
                        && (parts.group(5) == null || !parts.group(1).equals("00"))
                        && !isZero(parts.group(2))
                        && !isZero(parts.group(3));
        if (!isValid) {
            var random = ThreadLocalRandom.current();
            return new Trace(random.nextLong() | 1, random.nextLong(), false, null, null);
        }
        var id = parts.group(2);
        return new Trace(
                HexFormat.fromHexDigitsToLong(id, 0, 16),
                HexFormat.fromHexDigitsToLong(id, 16, 32),
                (HexFormat.fromHexDigits(parts.group(4)) & SAMPLED) != 0,
                null,
                null);
    }

    /// The trace that is bound to this thread, or null.
    public static @Nullable Trace current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /// Names the person whose request this thread serves; without a trace it does nothing.
    ///
    /// @param person the id
    public static void identified(String person) {
        var trace = current();
        if (trace != null) {
            trace.principal = person;
        }
    }

    /// Names the workspace that the request of this thread is about; without a trace it does
    /// nothing.
    ///
    /// @param workspace the id
    public static void located(String workspace) {
        var trace = current();
        if (trace != null) {
            trace.workspace = workspace;
        }
    }

    /// The task with the trace of this thread, for another thread; the task itself without one.
    public static Runnable carried(Runnable task) {
        var trace = current();
        return trace == null ? task : () -> trace.run(task);
    }

    /// Runs a task with a trace, or without one if it is null.
    public static void runWith(@Nullable Trace trace, Runnable task) {
        if (trace == null) {
            task.run();
        } else {
            trace.run(task);
        }
    }

    /// Runs a task with this trace.
    public void run(Runnable task) {
        ScopedValue.where(CURRENT, this).run(task);
    }

    /// Calls an operation with this trace.
    public <R extends @Nullable Object, X extends Throwable> R call(
            ScopedValue.CallableOp<R, X> operation) throws X {
        return ScopedValue.where(CURRENT, this).call(operation);
    }

    /// The trace id: 32 hexadecimal digits.
    public String id() {
        return HEX.toHexDigits(high) + HEX.toHexDigits(low);
    }

    /// The header for a request to another service, under a new parent id.
    public String traceparent() {
        long parent = ThreadLocalRandom.current().nextLong() | 1;
        return "00-" + id() + "-" + HEX.toHexDigits(parent) + (isSampled ? "-01" : "-00");
    }

    /// The id of the person; null when it is not known.
    @Nullable String principal() {
        return principal;
    }

    /// The id of the workspace; null when the request is about none, or about several.
    @Nullable String workspace() {
        return workspace;
    }

    private static boolean isZero(String digits) {
        return digits.chars().allMatch(digit -> digit == '0');
    }
}
