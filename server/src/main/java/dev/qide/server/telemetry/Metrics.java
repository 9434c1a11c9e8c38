package dev.qide.server.telemetry;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;

/// Prometheus metrics, named `qide_<package>_<thing>_<unit>`. The only class that uses the client
/// library.
///
/// One instance per server, since several servers may run in one test JVM. Labels come from closed
/// sets only. Thread-safe.
public final class Metrics {
    private final CollectorRegistry registry = new CollectorRegistry();

    /// A counter, which only increases; the name ends in `_total`.
    public Counter counter(String name, String help) {
        var prometheusCounter = io.prometheus.client.Counter.build(name, help).register(registry);
        return prometheusCounter::inc;
    }

    /// A counter with one label.
    public LabelledCounter counter(String name, String help, String label) {
        var prometheusCounter =
                io.prometheus.client.Counter.build(name, help).labelNames(label).register(registry);
        return value -> prometheusCounter.labels(value).inc();
    }

    /// A gauge that is changed by differences.
    public Gauge gauge(String name, String help) {
        var prometheusGauge = io.prometheus.client.Gauge.build(name, help).register(registry);
        var value = new AtomicLong();
        return change -> prometheusGauge.set((double) value.addAndGet(change));
    }

    /// A gauge that is read at each scrape.
    public void gauge(String name, String help, DoubleSupplier now) {
        io.prometheus.client.Gauge.build(name, help)
                .create()
                .setChild(
                        new io.prometheus.client.Gauge.Child() {
                            @Override
                            public double get() {
                                return now.getAsDouble();
                            }
                        })
                .register(registry);
    }

    /// A histogram of durations; the name ends in `_seconds`.
    public Histogram histogram(String name, String help) {
        var prometheusHistogram =
                io.prometheus.client.Histogram.build(name, help)
                        .buckets(
                                .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5,
                                10, 30)
                        .register(registry);
        return nanos -> prometheusHistogram.observe(nanos / 1e9);
    }

    /// The exposition text, format 0.0.4.
    public String expose() {
        var text = new StringWriter();
        try {
            TextFormat.write004(text, registry.metricFamilySamples());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    /// A counter.
    public interface Counter {
        void add(double amount);

        default void increment() {
            add(1);
        }
    }

    /// A counter per label value.
    public interface LabelledCounter {
        void increment(String value);
    }

    /// A gauge.
    public interface Gauge {
        void add(long change);
    }

    /// A histogram of durations.
    public interface Histogram {
        void recordNanos(long nanos);
    }
}
