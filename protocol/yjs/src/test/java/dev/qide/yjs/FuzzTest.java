package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Real updates with changed, cut, duplicated and spliced bytes. An update that the header reader
/// accepts integrates, alone and after others, without violating an invariant; an update that it
/// refuses changes nothing. Each decode stays below a bound of time and memory. `-Dfuzz.decodes=N
/// -Dfuzz.seed=S` sets number and seed.
///
/// Every mutation is read, and integrated into two documents or refused by one. A sample is
/// examined in depth: invariants, state, readers, and that a refused update leaves no trace.
class FuzzTest {
    private static final int EVERYDAY_DECODES = 60_000;

    /// The number of mutations that are applied to one document before it is replaced.
    private static final int CROWD = 100;

    /// One in this many accepted, and one in this many refused mutations, is examined in depth.
    private static final int SAMPLE = 20;

    private static final int PROGRESS_DECODES = 5_000_000;

    /// The bound of CPU time for one mutation, about ten thousand times the usual time.
    private static final long CPU_NANOSECONDS = 200_000_000;

    /// The bound of memory allocated for reading one mutation and integrating it into an empty
    /// document. The longest of the real updates needs half of it.
    private static final long MEMORY_BYTES = 64 << 10;

    private final Random random = new Random(Long.getLong("fuzz.seed", 4));
    private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private Doc crowded = GoldenCase.typed(true);
    private byte[] lastAccepted = {0, 0};
    private int accepted;
    private int refused;
    private long mostMemory;
    private long mostCpu;

    @Test
    void every_accepted_update_integrates_in_bounded_time_and_memory() {
        int decodes = Integer.getInteger("fuzz.decodes", EVERYDAY_DECODES);
        var updates = new ArrayList<byte[]>();
        for (String line : Golden.lines("headers")) {
            updates.add(Golden.bytes(line.substring(0, line.indexOf(' '))));
        }
        for (int i = 0; i < decodes; i++) {
            if (i % CROWD == 0) {
                crowded = GoldenCase.typed(random.nextBoolean());
            }
            byte[] mutated = mutate(random, updates);
            long cpu = thread.getCurrentThreadCpuTime();
            decode(mutated);
            cpu = thread.getCurrentThreadCpuTime() - cpu;
            mostCpu = Math.max(mostCpu, cpu);
            if (cpu > CPU_NANOSECONDS) {
                throw new AssertionError(cpu + " ns for " + Golden.hex(mutated));
            }
            if (i % PROGRESS_DECODES == PROGRESS_DECODES - 1) {
                System.out.println("fuzz: " + (i + 1) + " decodes, " + accepted + " accepted");
            }
        }
        System.out.println(
                "fuzz: %d decodes, %d accepted; at most %d us of CPU and %d KiB for one"
                        .formatted(decodes, accepted, mostCpu / 1_000, mostMemory >> 10));
        assertThat(accepted).isPositive();
    }

    private void decode(byte[] update) {
        long before = thread.getCurrentThreadAllocatedBytes();
        var alone = integratedAlone(update);
        long memory = thread.getCurrentThreadAllocatedBytes() - before;
        if (memory > mostMemory) {
            checkMemory(update);
        }
        if (alone == null) {
            refusesUnchanged(update, ++refused % SAMPLE == 0);
        } else {
            integratesBehindOthers(update, alone, ++accepted % SAMPLE == 0);
        }
    }

    /// Repeats a measurement that exceeds all before: the first run may have loaded a class.
    private void checkMemory(byte[] update) {
        long before = thread.getCurrentThreadAllocatedBytes();
        integratedAlone(update);
        long memory = thread.getCurrentThreadAllocatedBytes() - before;
        mostMemory = Math.max(mostMemory, memory);
        if (memory > MEMORY_BYTES) {
            throw new AssertionError(memory + " bytes for " + Golden.hex(update));
        }
    }

    /// A document with only this update; null if the reader refuses it.
    private static @Nullable Doc integratedAlone(byte[] update) {
        try {
            UpdateHeader.read(update);
        } catch (MalformedUpdateException e) {
            return null;
        }
        try {
            var alone = GoldenCase.typed(true);
            alone.applyUpdate(update);
            return alone;
        } catch (RuntimeException e) {
            throw new AssertionError("accepted, but does not load: " + Golden.hex(update), e);
        }
    }

    private void integratesBehindOthers(byte[] update, Doc alone, boolean deep) {
        try {
            crowded.applyUpdate(update);
            if (deep) {
                alone.checkInvariants();
                crowded.checkInvariants();
                var again = GoldenCase.typed(true);
                again.applyUpdate(alone.encodeStateAsUpdate());
                assertThat(again.stateVector()).isEqualTo(alone.stateVector());
                mergesWithOthers(update);
                crowded.text("rich").toDelta();
                crowded.map("map").toJson();
                crowded.array("list").toJson();
                crowded.xmlFragment("xml").toJson();
            }
        } catch (RuntimeException e) {
            throw new AssertionError(
                    "accepted, but does not load behind others: " + Golden.hex(update), e);
        }
    }

    /// A merged update is accepted again and contains both; so is a part of it.
    private void mergesWithOthers(byte[] update) {
        var merged = Updates.merge(List.of(update, lastAccepted));
        var header = UpdateHeader.read(merged);
        var both = UpdateHeader.read(update);
        var other = UpdateHeader.read(lastAccepted);
        both.structs().addAll(other.structs());
        both.deletions().addAll(other.deletions());
        assertThat(header.structs()).isEqualTo(both.structs());
        assertThat(header.deletions()).isEqualTo(both.deletions());
        UpdateHeader.read(Updates.diff(merged, crowded.stateVector()));
        Updates.stateVectorOf(merged);
        lastAccepted = update;
    }

    private void refusesUnchanged(byte[] update, boolean deep) {
        byte[] before = deep ? crowded.encodeStateAsUpdate() : new byte[0];
        try {
            crowded.applyUpdate(update);
            throw new AssertionError(
                    "refused as a header, applied by a document: " + Golden.hex(update));
        } catch (MalformedUpdateException e) {
            if (deep) {
                assertThat(crowded.encodeStateAsUpdate()).isEqualTo(before);
            }
        }
    }

    static byte[] mutate(Random random, List<byte[]> updates) {
        byte[] update = updates.get(random.nextInt(updates.size())).clone();
        for (int changes = 1 + random.nextInt(3); changes > 0 && update.length > 0; changes--) {
            int at = random.nextInt(update.length);
            switch (random.nextInt(6)) {
                case 0 -> update[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> update[at] = (byte) random.nextInt(256);
                case 2 -> update[at] = (byte) random.nextInt(12);
                case 3 -> update[at]++;
                case 4 -> update = spliced(update, at, updates.get(random.nextInt(updates.size())));
                default -> update = Arrays.copyOf(update, at);
            }
        }
        return update;
    }

    private static byte[] spliced(byte[] update, int at, byte[] other) {
        var encoder = new Lib0Encoder().writeRaw(update, 0, at);
        encoder.writeRaw(other, Math.min(at, other.length), other.length);
        return encoder.toBytes();
    }
}
