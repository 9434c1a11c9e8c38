package dev.qide.server.hostile;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/// The course of a hostile load: people alone, people during all attacks, people alone again.
final class HostileRun {
    private static final long HOSTILE_SECONDS = Long.getLong("hostile.seconds", 32);
    private static final long WARM_UP_SECONDS = 6;

    /// The beginning of a load is measured separately: all connections are opened in it, and code
    /// is compiled that runs for the first time.
    private static final long BEGIN_SECONDS = 8;

    private static final long EACH_SECONDS = 8;

    /// A regular expression that selects attacks by name, to find the cause of a regression.
    private static final Pattern ONLY = Pattern.compile(System.getProperty("hostile.only", ""));

    /// The duration of the phases without attacks: a sixtieth of the load, but enough samples for a
    /// p99.
    private static final long REST_SECONDS = Math.clamp(HOSTILE_SECONDS / 60, 10, 60);

    private static final Duration REVOKE_EVERY = Duration.ofSeconds(4);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final AttackTargets attackTargets;
    private final Gauge gauge;
    private final Path folder;
    private final AttackCounts attackCounts = new AttackCounts();
    private Outcome.Links links = new Outcome.Links(0, List.of());
    private long residentMiB;

    /// @param folder a folder outside every workspace
    HostileRun(AttackTargets attackTargets, Gauge gauge, Path folder) {
        this.attackTargets = attackTargets;
        this.gauge = gauge;
        this.folder = folder;
    }

    /// Runs all phases: rest, load, rest.
    ///
    /// @param round counted from 0; each round has its own people and tokens
    Outcome round(int round) throws IOException, InterruptedException {
        var external = attackTargets.nameExternal();
        var asset = attackTargets.asset();
        var before = Phase.named("at rest before");
        var begin = Phase.named("load begins");
        var hostile = Phase.named("hostile load");
        var after = Phase.named("at rest after");
        try (var people = new TypingPeople(attackTargets, Phase.named("warm-up"), round)) {
            var revocations = new Revocations(attackTargets, people, round);
            await("all people are in their documents", people::areSynced);
            pass(people, WARM_UP_SECONDS);
            var start = gauge.collected();
            people.phase(before);
            pass(people, REST_SECONDS);

            double cpu = gauge.cpuSeconds();
            double own = ownCpuSeconds();
            people.phase(begin);
            var attackers = attack(people, revocations, attacks(external, asset, round), hostile);
            cpu = gauge.cpuSeconds() - cpu;
            own = ownCpuSeconds() - own;

            people.phase(Phase.named("between"));
            double settled = settle(start);
            var end = gauge.collected();
            people.phase(after);
            pass(people, REST_SECONDS);
            people.hold(true);
            boolean isTold = isSoon(() -> people.areSettled() && people.haveAll());
            people.giveUp();
            return new Outcome(
                    new Outcome.Phases(before, begin, hostile, after),
                    new Outcome.Server(start, end, residentMiB, settled, cpu / HOSTILE_SECONDS),
                    new Outcome.Clients(
                            people.lag(), attackers.lag(), own / HOSTILE_SECONDS, isTold),
                    new Outcome.Findings(
                            people.troubles(), people.incomplete(), links, revocations),
                    attackCounts);
        }
    }

    private List<Attack> attacks(String external, String asset, int round) {
        var attacks = new ArrayList<Attack>();
        attacks.addAll(new HttpAttacks(attackTargets, attackCounts, external, asset).all());
        attacks.addAll(new SocketAttacks(attackTargets, attackCounts, round).all());
        attacks.addAll(new LanguageAttacks(attackTargets, attackCounts).all());
        return attacks.stream().filter(attack -> ONLY.matcher(attack.name()).find()).toList();
    }

    /// The cost of one kind of attack.
    ///
    /// @param phase the people's measurements after it had begun
    /// @param beginSeconds the server's processor time while it began
    /// @param cores the server's average use of cores afterwards
    record Kind(Phase phase, double beginSeconds, double cores) {}

