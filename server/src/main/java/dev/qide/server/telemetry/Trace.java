package dev.qide.server.telemetry;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One request or edit, traced through the packages. Every log line written while the trace is
/// bound to the thread has the trace's id as `trace.id`, and names the person and the workspace. If
/// spans are exported ([SpanExport]), its steps are recorded. Thread-safe.
///
/// Source: W3C Trace Context, level 1 (`traceparent`).
public final class Trace {
    private static final ScopedValue<Trace> CURRENT = ScopedValue.newInstance();
    private static final HexFormat HEX = HexFormat.of();

    /// Version, trace id, parent id, flags; later versions may append more.
    private static final Pattern PARENT =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    private static final int SAMPLED = 1;

    private final Ids ids;
    private final boolean isSampled;

    /// Set once, when the credential of a request is known.
    private volatile @Nullable String principal;

    /// Set once, when the name in the path of a request was looked up.
    private volatile @Nullable String workspace;

    /// @param high the first half of the trace id; one of the halves is not 0
    /// @param low the second half
    /// @param span the id of the step that this trace is bound for; not 0
    /// @param parent the id of the step that it is a part of; 0 for none
    record Ids(long high, long low, long span, long parent) {}

    /// @param isSampled whether the trace is recorded, here or by the caller
    Trace(Ids ids, boolean isSampled, @Nullable String principal, @Nullable String workspace) {
        this.ids = ids;
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
            var ids = new Ids(random.nextLong() | 1, random.nextLong(), newSpan(), 0);
            return new Trace(ids, SpanExport.isOn(), null, null);
        }
        var id = parts.group(2);
        var ids =
                new Ids(
                        HexFormat.fromHexDigitsToLong(id, 0, 16),
                        HexFormat.fromHexDigitsToLong(id, 16, 32),
                        newSpan(),
                        HexFormat.fromHexDigitsToLong(parts.group(3)));
        boolean isSampled = (HexFormat.fromHexDigits(parts.group(4)) & SAMPLED) != 0;
        return new Trace(ids, isSampled, null, null);
    }

    /// A step of this trace that calls another service: its [#traceparent] names the step.
    public Trace step() {
        var step = new Ids(ids.high(), ids.low(), newSpan(), ids.span());
        return new Trace(step, isSampled, principal, workspace);
    }

    /// Whether spans of this trace are exported. Where it is not so, nothing needs to be measured.
    public boolean isRecorded() {
        return isSampled && SpanExport.isOn();
    }

    /// Records that what this trace is bound for has ended.
    public void ended(Span span) {
        if (isRecorded()) {
            SpanExport.record(this, span, ids.span(), ids.parent());
        }
    }

    /// Records a part of it that has ended.
    public void partEnded(Span span) {
        if (isRecorded()) {
            SpanExport.record(this, span, newSpan(), ids.span());
        }
    }

    /// The trace that is bound to this thread, or null.
    public static @Nullable Trace current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /// Names the person whose request this thread serves; without a trace it does nothing.
    ///
    /// @param person the id
    public static void setPrincipal(String person) {
        var trace = current();
        if (trace != null) {
            trace.principal = person;
        }
    }

    /// Names the workspace that the request of this thread is about; without a trace it does
    /// nothing.
    ///
    /// @param workspace the id
    public static void setWorkspace(String workspace) {
        var trace = current();
        if (trace != null) {
            trace.workspace = workspace;
        }
    }

    /// The task with the trace of this thread, for another thread; the task itself without one.
    public static Runnable wrap(Runnable task) {
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
        return HEX.toHexDigits(ids.high()) + HEX.toHexDigits(ids.low());
    }

    /// The header for a request to another service, which is a part of this step.
    public String traceparent() {
        return "00-" + id() + "-" + HEX.toHexDigits(ids.span()) + (isSampled ? "-01" : "-00");
    }

    private static long newSpan() {
        return ThreadLocalRandom.current().nextLong() | 1;
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
