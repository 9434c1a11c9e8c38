package dev.qide.server.hostile;

import dev.qide.server.identity.Principal.Scope;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Creates a token, types with it, revokes it, and measures how long the socket stays open.
/// Thread-safe.
final class Revocations {
    static final String PATH = "revoked.txt";

    /// The bound in the README.
    static final Duration WITHIN = Duration.ofSeconds(1);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
    private static final int TRIALS_OF_A_ROUND = 10_000;
    private static final long FIRST_CLIENT = 500_000;
    private static final Person.Typing FAST =
            new Person.Typing(Duration.ofMillis(20), Duration.ofMillis(20));

    private final AttackTargets attackTargets;
    private final TypingPeople people;
    private final Phase aside = Phase.named("revoked");
    private final Latencies taken = new Latencies();
    private final int first;
    private int number;
    private int notInTime;

    /// @param round distinguishes names and authors from those of other rounds
    Revocations(AttackTargets attackTargets, TypingPeople people, int round) {
        first = TRIALS_OF_A_ROUND * round;
        this.attackTargets = attackTargets;
        this.people = people;
    }

    /// The times for which sockets stayed open.
    Latencies taken() {
        return taken;
    }

    /// The number of trials that could not begin, or never ended.
    int notInTime() {
        return notInTime;
    }

    /// Runs one trial to its end.
    void once() {
        int trial = first + number++;
        var name = "revoked " + trial;
        var token = attackTargets.token(name, Scope.EDIT);
        var person = new Person(PATH, token, FIRST_CLIENT + trial, FAST, aside);
        people.loop().execute(() -> people.connect(person));
        if (!isSoon(() -> person.lastAcknowledgedAt() != 0)) {
            notInTime++;
            return;
        }
        // The time starts with the commit of the revocation.
        attackTargets.revoke(name);
        long revoked = System.nanoTime();
        if (!isSoon(() -> person.endedAt() != 0)) {
            taken.add(System.nanoTime() - revoked);
            notInTime++;
            people.loop().execute(person::reset);
            return;
        }
        taken.add(Math.max(0, person.endedAt() - revoked));
    }

    private static boolean isSoon(BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - until > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return true;
    }
}
