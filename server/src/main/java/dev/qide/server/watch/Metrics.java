package dev.qide.server.watch;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;

/// Prometheus metrics, named `qide_<room>_<thing>_<unit>`; the only class that knows the client
/// library.
///
/// One instance a server (several servers may run in one test JVM). Labels come from closed sets
/// only. Thread-safe.
public final class Metrics {
    private final CollectorRegistry registry = new CollectorRegistry();

    /// A count that only grows; the name ends in `_total`.
    public Count count(String name, String help) {
        var counter = Counter.build(name, help).register(registry);
        return counter::inc;
    }

    /// A count by one label.
    public LabelledCount count(String name, String help, String label) {
        var counter = Counter.build(name, help).labelNames(label).register(registry);
        return value -> counter.labels(value).inc();
    }

    /// A level that is moved up and down.
    public Level level(String name, String help) {
        var gauge = Gauge.build(name, help).register(registry);
        var value = new AtomicLong();
        return change -> gauge.set((double) value.addAndGet(change));
    }

    /// A level that is read when it is scraped.
    public void level(String name, String help, DoubleSupplier now) {
        Gauge.build(name, help)
                .create()
                .setChild(
                        new Gauge.Child() {
                            @Override
                            public double get() {
                                return now.getAsDouble();
                            }
                        })
                .register(registry);
    }

    /// A distribution of seconds; the name ends in `_seconds`.
    public Duration duration(String name, String help) {
        var histogram =
                Histogram.build(name, help)
                        .buckets(
                                .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5,
                                10, 30)
                        .register(registry);
        return nanos -> histogram.observe(nanos / 1e9);
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

    /// Adds to a count.
    public interface Count {
        void add(double amount);

        default void increment() {
            add(1);
        }
    }

    /// Adds one to the count of a label's value.
    public interface LabelledCount {
        void increment(String value);
    }

    /// Moves a level.
    public interface Level {
        void move(long change);
    }

    /// Records a duration.
    public interface Duration {
        void recordNanos(long nanos);
    }
}
