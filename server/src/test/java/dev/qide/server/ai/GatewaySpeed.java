package dev.qide.server.ai;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Fault;
import dev.qide.server.provider.ScriptedProvider;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Measures what the server adds to a stream of a model, and what a disconnect of its reader does,
/// beside npm `@portkey-ai/gateway` in alternating rounds. Not part of the suite; run it by name:
/// `-Dtest=GatewaySpeed`. `-Dai.rounds=N` sets the rounds, `-Dai.parallel=N` the streams at once of
/// the last figure.
///
/// The provider, the readers and the server share this JVM; the peer has a process of its own.
final class GatewaySpeed {
    private static final int ROUNDS = Integer.getInteger("ai.rounds", 3);
    private static final int STREAMS = Integer.getInteger("ai.parallel", 1_000);
    private static final int TOKENS = 60;
    private static final Duration FIRST_BYTE = Duration.ofMillis(50);
    private static final ProviderScript ANSWER =
            ProviderScript.repeating("tok ", TOKENS).after(FIRST_BYTE).every(Duration.ofMillis(10));
    private static final ProviderScript SHORT =
            ProviderScript.repeating("tok ", 5).after(FIRST_BYTE).every(Duration.ofMillis(10));
    private static final int WARM_UP = 300;
    private static final int STREAMS_OF_A_PERSON = 50;

    /// The time in which a disconnect must reach the provider; the peer never passes it on.
    private static final Duration GONE_WITHIN = Duration.ofSeconds(3);

    @TempDir Path workspace;
    private ScriptedProvider provider;
    private TestServer server;
    private PeerGateway peer;
    private Map<String, Target> targets;

    private record Target(URI url, Map<String, String> headers) {
        RawStream open(boolean isStreamed) throws java.io.IOException {
            return new RawStream(url, headers, isStreamed);
        }
    }

    @BeforeEach
    void start() throws Exception {
        provider = new ScriptedProvider();
        server =
                TestServer.startWithModels(
                        workspace,
                        """
                        [{"name":"m","provider":"openai","url":"%s","model":"m","purpose":["chat"],"local":true}]
                        """
                                .formatted(provider.url()));
        peer = PeerGateway.start();
        targets =
                new TreeMap<>(
                        Map.of(
                                "direct",
                                new Target(URI.create(provider.url()), Map.of()),
                                "q-ide",
                                new Target(
                                        server.http("/"),
                                        Map.of("Authorization", "Bearer " + server.token())),
                                "portkey",
                                new Target(peer.url(), PeerGateway.headers(provider.url()))));
    }

    @AfterEach
    void stop() {
        peer.close();
        server.close();
        provider.close();
    }

    @Test
    void time_to_the_first_token() throws Exception {
        provider.play(ProviderScript.repeating("tok ", 2));
        for (var target : targets.values()) {
            streams(target, WARM_UP, 10);
        }
        for (int atOnce : List.of(1, 50)) {
            var times = new TreeMap<String, List<Long>>();
            provider.play(atOnce == 1 ? SHORT : ANSWER);
            for (int round = 0; round < ROUNDS; round++) {
                for (var target : targets.entrySet()) {
                    times.computeIfAbsent(target.getKey(), _ -> new ArrayList<>())
                            .addAll(streams(target.getValue(), atOnce == 1 ? 40 : 200, atOnce));
                }
            }
            var direct = Objects.requireNonNull(times.get("direct"));
            times.forEach((name, each) ->
                    System.out.printf(
                            "%2d at once, %-8s first token p50 %6.1f ms, p99 %6.1f ms; added %+6.1f, %+6.1f ms%n",
                            atOnce,
                            name,
                            at(each, 0.5),
                            at(each, 0.99),
                            at(each, 0.5) - at(direct, 0.5),
                            at(each, 0.99) - at(direct, 0.99)));
        }
    }

