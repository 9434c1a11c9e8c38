package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FragilePostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random plans over real sockets: twenty-one stock clients of three kinds, a server process and
/// PostgreSQL, with faults at random moments. Every update that a client received or that was
/// acknowledged is in the database; at the end every text equals the stored one.
///
/// `-Dplan=FILE` repeats a saved plan; `-Dplan.seed=S -Dplan.count=N` selects others. A failed plan
/// is saved under `target/plans`. `-Dkill.trials=N` kills the server N times; `-Dkill.resume=FILE`
/// records finished trials in that file, so that the same command resumes after an interruption.
final class SharedPlanTest {
    private static final int TRIALS_PER_STAGE = 20;
    private static final int ACKNOWLEDGED_BEFORE_A_KILL = 60;
    private static final int RECONNECTING = 8;

    private static FragilePostgres postgres;
    private static StockClients stockClients;

    @BeforeAll
    static void open() throws Exception {
        postgres = FragilePostgres.open();
        stockClients = StockClients.start();
    }

    @AfterAll
    static void close() {
        stockClients.close();
        postgres.close();
    }

    static LongStream seeds() {
        long first = Long.getLong("plan.seed", 1);
        return LongStream.range(first, first + Integer.getInteger("plan.count", 1));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void no_received_or_acknowledged_update_is_lost_under_random_faults(
            long seed, @TempDir Path folder) throws Exception {
        var saved = System.getProperty("plan");
        var plan = saved == null ? SharedPlan.random(seed) : SharedPlan.read(Path.of(saved));
        var name = saved == null ? "seed " + seed : saved;
        long begun = System.nanoTime();
        try (var stage = new PlanEnvironment(postgres, stockClients, folder)) {
            stage.connectAll();
            for (var step : plan.steps()) {
                stage.play(step);
            }
            long length = stage.converge();
            System.out.printf(
                    "plan %s: %d steps, %s, %d characters at rest, %.0f s%n",
                    name,
                    plan.steps().size(),
                    stage.evidence(),
                    length,
                    (System.nanoTime() - begun) / 1e9);
        } catch (Exception | AssertionError failure) {
            throw new AssertionError("plan saved: " + keep(plan, name, seed, folder), failure);
        }
    }

    @Test
    void received_and_acknowledged_updates_survive_a_kill(@TempDir Path folder) throws Exception {
        int trials = Integer.getInteger("kill.trials", 5);
        var resume = System.getProperty("kill.resume");
        var done = resume == null ? Files.createTempFile(folder, "done", "") : Path.of(resume);
        long begun = System.nanoTime();
        int before = trialsDone(done);
        int now = before;
        while (now < trials) {
            int upTo = Math.min(trials, now - now % TRIALS_PER_STAGE + TRIALS_PER_STAGE);
            kill(
                    IntStream.range(now, upTo),
                    Files.createDirectory(folder.resolve("s" + now)),
                    done);
            now = upTo;
        }
        System.out.printf(
                "%d kill trials in %.0f s (%d were done before)%n",
                now - before, (System.nanoTime() - begun) / 1e9, before);
    }

    /// Runs trials on one stage and checks that everything converges at the end.
    private static void kill(IntStream trials, Path folder, Path done) throws Exception {
        try (var stage = new PlanEnvironment(postgres, stockClients, folder)) {
            stage.connectAll();
            for (int trial : trials.toArray()) {
                stockClients.commandAll("storm", "from", 15, "to", 60, "seed", trial);
                long acknowledged = stockClients.commandAll("acknowledged").getAsLong();
                stockClients.await(
                        "enough messages are acknowledged",
                        () ->
                                stockClients.commandAll("acknowledged").getAsLong()
                                        > acknowledged + ACKNOWLEDGED_BEFORE_A_KILL);
                strike(stage, new Random(trial));
                stockClients.commandAll("calm");
                stockClients.commandAll("heal");
                stage.release();
                stage.server().awaitReady();
                Files.writeString(
                        done,
                        "trial " + trial + "\n",
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            }
            long length = stage.converge();
            assertThat(stage.evidence().acknowledged()).isGreaterThan(ACKNOWLEDGED_BEFORE_A_KILL);
            System.out.printf("%s, %d characters at rest%n", stage.evidence(), length);
        }
    }

    /// Kills the server at a random moment.
    private static void strike(PlanEnvironment stage, Random random) throws Exception {
        for (int i = random.nextInt(4); i > 0; i--) {
            var who = PlanClients.anybody(random);
            stockClients.command(who, random.nextBoolean() ? "halfClose" : "bounce");
        }
        if (random.nextInt(2) == 0) {
            strikeWhileHeld(stage, random);
            return;
        }
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(250_000)));
        stage.killServer();
    }

    /// Kills the server while commits are blocked, clients type and some reconnect.
    private static void strikeWhileHeld(PlanEnvironment stage, Random random) throws Exception {
        stage.hold();
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(200_000)));
        for (int i = 0; i < RECONNECTING; i++) {
            stockClients.command(
                    PlanClients.anybody(random), random.nextInt(3) == 0 ? "cut" : "bounce");
        }
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(400_000)));
        if (random.nextInt(3) == 0) {
            stage.release();
        }
        stage.killServer();
    }

    private static int trialsDone(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    }

    private static Path keep(SharedPlan plan, String name, long seed, Path folder)
            throws IOException {
        var kept = Path.of("target/plans/seed-" + seed + ".plan").toAbsolutePath();
        plan.write(kept, name);
        var log = folder.resolve("data/server.log");
        if (Files.exists(log)) {
            Files.write(kept.resolveSibling("seed-" + seed + ".log"), Files.readAllBytes(log));
        }
        return kept;
    }
}