    /// Runs one kind of attack after the other; the first run has none.
    List<Kind> each() throws IOException, InterruptedException {
        var attacks = new ArrayList<List<Attack>>(List.of(List.of()));
        attacks(attackTargets.nameExternal(), attackTargets.asset(), 0)
                .forEach(it -> attacks.add(List.of(it)));
        var kinds = new ArrayList<Kind>();
        try (var people = new TypingPeople(attackTargets, Phase.named("warm-up"), 0);
                var _ =
                        new LinkSwapper(
                                attackTargets.folder(AttackTargets.SWAPPED),
                                folder.resolve("outside"))) {
            await("all people are in their documents", people::areSynced);
            pass(people, WARM_UP_SECONDS);
            var start = gauge.collected();
            for (var attack : attacks) {
                kinds.add(alone(people, attack));
                var _ = settle(start);
            }
            people.giveUp();
        }
        return kinds;
    }

    private Kind alone(TypingPeople people, List<Attack> attack)
            throws IOException, InterruptedException {
        var name = attack.isEmpty() ? "at rest" : attack.getFirst().name();
        var phase = Phase.named(name);
        people.phase(Phase.named("begins"));
        try (var attackers = new Attackers(attackTargets.port(), attackCounts)) {
            double before = gauge.cpuSeconds();
            attackers.begin(attack);
            pass(people, BEGIN_SECONDS);
            double begun = gauge.cpuSeconds();
            people.phase(phase);
            pass(people, EACH_SECONDS);
            double cores = (gauge.cpuSeconds() - begun) / EACH_SECONDS;
            return new Kind(phase, begun - before, cores);
        }
    }

    private Attackers attack(
            TypingPeople people, Revocations revocations, List<Attack> attacks, Phase whenBegun)
            throws IOException, InterruptedException {
        var swapper =
                new LinkSwapper(
                        attackTargets.folder(AttackTargets.SWAPPED), folder.resolve("outside"));
        try (swapper;
                var attackers = new Attackers(attackTargets.port(), attackCounts)) {
            attackers.begin(attacks);
            revokeMeanwhile(people, revocations, whenBegun);
            attackers.check();
            return attackers;
        } finally {
            links = new Outcome.Links(swapper.swaps(), swapper.changes());
        }
    }

    /// Revokes a token now and then until the load ends.
    private void revokeMeanwhile(TypingPeople people, Revocations revocations, Phase whenBegun)
            throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(HOSTILE_SECONDS);
        var revoking =
                Thread.ofPlatform()
                        .name("revocations")
                        .start(() -> {
                            while (until - System.nanoTime() > REVOKE_EVERY.toNanos()) {
                                LockSupport.parkNanos(REVOKE_EVERY.toNanos());
                                revocations.once();
                            }
                        });
        pass(people, BEGIN_SECONDS);
        people.phase(whenBegun);
        pass(people, HOSTILE_SECONDS - BEGIN_SECONDS);
        revoking.join(PATIENCE);
    }

    /// Waits for the end of a phase, and samples the server meanwhile.
    private void pass(TypingPeople people, long seconds) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (until - System.nanoTime() > 0) {
            LockSupport.parkNanos(Math.min(LOOK.toNanos(), until - System.nanoTime()));
            if (!gauge.isAlive()) {
                throw new AssertionError("the server has ended; " + people.troubles());
            }
            residentMiB = Math.max(residentMiB, gauge.residentMiB());
        }
        people.check();
    }

    /// Waits until the server has released the attackers' connections and threads.
    ///
    /// @return seconds
    private double settle(Gauge.Figures start) {
        long begun = System.nanoTime();
        var _ =
                isSoon(() ->
                        gauge.descriptors() <= start.descriptors() + Outcome.MORE_DESCRIPTORS
                                && gauge.threads() <= start.threads() + Outcome.MORE_THREADS);
        return (System.nanoTime() - begun) / 1e9;
    }

    private static void await(String what, BooleanSupplier condition) {
        if (!isSoon(condition)) {
            throw new AssertionError("not in time: " + what);
        }
    }

    private static boolean isSoon(BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - until > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
        return true;
    }

    private static double ownCpuSeconds() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean own
                ? own.getProcessCpuTime() / 1e9
                : 0;
    }
}