    @Test
    void disconnects_reach_the_provider() throws Exception {
        for (var phase : List.of("mid-stream", "before the first byte", "not streaming")) {
            for (var name : List.of("q-ide", "portkey")) {
                provider.play(
                        phase.equals("before the first byte")
                                ? SHORT.after(Duration.ofSeconds(20))
                                : SHORT.with(Fault.STALLS, 1));
                var times = new ArrayList<Long>();
                for (int i = 0; i < 10 * ROUNDS; i++) {
                    long time = disconnect(Objects.requireNonNull(targets.get(name)), phase);
                    if (time >= 0) {
                        times.add(time);
                    } else if (name.equals("portkey") && i >= 5) {
                        break;
                    }
                }
                System.out.printf(
                        "%-21s %-8s %d reached the provider%s%n",
                        phase,
                        name,
                        times.size(),
                        times.isEmpty()
                                ? ""
                                : ", p50 %.1f ms, p99 %.1f ms"
                                        .formatted(at(times, 0.5), at(times, 0.99)));
                if (name.equals("q-ide")) {
                    assertThat(times).hasSize(10 * ROUNDS);
                }
            }
        }
    }

    @Test
    void many_streams_at_once_are_complete() throws Exception {
        provider.play(
                ProviderScript.repeating("tok ", TOKENS)
                        .after(Duration.ofSeconds(4))
                        .every(Duration.ofMillis(100)));
        var memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        long before = memory.getHeapMemoryUsage().getUsed();
        long most;
        int complete = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            // One person may have 64 calls at once.
            var people = new ArrayList<Target>();
            for (int i = 0; i <= STREAMS / STREAMS_OF_A_PERSON; i++) {
                var token = server.tokenOf("person " + i, Scope.READ, Scope.AI);
                people.add(
                        new Target(server.http("/"), Map.of("Authorization", "Bearer " + token)));
            }
            var running = new ArrayList<java.util.concurrent.Future<Integer>>();
            for (int i = 0; i < STREAMS; i++) {
                var target = people.get(i / STREAMS_OF_A_PERSON);
                running.add(
                        threads.submit(() -> {
                            try (var stream = target.open(true)) {
                                return stream.rest();
                            }
                        }));
            }
            await(() -> provider.calls().size() == STREAMS);
            memory.gc();
            most = memory.getHeapMemoryUsage().getUsed();
            for (var one : running) {
                complete += one.get() == TOKENS ? 1 : 0;
            }
        }
        System.out.printf(
                "%d of %d streams at once complete; heap %.0f MB before, %.0f MB while all run%n",
                complete, STREAMS, before / 1e6, most / 1e6);
        assertThat(complete).isEqualTo(STREAMS);
    }

    /// @return the nanoseconds until the provider saw the disconnect; -1 if it did not
    private long disconnect(Target target, String phase) throws Exception {
        int known = provider.calls().size();
        long now;
        try (var stream = target.open(!phase.equals("not streaming"))) {
            await(() -> provider.calls().size() > known);
            var call = provider.calls().get(known);
            if (phase.equals("mid-stream")) {
                stream.firstToken();
            } else if (phase.equals("not streaming")) {
                await(() -> call.made() > 0);
            }
            now = System.nanoTime();
        }
        var call = provider.calls().get(known);
        long end = now + GONE_WITHIN.toNanos();
        while (call.goneAt() == 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
        }
        return call.goneAt() == 0 ? -1 : call.goneAt() - now;
    }

    /// @return the nanoseconds to the first token of each stream
    private static List<Long> streams(Target target, int count, int atOnce)
            throws InterruptedException, ExecutionException {
        var times = new ArrayList<Long>();
        Callable<Long> one =
                () -> {
                    try (var stream = target.open(true)) {
                        long time = stream.firstToken();
                        stream.rest();
                        return time;
                    }
                };
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int done = 0; done < count; done += atOnce) {
                var all = threads.invokeAll(java.util.Collections.nCopies(atOnce, one));
                for (var future : all) {
                    times.add(future.get());
                }
            }
        }
        return times;
    }

    private static double at(List<Long> nanos, double share) {
        var sorted = nanos.stream().sorted().toList();
        return sorted.get((int) Math.ceil(share * sorted.size()) - 1) / 1e6;
    }
}
