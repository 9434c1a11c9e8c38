package dev.qide.server.ai;

import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.UsageTable;
import dev.qide.server.store.UsageTable.Suggested;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records the cost of calls, and the fate of inline completions: at once in memory, within a
/// second in the database. While the database is down, the sums wait in memory, within a bound.
/// Thread-safe.
final class UsageLedger implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UsageLedger.class);
    private static final Duration FLUSH_EVERY = Duration.ofSeconds(1);

    /// How long readers and [#close()] wait for a flush that is in progress.
    private static final Duration FLUSH_WAIT = Duration.ofSeconds(5);

    /// The number of sums that may wait for the database. Beyond it, new sums are added up without
    /// their workspace, which adds at most one sum per day, person, organisation, model and
    /// purpose.
    static final int WAITING_SUMS = 100_000;

    private final UsageTable table;
    private final InstantSource clock;
    private final Scheduler.Timer timer;
    private final CallMetrics metrics;
    private final ReentrantLock flushing = new ReentrantLock();
    private Map<UsageTable.Subject, UsageTable.Sum> waiting = new HashMap<>();

    UsageLedger(UsageTable table, Scheduler scheduler, InstantSource clock, Metrics metrics) {
        this.table = table;
        this.clock = clock;
        this.metrics = CallMetrics.in(metrics);
        timer = scheduler.every(FLUSH_EVERY, this::flushSoon);
    }

    /// The counts and durations of calls.
    CallMetrics metrics() {
        return metrics;
    }

    /// Records one call.
    ///
    /// @param isEstimated whether the call was aborted, so that the provider reported no usage
    void book(Caller caller, Model model, Model.Purpose purpose, Usage usage, boolean isEstimated) {
        long micros = micros(model.price(), usage);
        metrics.inputTokens().add(model.name(), (double) usage.input());
        metrics.outputTokens().add(model.name(), (double) usage.output());
        metrics.costMicros().add(model.name(), (double) micros);
        add(
                new UsageTable.Sum(
                        subject(caller, model.name(), purpose, isEstimated),
                        1,
                        usage.input(),
                        usage.output(),
                        micros,
                        Suggested.NONE));
    }

    /// Records inline completions that were sent to an editor, or that its person accepted.
    ///
    /// @param model the name of the model that generated them
    void book(Caller caller, String model, Suggested suggested) {
        add(
                new UsageTable.Sum(
                        subject(caller, model, Model.Purpose.COMPLETION, false),
                        0,
                        0,
                        0,
                        0,
                        suggested));
    }

    private UsageTable.Subject subject(
            Caller caller, String model, Model.Purpose purpose, boolean isEstimated) {
        var attribution = UsageAttribution.of(caller);
        return new UsageTable.Subject(
                LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC),
                UUID.fromString(attribution.person()),
                attribution.organisation(),
                attribution.workspace(),
                model,
                purpose.wireName(),
                isEstimated);
    }

    private synchronized void add(UsageTable.Sum sum) {
        boolean isFull = waiting.size() >= WAITING_SUMS && !waiting.containsKey(sum.subject());
        var kept = isFull ? sum.withoutWorkspace() : sum;
        waiting.merge(kept.subject(), kept, UsageLedger::add);
    }

    /// The cost of a usage in millionths of the currency, rounded up. Prices are per million
    /// tokens.
    static long micros(Model.Price price, Usage usage) {
        return price.input()
                .multiply(BigDecimal.valueOf(usage.input() - usage.cacheRead()))
                .add(price.cachedInput().multiply(BigDecimal.valueOf(usage.cacheRead())))
                .add(price.output().multiply(BigDecimal.valueOf(usage.output())))
                .setScale(0, RoundingMode.CEILING)
                .longValue();
    }

    /// The sums for a range of days, including those that still wait.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`, after a bounded time
    List<UsageTable.Sum> between(
            LocalDate from,
            LocalDate to,
            @org.jspecify.annotations.Nullable UUID person,
            int atMost) {
        requireFlushed();
        return table.between(from, to, person, atMost);
    }

    /// The sums of an organisation for a range of days, including those that still wait.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`, after a bounded time
    List<UsageTable.Sum> ofOrganisation(
            String organisation, LocalDate from, LocalDate to, int atMost) {
        requireFlushed();
        return table.ofOrganisation(organisation, from, to, atMost);
    }

    /// Starts a flush unless one is in progress: while the database does not answer, a flush takes
    /// many periods.
    private void flushSoon() {
        if (!flushing.isLocked()) {
            Thread.ofVirtual()
                    .name("usage-flush")
                    .start(() -> {
                        if (flushing.tryLock()) {
                            flushAndUnlock();
                        }
                    });
        }
    }

    private void requireFlushed() {
        if (!flushWithin(FLUSH_WAIT)) {
            throw new FailureException(Failure.STORE_UNAVAILABLE);
        }
    }

    /// Flushes after the flush in progress.
    ///
    /// @return false when that one takes longer than the wait, or when the thread is interrupted
    private boolean flushWithin(Duration wait) {
        try {
            if (!flushing.tryLock(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                return false;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
        flushAndUnlock();
        return true;
    }

    private void flushAndUnlock() {
        try {
            flush();
        } finally {
            flushing.unlock();
        }
    }

    private void flush() {
        Map<UsageTable.Subject, UsageTable.Sum> now;
        synchronized (this) {
            now = waiting;
            waiting = new HashMap<>();
        }
        if (now.isEmpty()) {
            return;
        }
        try {
            table.add(new ArrayList<>(now.values()));
        } catch (FailureException down) {
            LOG.atWarn()
                    .addKeyValue("event.action", "ai.usage_recording_failed")
                    .addKeyValue("rows", now.size())
                    .log("recording model usage waits for the database");
            waitAgain(now);
        } catch (RuntimeException defect) {
            LOG.atError()
                    .addKeyValue("event.action", "ai.usage_recording_failed")
                    .addKeyValue("rows", now.size())
                    .setCause(defect)
                    .log("the database refused model usage; its rows are written one by one");
            addEach(now);
        }
    }

    /// Writes the sums one by one, without those that the database refuses.
    private void addEach(Map<UsageTable.Subject, UsageTable.Sum> sums) {
        var left = new HashMap<>(sums);
        for (var sum : sums.values()) {
            try {
                table.add(List.of(sum));
            } catch (FailureException down) {
                waitAgain(left);
                return;
            } catch (RuntimeException refused) {
                LOG.atError()
                        .addKeyValue("event.action", "ai.usage_recording_failed")
                        .addKeyValue("principal", sum.subject().person().toString())
                        .addKeyValue("rows", 1)
                        .setCause(refused)
                        .log("the database refused a sum of model usage, which is lost");
            }
            left.remove(sum.subject());
        }
    }

    private synchronized void waitAgain(Map<UsageTable.Subject, UsageTable.Sum> sums) {
        sums.values().forEach(this::add);
    }

    private static UsageTable.Sum add(UsageTable.Sum one, UsageTable.Sum other) {
        return new UsageTable.Sum(
                one.subject(),
                one.calls() + other.calls(),
                one.inputTokens() + other.inputTokens(),
                one.outputTokens() + other.outputTokens(),
                one.costMicros() + other.costMicros(),
                one.suggested().plus(other.suggested()));
    }

    /// Writes what still waits, if the database answers in time.
    @Override
    public void close() {
        timer.cancel();
        if (!flushWithin(FLUSH_WAIT)) {
            LOG.atWarn()
                    .addKeyValue("event.action", "ai.usage_recording_failed")
                    .addKeyValue("rows", waitingSums())
                    .log("the database does not answer; recent model usage may be lost");
        }
    }

    private synchronized int waitingSums() {
        return waiting.size();
    }
}
