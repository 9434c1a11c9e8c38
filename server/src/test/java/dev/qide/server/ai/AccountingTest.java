package dev.qide.server.ai;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.qide.server.TestDatabase;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.server.store.Database;
import dev.qide.server.store.UsageTable;
import dev.qide.server.telemetry.LogCapture;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is booked, beside what the provider knows.
///
/// `-Dai.streams=100000` runs as many streams, 2,000 without it.
class AccountingTest {
    private static final int STREAMS = Integer.getInteger("ai.streams", 2_000);
    private static final int AT_ONCE = 64;
    private static final Caller ANN = new Caller(UUID.randomUUID().toString(), "demo");
    private static final Duration PATIENCE = Duration.ofSeconds(25);
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 28);
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2026-11-28T12:00:00Z"));

    private final TestDatabase testDatabase = TestDatabase.create();
    private Database database;
    private UsageTable table;
    private final Scheduler scheduler = new Scheduler();
    private final CallingThread cpu = new CallingThread();
    private UsageLedger ledger;
    private ScriptedProvider provider;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        database = new Database(testDatabase.address());
        table = new UsageTable(database);
        provider = new ScriptedProvider();
        ledger = new UsageLedger(table, scheduler, CLOCK, new Metrics());
    }

    @AfterEach
    void stop() {
        ledger.close();
        scheduler.close();
        database.close();
        testDatabase.close();
        provider.close();
    }

    /// What one stream did cost.
    ///
    /// @param relayed output tokens that the reader saw
    /// @param output tokens that were booked, or made by the provider
    private record Stream(boolean isWhole, long relayed, long input, long output) {}

    @Test
    void finished_streams_are_exact_and_aborted_ones_never_too_low() throws Exception {
        provider.play(ProviderScript.repeating("word ", 50));
        var calls = calls(List.of(), Model.Price.FREE);
        var random = new Random(17);
        var dialects = List.of(Model.Provider.values());
        var tasks = new ArrayList<Callable<Stream>>();
        for (int i = 0; i < STREAMS; i++) {
            // A third of the streams is aborted.
            int until = random.nextInt(3) == 0 ? 1 + random.nextInt(49) : Integer.MAX_VALUE;
            var dialect = dialects.get(random.nextInt(dialects.size()));
            tasks.add(() -> stream(calls, dialect, until));
        }
        var streams = run(tasks);
        calls.close();

        var sums = ledger.between(TODAY, TODAY, null, 1_000);
        var finished = streams.stream().filter(Stream::isWhole).toList();
        var aborted = streams.stream().filter(stream -> !stream.isWhole()).toList();
        assertThat(outputs(sums, false)).isEqualTo(50L * finished.size());
        assertThat(inputs(sums, false)).isEqualTo(finished.stream().mapToLong(Stream::input).sum());
        long relayed = aborted.stream().mapToLong(Stream::relayed).sum();
        long booked = outputs(sums, true);
        System.out.printf(
                "%d streams: %d finished, exact; %d aborted, %d tokens relayed, %d booked (%+.1f %%)%n",
                STREAMS,
                finished.size(),
                aborted.size(),
                relayed,
                booked,
                100.0 * (booked - relayed) / relayed);
        assertThat(booked).isBetween(relayed, (long) (relayed * 1.1));
        assertThat(sums.stream().mapToLong(UsageTable.Sum::calls).sum()).isEqualTo(STREAMS);
    }

    @Test
    void a_budget_is_exceeded_by_one_reservation_at_most() throws Exception {
        provider.play(ProviderScript.repeating("word ", 50));
        var budget = new Budget(Budget.Scope.PERSON, "*", Budget.Period.DAY, 5_000L, null, 0.8);
        var calls = calls(List.of(budget), Model.Price.FREE);
        var tasks = new ArrayList<Callable<Stream>>();
        for (int i = 0; i < 400; i++) {
            tasks.add(() -> stream(calls, Model.Provider.OPENAI, Integer.MAX_VALUE));
        }
        var refused = run(tasks).stream().filter(stream -> stream.output() < 0).count();
        calls.close();

        var sums = ledger.between(TODAY, TODAY, null, 1_000);
        long spent = inputs(sums, false) + outputs(sums, false);
        long reservation = TokenEstimate.of(request()) + 100;
        System.out.printf("a budget of 5000 tokens: %d spent, %d of 400 refused%n", spent, refused);
        assertThat(refused).isPositive();
        assertThat(spent).isLessThanOrEqualTo(5_000 + reservation);
        var later = calls(List.of(budget), Model.Price.FREE);
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 40; i++) {
                                stream(later, Model.Provider.OPENAI, Integer.MAX_VALUE);
                            }
                        })
                .as("a new server knows what was spent")
                .hasMessageContaining("budget-exhausted");
        var others = new Caller(UUID.randomUUID().toString(), null);
        assertThat(new Budgets(List.of(budget), CLOCK, new Metrics()).reserve(others, 1, 0))
                .isNotNull();
    }

    @Test
    void an_organisation_has_one_budget_for_all_its_workspaces() {
        var budget =
                new Budget(Budget.Scope.ORGANISATION, "acme", Budget.Period.MONTH, 100L, null, 0.5);
        var metrics = new Metrics();
        var budgets = new Budgets(List.of(budget), CLOCK, metrics);
        var ann = UUID.randomUUID().toString();
        var bob = UUID.randomUUID().toString();
        var reservation = budgets.reserve(new Caller(ann, "acme:one"), 99, 0);
        var _ = budgets.reserve(new Caller(bob, "acme:two"), 50, 7);
        assertThat(budgets.spent("acme", Budget.Period.MONTH)).isEqualTo(new Budgets.Spent(149, 7));
        assertThatThrownBy(() -> budgets.reserve(new Caller(ann, "acme:two"), 1, 0))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.tags()).containsEntry("scope", "organisation"));
        assertThat(metrics.expose())
                .contains("qide_ai_budget_warnings_total{scope=\"organisation\",} 1.0")
                .contains("qide_ai_budget_refusals_total{scope=\"organisation\",} 1.0");
        for (var other : new String[] {"globex:one", "acme-two:one", "one", null}) {
            assertThat(budgets.reserve(new Caller(ann, other), 1_000, 0)).as(other).isNotNull();
        }
        reservation.settle(10, 3);
        assertThat(budgets.spent("acme", Budget.Period.DAY)).isEqualTo(new Budgets.Spent(60, 10));
        assertThat(budgets.reserve(new Caller(ann, "acme:two"), 1, 0)).isNotNull();
    }

    @Test
    void a_budget_of_the_server_warns_whatever_its_name() {
        var metrics = new Metrics();
        var budget = new Budget(Budget.Scope.SERVER, "main", Budget.Period.DAY, 100L, null, 0.5);
        var _ = new Budgets(List.of(budget), CLOCK, metrics).reserve(ANN, 60, 0);
        assertThat(metrics.expose())
                .contains("qide_ai_budget_warnings_total{scope=\"server\",} 1.0");
    }

    @Test
    void what_an_organisation_spent_is_known_after_a_restart_and_without_a_budget() {
        var yesterday = TODAY.minusDays(1);
        for (var row :
                List.of(
                        sum(TODAY, "acme:one", 5),
                        sum(TODAY, "acme:two", 7),
                        sum(yesterday, "acme:one", 100),
                        sum(TODAY.minusMonths(1), "acme:one", 1_000),
                        sum(TODAY, "demo", 10_000),
                        sum(TODAY, "", 100_000))) {
            table.add(List.of(row));
        }
        var budgets = new Budgets(List.of(), CLOCK, new Metrics());
        budgets.load(table);
        assertThat(budgets.spent("acme", Budget.Period.DAY).tokens()).isEqualTo(12);
        assertThat(budgets.spent("acme", Budget.Period.MONTH).tokens()).isEqualTo(112);
        assertThat(budgets.spent("home", Budget.Period.MONTH).tokens()).isEqualTo(10_000);
        assertThat(table.ofOrganisation("acme", yesterday, TODAY, 10)).hasSize(3);
        assertThat(table.ofOrganisation("home", yesterday, TODAY, 10)).hasSize(1);
        budgets.setStored(
                List.of(
                        new Budget(
                                Budget.Scope.ORGANISATION,
                                "acme",
                                Budget.Period.DAY,
                                12L,
                                null,
                                0.8)));
        assertThatThrownBy(() -> budgets.reserve(new Caller(ANN.principal(), "acme:one"), 1, 0))
                .hasMessageContaining("budget-exhausted");
    }

    private static UsageTable.Sum sum(LocalDate day, String workspace, long tokens) {
        var subject =
                new UsageTable.Subject(
                        day,
                        UUID.fromString(ANN.principal()),
                        UsageAttribution.of(new Caller("", workspace.isEmpty() ? null : workspace))
                                .organisation(),
                        workspace,
                        "m",
                        "chat",
                        false);
        return new UsageTable.Sum(subject, 1, tokens, 0, 0, UsageTable.Suggested.NONE);
    }

    @Test
    void money_is_counted_in_millionths() throws Exception {
        provider.play(ProviderScript.repeating("word ", 50));
        var price =
                new Model.Price(new BigDecimal("3"), new BigDecimal("0.3"), new BigDecimal("15"));
        var budget =
                new Budget(
                        Budget.Scope.SERVER,
                        "*",
                        Budget.Period.MONTH,
                        null,
                        new BigDecimal("0.001"),
                        0.8);
        var calls = calls(List.of(budget), price);
        var stream = stream(calls, Model.Provider.OPENAI, Integer.MAX_VALUE);
        assertThat(ledger.between(TODAY, TODAY, UUID.fromString(ANN.principal()), 10))
                .singleElement()
                .satisfies(sum ->
                        assertThat(sum.costMicros()).isEqualTo(3 * stream.input() + 15 * 50));
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 3; i++) {
                                stream(calls, Model.Provider.OPENAI, Integer.MAX_VALUE);
                            }
                        })
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.tags()).containsEntry("bound", "cost"));
    }

    @Test
    void a_refused_call_costs_nothing() {
        provider.play(ProviderScript.saying("x").failing(400));
        assertThatThrownBy(
                        () -> stream(calls(List.of(), Model.Price.FREE), Model.Provider.OPENAI, 1))
                .hasMessageContaining("model-unavailable");
        assertThat(ledger.between(TODAY, TODAY, null, 10)).isEmpty();
    }

    @Test
    void a_call_that_is_cancelled_is_charged_only_while_its_provider_works() throws Exception {
        var calls = calls(List.of(), Model.Price.FREE);
        var unsent = new Cancellation();
        unsent.cancel();
        endsCancelled(calls, unsent, _ -> true);
        provider.play(ProviderScript.saying("x").failing(429, Map.of("retry-after", "30")));
        // The only wait with a timeout is the one before a retry.
        endsCancelled(
                calls,
                new Cancellation(),
                caller ->
                        !provider.calls().isEmpty()
                                && caller.getState() == Thread.State.TIMED_WAITING);
        assertThat(ledger.between(TODAY, TODAY, null, 10)).isEmpty();

        provider.play(ProviderScript.saying("x").after(Duration.ofSeconds(20)));
        endsCancelled(calls, new Cancellation(), _ -> !provider.calls().isEmpty());
        assertThat(ledger.between(TODAY, TODAY, null, 10))
                .singleElement()
                .satisfies(sum -> assertThat(sum.inputTokens()).isPositive());
    }

    /// Cancels a call as soon as its thread fulfils a condition.
    private static void endsCancelled(
            ModelCalls calls, Cancellation cancellation, Predicate<Thread> isDue)
            throws InterruptedException {
        var model = calls.models().chosen("openai", Model.Purpose.CHAT, null);
        var failure = new AtomicReference<RuntimeException>();
        var caller =
                Thread.ofVirtual()
                        .start(() -> {
                            try (var _ =
                                    calls.open(
                                            ANN,
                                            model,
                                            Model.Purpose.CHAT,
                                            request(),
                                            cancellation)) {
                                failure.set(new IllegalStateException("it was answered"));
                            } catch (RuntimeException thrown) {
                                failure.set(thrown);
                            }
                        });
        await(() -> isDue.test(caller));
        cancellation.cancel();
        caller.join();
        assertThat(failure.get()).isInstanceOf(CancelledException.class);
    }

    @Test
    void counts_that_cannot_be_true_cost_no_less_than_nothing() {
        var price =
                new Model.Price(new BigDecimal("3"), new BigDecimal("0.3"), new BigDecimal("15"));
        assertThat(UsageLedger.micros(price, new ModelEvent.Usage(10, 1_000, 0, -5, 0)))
                .isEqualTo(3);
        assertThat(UsageLedger.micros(price, new ModelEvent.Usage(Long.MAX_VALUE, -1, 0, 0, 0)))
                .isEqualTo(3_000_000_000L);
    }

    @Test
    void a_sum_that_the_database_refuses_does_not_hold_back_the_others() {
        ledger.book(ANN, "full", new UsageTable.Suggested(Long.MAX_VALUE, 0));
        assertThat(ledger.between(TODAY, TODAY, null, 10)).hasSize(1);
        for (long expected : new long[] {1, 2}) {
            for (var model : new String[] {"full", "one", "two"}) {
                ledger.book(ANN, model, new UsageTable.Suggested(1, 0));
            }
            assertThat(ledger.between(TODAY, TODAY, null, 10))
                    .extracting(sum -> sum.suggested().shown())
                    .containsExactly(Long.MAX_VALUE, expected, expected);
        }
    }

    @Test
    void one_flush_waits_for_the_database_and_others_for_a_bounded_time() throws Exception {
        var ticks = new AtomicInteger();
        var timer = scheduler.every(Duration.ofSeconds(1), ticks::incrementAndGet);
        try (var lock = testDatabase.connect();
                var statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("LOCK TABLE ai_usage IN ACCESS EXCLUSIVE MODE");
            ledger.book(ANN, "m", new UsageTable.Suggested(1, 0));
            await("a flush waits", PATIENCE, () -> waiting() == 1);
            int before = ticks.get();
            await("four periods", PATIENCE, () -> ticks.get() >= before + 4);
            assertThat(flushes()).isEqualTo(1);

            long begun = System.nanoTime();
            assertThatThrownBy(() -> ledger.between(TODAY, TODAY, null, 10))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            down ->
                                    assertThat(down.failure())
                                            .isEqualTo(Failure.STORE_UNAVAILABLE));
            ledger.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(15));
        }
        timer.cancel();
        assertThat(ledger.between(TODAY, TODAY, null, 10))
                .singleElement()
                .satisfies(sum -> assertThat(sum.suggested().shown()).isEqualTo(1));
    }

    @Test
    void sums_of_a_failed_flush_lose_their_workspace_beyond_the_bound() throws Exception {
        int early = 1_000;
        try (var log = new LogCapture();
                var lock = testDatabase.connect();
                var statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("LOCK TABLE ai_usage IN ACCESS EXCLUSIVE MODE");
            // Sums are added, and taken for a flush, under this lock.
            var monitor = ledger;
            synchronized (monitor) {
                bookWorkspaces(0, early);
            }
            await("a flush waits", PATIENCE, () -> waiting() == 1);
            bookWorkspaces(early, early + UsageLedger.WAITING_SUMS);
            terminateWaiting();
            log.awaits("ai.usage_recording_failed", "\"rows\":" + early);
            await("the next flush waits", PATIENCE, () -> waiting() == 1);
            terminateWaiting();
            // All that exceed the bound are one sum of this person.
            log.awaits("ai.usage_recording_failed", "\"rows\":" + (UsageLedger.WAITING_SUMS + 1));
            database.close();
        }
    }

    private void bookWorkspaces(int first, int end) {
        for (int i = first; i < end; i++) {
            ledger.book(new Caller(ANN.principal(), "w" + i), "m", new UsageTable.Suggested(1, 0));
        }
    }

    private void terminateWaiting() {
        assertThat(
                        testDatabase.count(
                                """
                                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock'
                                """))
                .isEqualTo(1);
    }

    private long waiting() {
        return testDatabase.count(
                """
                SELECT count(*) FROM pg_locks
                WHERE relation = 'ai_usage'::regclass AND NOT granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """);
    }

    /// The number of threads that flush, or wait for another one.
    private long flushes() throws IOException {
        var dump = Files.createTempDirectory("threads").resolve("dump.json");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(dump.toString(), ThreadDumpFormat.JSON);
            return Files.readString(dump).split("\"usage-flush\"", -1).length - 1L;
        } finally {
            Files.deleteIfExists(dump);
            Files.delete(dump.getParent());
        }
    }

    @Test
    void a_call_without_a_limit_gets_that_of_its_model() {
        provider.play(ProviderScript.saying("x"));
        var standard = Model.Limits.STANDARD;
        var configured =
                new Model.Limits(
                        null, 9_000, true, standard.concurrent(), standard.start(), standard.gap());
        var calls = calls(List.of(), Model.Price.FREE, configured);
        var unlimited = request(ModelRequest.Options.DEFAULTS);
        for (var dialect : Model.Provider.values()) {
            stream(calls, dialect, unlimited, Integer.MAX_VALUE);
        }
        var lower = request(ModelRequest.Options.DEFAULTS.atMost(7));
        stream(calls, Model.Provider.OPENAI, lower, Integer.MAX_VALUE);
        var limits = List.of("max_tokens", "max_tokens", "maxOutputTokens", "num_predict");
        for (int i = 0; i < limits.size(); i++) {
            assertThat(provider.calls().get(i).body().toString())
                    .contains("\"" + limits.get(i) + "\":9000");
        }
        assertThat(provider.calls().getLast().body().toString()).contains("\"max_tokens\":7");

        // The default may be more than the model allows.
        var others = calls(List.of(), Model.Price.FREE);
        stream(others, Model.Provider.OPENAI, unlimited, Integer.MAX_VALUE);
        assertThat(provider.calls().getLast().body().toString()).doesNotContain("max_tokens");
    }

    @Test
    void secrets_are_looked_for_on_the_pool() {
        var text = "a secret ".repeat(20_000);
        var request =
                new ModelRequest.FillIn(
                        "a.py", "python", text, "", ModelRequest.Options.DEFAULTS.atMost(10));
        var far =
                new Model(
                        "far",
                        Model.Provider.OPENAI,
                        URI.create(provider.url()),
                        "far",
                        Set.of(Model.Purpose.COMPLETION),
                        Model.Key.NONE,
                        List.of(),
                        Model.Price.FREE,
                        Model.Limits.STANDARD,
                        Model.FillIn.AUTO,
                        false);
        // Its address is refused, but only after the secrets are replaced.
        assertThatThrownBy(() ->
                        calls(List.of(far), List.of())
                                .open(
                                        ANN,
                                        far,
                                        Model.Purpose.COMPLETION,
                                        request,
                                        new Cancellation()))
                .hasMessageContaining("model-unavailable");
        assertThat(cpu.sizes)
                .singleElement()
                .satisfies(size -> assertThat(size).isBetween(text.length(), 2 * text.length()));
    }

    private static long outputs(List<UsageTable.Sum> sums, boolean isEstimated) {
        return sums.stream()
                .filter(sum -> sum.subject().isEstimated() == isEstimated)
                .mapToLong(UsageTable.Sum::outputTokens)
                .sum();
    }

    private static long inputs(List<UsageTable.Sum> sums, boolean isEstimated) {
        return sums.stream()
                .filter(sum -> sum.subject().isEstimated() == isEstimated)
                .mapToLong(UsageTable.Sum::inputTokens)
                .sum();
    }

    private static Stream stream(ModelCalls calls, Model.Provider dialect, int until) {
        return stream(calls, dialect, request(), until);
    }

    private static Stream stream(
            ModelCalls calls, Model.Provider dialect, ModelRequest request, int until) {
        var model = calls.models().chosen(dialect.wireName(), Model.Purpose.CHAT, null);
        long relayed = 0;
        long input = 0;
        try (var answer = calls.open(ANN, model, Model.Purpose.CHAT, request, new Cancellation())) {
            for (var event = answer.next();
                    event != null && relayed < until;
                    event = answer.next()) {
                if (event instanceof ModelEvent.Text) {
                    relayed++;
                } else if (event instanceof ModelEvent.Used(var usage)) {
                    input = usage.input();
                }
            }
        }
        return new Stream(until == Integer.MAX_VALUE, relayed, input, relayed);
    }

    /// @return with a negative output for a stream that the budget did not admit
    private static List<Stream> run(List<Callable<Stream>> tasks) throws Exception {
        var slots = new Semaphore(AT_ONCE);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var futures = new ArrayList<java.util.concurrent.Future<Stream>>();
            for (var task : tasks) {
                slots.acquire();
                futures.add(
                        threads.submit(() -> {
                            try {
                                return task.call();
                            } catch (FailureException failure) {
                                assertThat(failure.failure()).isEqualTo(Failure.BUDGET_EXHAUSTED);
                                return new Stream(true, 0, 0, -1);
                            } finally {
                                slots.release();
                            }
                        }));
            }
            var streams = new ArrayList<Stream>();
            for (var future : futures) {
                streams.add(future.get());
            }
            return streams;
        }
    }

    private static ModelRequest.Chat request() {
        return request(ModelRequest.Options.DEFAULTS.atMost(100));
    }

    private static ModelRequest.Chat request(ModelRequest.Options options) {
        return new ModelRequest.Chat(
                List.of(),
                List.of(
                        new ModelRequest.Message(
                                ModelRequest.Role.USER,
                                List.of(new Part.Text("Say it fifty times.")))),
                List.of(),
                new ModelRequest.ToolChoice.Auto(),
                options,
                ModelRequest.Extras.NONE);
    }

    private ModelCalls calls(List<Budget> budgets, Model.Price price) {
        return calls(budgets, price, Model.Limits.STANDARD);
    }

    private ModelCalls calls(List<Budget> budgets, Model.Price price, Model.Limits limits) {
        var models = new ArrayList<Model>();
        for (var dialect : Model.Provider.values()) {
            models.add(
                    new Model(
                            dialect.wireName(),
                            dialect,
                            URI.create(provider.url()),
                            "tiny",
                            Set.of(Model.Purpose.CHAT),
                            Model.Key.NONE,
                            List.of(),
                            price,
                            limits,
                            Model.FillIn.AUTO,
                            true));
        }
        return calls(models, budgets);
    }

    private ModelCalls calls(List<Model> models, List<Budget> budgets) {
        var admission = new Budgets(budgets, CLOCK, new Metrics());
        admission.load(table);
        return ModelCalls.of(
                new Models(models),
                new Accounting(admission, ledger, (_, _, _) -> {}),
                scheduler,
                cpu);
    }
}
