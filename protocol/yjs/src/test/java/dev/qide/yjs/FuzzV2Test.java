package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Real updates in format v2 with changed, cut, duplicated and spliced bytes. An update that the
/// converter accepts integrates, alone and after others, and survives the way to v2 and back; one
/// that it refuses changes nothing. The bounds of time and memory are those of [FuzzTest].
/// `-Dfuzz.decodes=N -Dfuzz.seed=S` sets number and seed.
class FuzzV2Test {
    private static final int EVERYDAY_DECODES = 40_000;
    private static final int CROWD = 100;
    private static final int SAMPLE = 20;
    private static final long CPU_NANOSECONDS = 200_000_000;
    private static final long MEMORY_BYTES = 64 << 10;

    /// A run in a column may claim any number of values, so that the memory for one update is
    /// bounded by the limits, not by its length.
    private static final DecodeLimits LIMITS =
            new DecodeLimits(8 << 10, 1_000, DecodeLimits.STANDARD_DEPTH);

    private final Random random = new Random(Long.getLong("fuzz.seed", 4));
    private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private Doc crowded = limited();
    private int accepted;
    private int refused;
    private long mostMemory;
    private long mostCpu;

    private static Doc limited() {
        return new Doc(new Doc.Options(999_999_937, true, true, LIMITS));
    }

    @Test
    void every_accepted_update_in_format_v2_integrates_in_bounded_time_and_memory() {
        int decodes = Integer.getInteger("fuzz.decodes", EVERYDAY_DECODES);
        List<byte[]> updates =
                Golden.lines("headers").stream()
                        .map(line -> Golden.bytes(line.substring(0, line.indexOf(' '))))
                        .map(Updates::toV2)
                        .toList();
        for (int i = 0; i < decodes; i++) {
            if (i % CROWD == 0) {
                crowded = limited();
            }
            byte[] mutated = FuzzTest.mutate(random, updates);
            long cpu = thread.getCurrentThreadCpuTime();
            decode(mutated);
            cpu = thread.getCurrentThreadCpuTime() - cpu;
            mostCpu = Math.max(mostCpu, cpu);
            assertThat(cpu).as(() -> Golden.hex(mutated)).isLessThan(CPU_NANOSECONDS);
        }
        System.out.println(
                "fuzz v2: %d decodes, %d accepted; at most %d us of CPU and %d KiB for one"
                        .formatted(decodes, accepted, mostCpu / 1_000, mostMemory >> 10));
        assertThat(accepted).isPositive();
        assertThat(refused).isPositive();
    }

    private void decode(byte[] update) {
        long memory = allocatedBy(update);
        if (memory > MEMORY_BYTES) {
            // The first run may have loaded a class.
            memory = allocatedBy(update);
        }
        mostMemory = Math.max(mostMemory, memory);
        assertThat(memory).as(() -> Golden.hex(update)).isLessThan(MEMORY_BYTES);
        try {
            var v1 = Updates.toV1(update, LIMITS);
            accepted++;
            integrates(update, v1, accepted % SAMPLE == 0);
        } catch (MalformedUpdateException e) {
            refused++;
            refusesUnchanged(update, refused % SAMPLE == 0);
        }
    }

    private long allocatedBy(byte[] update) {
        long before = thread.getCurrentThreadAllocatedBytes();
        try {
            limited().applyUpdateV2(update, null);
        } catch (MalformedUpdateException e) {
            assertThat(e.position()).isNotNegative();
        }
        return thread.getCurrentThreadAllocatedBytes() - before;
    }

    private void integrates(byte[] update, byte[] v1, boolean deep) {
        try {
            UpdateHeader.read(v1, LIMITS);
            crowded.applyUpdateV2(update, null);
            if (deep) {
                crowded.checkInvariants();
                byte[] state = crowded.encodeStateAsUpdate();
                byte[] v2 = crowded.encodeStateAsUpdateV2(StateVector.EMPTY);
                assertThat(Golden.hex(Updates.toV2(Updates.toV1(v2))))
                        .isEqualTo(Golden.hex(Updates.toV2(state)));
                var again = GoldenCase.typed(true);
                var againV2 = GoldenCase.typed(true);
                again.applyUpdate(state);
                againV2.applyUpdateV2(v2, null);
                assertThat(againV2.encodeStateAsUpdate()).isEqualTo(again.encodeStateAsUpdate());
            }
        } catch (RuntimeException e) {
            throw new AssertionError("accepted, but does not load: " + Golden.hex(update), e);
        }
    }

    private void refusesUnchanged(byte[] update, boolean deep) {
        byte[] before = deep ? crowded.encodeStateAsUpdate() : new byte[0];
        try {
            crowded.applyUpdateV2(update, null);
            throw new AssertionError(
                    "refused by the converter, applied by a document: " + Golden.hex(update));
        } catch (MalformedUpdateException e) {
            if (deep) {
                assertThat(crowded.encodeStateAsUpdate()).isEqualTo(before);
            }
        }
    }
}
