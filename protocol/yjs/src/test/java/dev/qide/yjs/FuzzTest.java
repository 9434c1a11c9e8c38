package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Real updates with bytes changed, cut, doubled and spliced: whatever the reader of headers
/// accepts integrates, alone and behind others, and the document stays sound; whatever it refuses
/// leaves the document as it was. `-Dfuzz.decodes=N` sets how many.
class FuzzTest {
    private static final int EVERYDAY_DECODES = 60_000;

    @Test
    void whatever_the_reader_accepts_integrates() {
        int decodes = Integer.getInteger("fuzz.decodes", EVERYDAY_DECODES);
        var random = new Random(Long.getLong("fuzz.seed", 4));
        var updates = new ArrayList<byte[]>();
        for (String line : Golden.lines("headers")) {
            updates.add(Golden.bytes(line.substring(0, line.indexOf(' '))));
        }
        var crowded = GoldenCase.typed(true);
        int accepted = 0;
        for (int i = 0; i < decodes; i++) {
            if (i % 500 == 0) {
                crowded = GoldenCase.typed(random.nextBoolean());
            }
            byte[] mutated = mutate(random, updates);
            try {
                UpdateHeader.read(mutated);
            } catch (MalformedUpdateException e) {
                refusesUnchanged(crowded, mutated, i);
                continue;
            }
            accepted++;
            integrates(mutated, crowded, i % 20 == 0);
        }
        System.out.println("fuzz: " + decodes + " decodes, " + accepted + " accepted");
        assertThat(accepted).isPositive();
    }

    private static void integrates(byte[] update, Doc crowded, boolean deep) {
        try {
            var alone = GoldenCase.typed(true);
            alone.applyUpdate(update);
            crowded.applyUpdate(update);
            if (deep) {
                alone.checkInvariants();
                crowded.checkInvariants();
                var again = GoldenCase.typed(true);
                again.applyUpdate(alone.encodeStateAsUpdate());
                assertThat(again.stateVector()).isEqualTo(alone.stateVector());
                crowded.text("rich").toDelta();
                crowded.map("map").toJson();
                crowded.array("list").toJson();
            }
        } catch (RuntimeException e) {
            throw new AssertionError("accepted, but does not load: " + Golden.hex(update), e);
        }
    }

    private static void refusesUnchanged(Doc crowded, byte[] update, int i) {
        byte[] before = i % 50 == 0 ? crowded.encodeStateAsUpdate() : new byte[0];
        try {
            crowded.applyUpdate(update);
            throw new AssertionError(
                    "refused as a header, applied by a document: " + Golden.hex(update));
        } catch (MalformedUpdateException e) {
            if (before.length > 0) {
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
                default -> update = java.util.Arrays.copyOf(update, at);
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
