package dev.qide.server.telemetry;

import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Creates the traces of one sender's messages. A message only gets a number; its trace is computed
/// from the number when a line is written, so a keystroke that is not logged allocates nothing.
/// Immutable.
public final class TraceSource {
    /// The increment of SplitMix64 (Steele, Lea and Flood, 2014).
    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private final long high = ThreadLocalRandom.current().nextLong() | 1;
    private final long seed = ThreadLocalRandom.current().nextLong();
    private final String principal;
    private final @Nullable String workspace;

    /// @param principal the id of the person
    /// @param workspace the id of the workspace, or null when each line names it
    public TraceSource(String principal, @Nullable String workspace) {
        this.principal = principal;
        this.workspace = workspace;
    }

    /// The trace of a message, with the same ids for the same number.
    public Trace at(long number) {
        long low = mixed(seed + number * GAMMA);
        var ids = new Trace.Ids(high, low, mixed(low) | 1, 0);
        return new Trace(ids, isRecorded(), principal, workspace);
    }

    /// Whether spans of the messages are exported.
    public boolean isRecorded() {
        return SpanExport.isOn();
    }

    /// The output function of SplitMix64, which is a bijection.
    private static long mixed(long state) {
        long mixed = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
