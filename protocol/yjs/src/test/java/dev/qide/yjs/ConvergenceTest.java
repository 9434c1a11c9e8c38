package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Many replicas on a network that delays, loses, duplicates and reorders messages: after all have
/// synced with all, they are equal to the byte.
///
/// A plan is the seed of its random numbers. A failing plan is written to `target/failing-plan`;
/// `-Dplan=SEED` runs one plan.
class ConvergenceTest {
    private static final int PLANS = 150;
    private static final int STEPS = 120;

    @Test
    void replicas_converge_whatever_the_network_does() throws IOException {
        Long only = Long.getLong("plan");
        for (long plan = 0; plan < PLANS; plan++) {
            long seed = only != null ? only : plan;
            try {
                run(seed);
            } catch (AssertionError | RuntimeException e) {
                Files.writeString(Path.of("target/failing-plan"), "-Dplan=" + seed + "\n");
                throw new AssertionError("plan " + seed + ": run it alone with -Dplan=" + seed, e);
            }
        }
    }

    private static void run(long seed) {
        var random = new Random(seed);
        var replicas = new ArrayList<Doc>();
        var inFlight = new ArrayList<List<byte[]>>();
        int count = 2 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            var options = new Doc.Options(i + 1L, true, true, DecodeLimits.STANDARD);
            replicas.add(new Doc(options));
            inFlight.add(new ArrayList<>());
        }
        for (int i = 0; i < count; i++) {
            int self = i;
            var doc = replicas.get(i);
            doc.text("text");
            doc.text("rich");
            doc.onUpdate((update, origin) -> {
                if (origin == null) {
                    send(random, inFlight, self, update);
                }
            });
        }
        for (int step = 0; step < STEPS; step++) {
            int at = random.nextInt(count);
            var doc = replicas.get(at);
            var arriving = inFlight.get(at);
            if (random.nextInt(3) > 0 || arriving.isEmpty()) {
                RandomEdits.edit(random, doc);
            } else {
                doc.applyUpdate(arriving.remove(random.nextInt(arriving.size())), "network");
            }
            doc.checkInvariants();
        }
        syncAll(replicas);
        var first = replicas.getFirst();
        for (var doc : replicas) {
            doc.checkInvariants();
            assertThat(doc.isWaiting()).isFalse();
            assertThat(doc.text("text").toString()).isEqualTo(first.text("text").toString());
            assertThat(doc.text("rich").toDelta().toString())
                    .isEqualTo(first.text("rich").toDelta().toString());
            assertThat(doc.map("map").toJson()).isEqualTo(first.map("map").toJson());
            assertThat(doc.array("list").toJson()).isEqualTo(first.array("list").toJson());
            assertThat(doc.stateVector()).isEqualTo(first.stateVector());
        }
    }

    /// Each copy may be lost (one in ten) or duplicated (one in ten), and arrives at a random time.
    private static void send(Random random, List<List<byte[]>> inFlight, int from, byte[] update) {
        for (int to = 0; to < inFlight.size(); to++) {
            int dice = random.nextInt(10);
            if (to != from && dice > 0) {
                inFlight.get(to).add(update);
                if (dice == 1) {
                    inFlight.get(to).add(update);
                }
            }
        }
    }

    /// The clean-up of marks causes new deletions, so it takes a few rounds until nothing changes.
    private static void syncAll(List<Doc> replicas) {
        for (int round = 0; round < 12; round++) {
            for (var from : replicas) {
                for (var to : replicas) {
                    to.applyUpdate(from.encodeStateAsUpdate(to.stateVector()), "sync");
                }
            }
        }
    }
}
