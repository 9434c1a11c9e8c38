package dev.qide.server.status;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.StatusTable;
import dev.qide.server.store.StatusTable.ComponentDay;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Samples the health of every component once a minute and stores the numbers by day. While the
/// database is down, they wait in memory, within a bound. Owned by its own thread, apart from
/// [#state()] and [#close()].
public final class StatusHistory implements AutoCloseable {
    /// The days that the database keeps.
    static final int DAYS = 90;

    /// The component that stands for the process: a minute without its sample is one in which no
    /// server ran.
    static final String SERVER = "server";

    private static final Duration INTERVAL = Duration.ofMinutes(1);

    /// The maximum number of days, each of one component, that wait for the database; beyond it,
    /// further ones are not recorded.
    private static final int WAITING_DAYS = 1_000;

    private final Health health;
    private final StatusTable table;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask task;

    private record Key(LocalDate day, String component) {}

    private final Map<Key, ComponentDay> waiting = new HashMap<>();

    private LocalDate purged = LocalDate.MIN;

    public StatusHistory(Health health, StatusTable table, InstantSource clock) {
        this.health = health;
        this.table = table;
        this.clock = clock;
        task = new BackgroundTask(Thread.ofVirtual().name("status-history"), this::run);
    }

    /// Starts to sample; called once.
    public StatusHistory begin() {
        var _ = task.begin();
        return this;
    }

    /// Whether samples are taken.
    public Health.State state() {
        return task.state();
    }

    /// A late sample does not delay the next one, so that a day has all of its minutes.
    private void run() throws InterruptedException {
        long next = System.nanoTime();
        do {
            sample();
            next += INTERVAL.toNanos();
        } while (!closing.await(next - System.nanoTime(), TimeUnit.NANOSECONDS));
    }

    /// Takes one sample of every component and stores what waits.
    void sample() {
        var day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        add(new ComponentDay(day, SERVER, 1, 0, 0));
        health.states()
                .forEach((component, state) ->
                        add(
                                switch (state) {
                                    case Health.State.Up() ->
                                            new ComponentDay(day, component, 1, 0, 0);
                                    case Health.State.Degraded _ ->
                                            new ComponentDay(day, component, 0, 1, 0);
                                    case Health.State.Down _ ->
                                            new ComponentDay(day, component, 0, 0, 1);
                                }));
        store(day);
    }

    private void add(ComponentDay sample) {
        var key = new Key(sample.day(), sample.component());
        if (waiting.size() < WAITING_DAYS || waiting.containsKey(key)) {
            waiting.merge(key, sample, StatusHistory::sum);
        }
    }

    private void store(LocalDate today) {
        try {
            table.add(List.copyOf(waiting.values()));
            waiting.clear();
            if (!today.equals(purged)) {
                table.purge(today.minusDays(DAYS));
                purged = today;
            }
        } catch (FailureException _) {
            // The database does not respond, which its probe reports: in a minute again.
        }
    }

    private static ComponentDay sum(ComponentDay one, ComponentDay other) {
        return new ComponentDay(
                one.day(),
                one.component(),
                one.up() + other.up(),
                one.degraded() + other.degraded(),
                one.down() + other.down());
    }

    @Override
    public void close() {
        closing.countDown();
        task.close();
    }
}
