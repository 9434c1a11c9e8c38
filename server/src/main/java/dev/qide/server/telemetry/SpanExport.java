package dev.qide.server.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends spans to an OpenTelemetry collector: OTLP over HTTP, protobuf. Like logging, and for the
/// same reason, it is the process's: a trace is followed wherever it goes. Off unless it is
/// started; then a step of a request costs the check whether it is on.
///
/// Thread-safe. Whoever records a span never waits: spans beyond the bound, and those that the
/// collector did not take, are dropped and counted.
public final class SpanExport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SpanExport.class);
    private static final int QUEUE_SPANS = 4_096;
    private static final int BATCH_SPANS = 512;
    private static final Duration BATCH_WAIT = Duration.ofMillis(500);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration REQUEST_WAIT = Duration.ofSeconds(10);
    private static final Duration CONNECT_WAIT = Duration.ofSeconds(2);
    private static final Duration STOP_WAIT = Duration.ofMillis(1_500);
    private static final Duration COUNT_WAIT = Duration.ofMillis(400);
    private static final Duration WARNING_PERIOD = Duration.ofMinutes(1);
    private static final HexFormat HEX = HexFormat.of();

    /// The one that takes spans; null while none does.
    private static volatile @Nullable SpanExport active;

    private final BlockingQueue<SpanData> queue = new ArrayBlockingQueue<>(QUEUE_SPANS);
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
    private final InstantSource clock;
    private final Resource resource;
    private final SpanExporter exporter;
    private final Metrics.Counter exported;
    private final Metrics.Counter dropped;
    private final Thread sender;
    private long nextWarningNanos = System.nanoTime();
    private volatile boolean isClosing;
    private volatile long stopNanos = Long.MAX_VALUE;

    private SpanExport(SpanDestination settings, InstantSource clock, Counters counters) {
        this.clock = clock;
        exported = counters.exported();
        dropped = counters.dropped();
        resource =
                Resource.create(
                        Attributes.builder()
                                .put("service.name", "qide")
                                .put("service.version", settings.release())
                                .put("deployment.environment.name", settings.environment())
                                .build());
        exporter =
                OtlpHttpSpanExporter.builder()
                        .setEndpoint(settings.traces())
                        .setCompression("gzip")
                        .setTimeout(REQUEST_WAIT)
                        .setConnectTimeout(CONNECT_WAIT)
                        .setExecutorService(requests)
                        .build();
        sender = Thread.ofVirtual().name("span-export").unstarted(this::sendAll);
    }

    private record Counters(Metrics.Counter exported, Metrics.Counter dropped) {}

    /// Takes spans from now on, until it is closed.
    ///
    /// @param settings null for no export
    /// @return to be closed when the server stops
    public static AutoCloseable start(
            @Nullable SpanDestination settings, InstantSource clock, Metrics metrics) {
        var counters =
                new Counters(
                        metrics.counter(
                                "qide_telemetry_spans_exported_total",
                                "Spans that the OpenTelemetry collector accepted."),
                        metrics.counter(
                                "qide_telemetry_spans_dropped_total",
                                "Spans that were not exported: the queue was full, or the collector did "
                                        + "not accept them."));
        if (settings == null) {
            return () -> {};
        }
        var export = new SpanExport(settings, clock, counters);
        export.sender.start();
        active = export;
        return export;
    }

    /// Whether spans are exported.
    static boolean isOn() {
        return active != null;
    }

    /// Records a span that ends now; does nothing when nothing is exported.
    ///
    /// @param id of the span
    /// @param parent the id of the span that it is a part of; 0 for none
    static void record(Trace trace, Span span, long id, long parent) {
        var export = active;
        if (export != null && !export.queue.offer(export.recorded(trace, span, id, parent))) {
            export.dropped.increment();
        }
    }

    private RecordedSpan recorded(Trace trace, Span span, long id, long parent) {
        var now = clock.instant();
        long end = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        long start = end - Math.max(0, System.nanoTime() - span.begunNanos());
        return new RecordedSpan(
                span,
                context(trace, id),
                parent == 0 ? SpanContext.getInvalid() : context(trace, parent),
                new RecordedSpan.Times(start, end),
                attributes(trace, span.attributes()),
                resource);
    }

    private static SpanContext context(Trace trace, long span) {
        return SpanContext.create(
                trace.id(),
                HEX.toHexDigits(span),
                TraceFlags.getSampled(),
                TraceState.getDefault());
    }

    private static Attributes attributes(Trace trace, Map<String, Object> own) {
        var attributes = Attributes.builder();
        own.forEach((name, value) -> {
            if (value instanceof Number number) {
                attributes.put(name, number.longValue());
            } else {
                attributes.put(name, value.toString());
            }
        });
        var principal = trace.principal();
        if (principal != null) {
            attributes.put("user.id", principal);
        }
        var workspace = trace.workspace();
        if (workspace != null) {
            attributes.put("qide.workspace", workspace);
        }
        return attributes.build();
    }

    private void sendAll() {
        var batch = new ArrayList<SpanData>(BATCH_SPANS);
        try {
            while (!isClosing || !queue.isEmpty()) {
                fill(batch);
                if (!batch.isEmpty()) {
                    send(batch);
                    batch.clear();
                }
                if (isClosing && System.nanoTime() - stopNanos >= 0) {
                    break;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        dropped.add(queue.size() + batch.size());
    }

    /// Waits for spans: half a second after the first one, or until the batch is full.
    private void fill(List<SpanData> batch) throws InterruptedException {
        long end = System.nanoTime() + BATCH_WAIT.toNanos();
        while (batch.size() < BATCH_SPANS && (!isClosing || !queue.isEmpty())) {
            var first = queue.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
            if (first != null) {
                batch.add(first);
                queue.drainTo(batch, BATCH_SPANS - batch.size());
            }
            if (System.nanoTime() - end >= 0) {
                return;
            }
        }
    }

    private void send(List<SpanData> batch) {
        long wait = REQUEST_WAIT.toNanos();
        if (isClosing) {
            wait = Math.max(0, stopNanos - System.nanoTime());
        }
        boolean isTaken = isTaken(batch, wait);
        (isTaken ? exported : dropped).add(batch.size());
        if (!isTaken && System.nanoTime() - nextWarningNanos >= 0) {
            nextWarningNanos = System.nanoTime() + WARNING_PERIOD.toNanos();
            warn(batch.size());
        }
    }

    private boolean isTaken(List<SpanData> batch, long waitNanos) {
        try {
            return exporter.export(List.copyOf(batch))
                    .join(waitNanos, TimeUnit.NANOSECONDS)
                    .isSuccess();
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError _) {
            // A defect of the library must not end the export.
            return false;
        }
    }

    private static void warn(int spans) {
        try {
            LOG.atWarn()
                    .addKeyValue("event.action", "telemetry.spans_dropped")
                    .addKeyValue("rows", spans)
                    .log(
                            "the OpenTelemetry collector did not take spans: check QIDE_OTLP_ENDPOINT");
        } catch (RuntimeException | LinkageError _) {
            // Without free file descriptors even logging classes cannot be loaded; the export must
            // continue.
        }
    }

    /// Sends what waits, for less than two seconds; the rest is dropped and counted.
    @Override
    public void close() {
        if (active == this) {
            active = null;
        }
        stopNanos = System.nanoTime() + STOP_WAIT.toNanos();
        isClosing = true;
        try {
            if (!sender.join(STOP_WAIT)) {
                sender.interrupt();
                var _ = sender.join(COUNT_WAIT);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        var _ = requests.shutdownNow();
        var _ = exporter.shutdown();
    }
}
