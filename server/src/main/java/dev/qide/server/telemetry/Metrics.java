package dev.qide.server.telemetry;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.SimpleCollector;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.GarbageCollectorExports;
import io.prometheus.client.hotspot.MemoryPoolsExports;
import io.prometheus.client.hotspot.StandardExports;
import io.prometheus.client.hotspot.ThreadExports;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Prometheus metrics, named `qide_<package>_<thing>_<unit>`. The only class that uses the client
/// library.
///
/// One instance per server, since several servers may run in one test JVM. Labels come from closed
/// sets, or from sets that [Labelled#retain] keeps small: each value of a label of a histogram
/// costs ten series. Thread-safe.
public final class Metrics {
    private static final double[] DURATIONS = {
        .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30
    };

    /// Few, because each value of the label has all of them.
    private static final double[] LABELLED_DURATIONS = {.005, .025, .1, .25, .5, 1, 2.5, 10};

    private final CollectorRegistry registry = new CollectorRegistry();
    private final Map<String, List<String>> labels = new ConcurrentHashMap<>();

    /// Registers what the client library knows of the process and its JVM: `process_…` and `jvm_…`.
    public void observeProcess() {
        new StandardExports().register(registry);
        new MemoryPoolsExports().register(registry);
        new GarbageCollectorExports().register(registry);
        new ThreadExports().register(registry);
    }

    /// A counter, which only increases; the name ends in `_total`.
    public Counter counter(String name, String help) {
        var prometheusCounter = io.prometheus.client.Counter.build(name, help).register(registry);
        return prometheusCounter::inc;
    }

    /// A counter with one label.
    public LabelledCounter counter(String name, String help, String label) {
        labels.put(name, List.of(label));
        var prometheusCounter =
                io.prometheus.client.Counter.build(name, help).labelNames(label).register(registry);
        return new RegisteredCounter(prometheusCounter, new LabelValues(prometheusCounter));
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

    /// A gauge with labels that is read at each scrape.
    ///
    /// @param now the value of each combination of values of the labels
    public void gauge(
            String name,
            String help,
            List<String> labelNames,
            Supplier<Map<List<String>, Double>> now) {
        labels.put(name, List.copyOf(labelNames));
        registry.register(
                new Collector() {
                    @Override
                    public List<MetricFamilySamples> collect() {
                        var family = new GaugeMetricFamily(name, help, labelNames);
                        now.get().forEach(family::addMetric);
                        return List.of(family);
                    }
                });
    }

    /// A histogram of durations; the name ends in `_seconds`.
    public Histogram histogram(String name, String help) {
        var prometheusHistogram =
                io.prometheus.client.Histogram.build(name, help)
                        .buckets(DURATIONS)
                        .register(registry);
        return nanos -> prometheusHistogram.observe(nanos / 1e9);
    }

    /// A histogram of durations with one label and fewer buckets.
    public LabelledHistogram histogram(String name, String help, String label) {
        labels.put(name, List.of(label));
        var prometheusHistogram =
                io.prometheus.client.Histogram.build(name, help)
                        .labelNames(label)
                        .buckets(LABELLED_DURATIONS)
                        .register(registry);
        return new RegisteredHistogram(prometheusHistogram, new LabelValues(prometheusHistogram));
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

    /// Every registered metric, by name.
    public List<Description> descriptions() {
        return Collections.list(registry.metricFamilySamples()).stream()
                .map(this::description)
                .sorted(Comparator.comparing(Description::name))
                .toList();
    }

    private Description description(MetricFamilySamples family) {
        var name =
                family.type == Collector.Type.COUNTER && !family.name.endsWith("_total")
                        ? family.name + "_total"
                        : family.name;
        var known =
                labels.getOrDefault(
                        name,
                        family.samples.stream()
                                .flatMap(sample -> sample.labelNames.stream())
                                .filter(label -> !label.equals("le") && !label.equals("quantile"))
                                .distinct()
                                .toList());
        return new Description(
                name, family.type.name().toLowerCase(Locale.ROOT), known, family.help);
    }

    /// A metric as the reference describes it.
    ///
    /// @param type as in the exposition format
    /// @param labels the names of its labels
    public record Description(String name, String type, List<String> labels, String help) {
        /// The unit of the value, from the name.
        public String unit() {
            var base = name.endsWith("_total") ? name.substring(0, name.length() - 6) : name;
            if (base.endsWith("_seconds")) {
                return "seconds";
            }
            if (base.endsWith("_micros")) {
                return "millionths of the currency";
            }
            return base.endsWith("_bytes") || base.contains("_bytes_") ? "bytes" : "number";
        }
    }

    /// A counter.
    public interface Counter {
        void add(double amount);

        default void increment() {
            add(1);
        }
    }

    /// A metric with one label.
    public interface Labelled {
        /// Removes the series of all other values of the label, and from then on ignores what is
        /// recorded of them. For values that come and go, such as names that people give.
        void retain(Set<String> values);
    }

    /// A counter per label value.
    public interface LabelledCounter extends Labelled {
        void add(String value, double amount);

        default void increment(String value) {
            add(value, 1);
        }
    }

    /// A gauge.
    public interface Gauge {
        void add(long change);
    }

    /// A histogram of durations.
    public interface Histogram {
        void recordNanos(long nanos);
    }

    /// A histogram of durations per label value.
    public interface LabelledHistogram extends Labelled {
        void recordNanos(String value, long nanos);
    }

    private record RegisteredCounter(io.prometheus.client.Counter counter, LabelValues values)
            implements LabelledCounter {
        @Override
        public void add(String value, double amount) {
            values.record(value, () -> counter.labels(value).inc(amount));
        }

        @Override
        public void retain(Set<String> retained) {
            values.retain(retained);
        }
    }

    private record RegisteredHistogram(io.prometheus.client.Histogram histogram, LabelValues values)
            implements LabelledHistogram {
        @Override
        public void recordNanos(String value, long nanos) {
            values.record(value, () -> histogram.labels(value).observe(nanos / 1e9));
        }

        @Override
        public void retain(Set<String> retained) {
            values.retain(retained);
        }
    }

    /// The values of the label of one metric. After the first [#retain], recording shares a lock,
    /// so that no series of a removed value comes back.
    private static final class LabelValues {
        private final SimpleCollector<?> collector;
        private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        private volatile @Nullable Set<String> retained;

        LabelValues(SimpleCollector<?> collector) {
            this.collector = collector;
        }

        void record(String value, Runnable observation) {
            if (retained == null) {
                observation.run();
                return;
            }
            lock.readLock().lock();
            try {
                var now = retained;
                if (now != null && now.contains(value)) {
                    observation.run();
                }
            } finally {
                lock.readLock().unlock();
            }
        }

        void retain(Set<String> values) {
            lock.writeLock().lock();
            try {
                retained = Set.copyOf(values);
                collector.collect().stream()
                        .flatMap(family -> family.samples.stream())
                        .map(sample -> sample.labelValues.getFirst())
                        .filter(value -> !values.contains(value))
                        .distinct()
                        .forEach(collector::remove);
            } finally {
                lock.writeLock().unlock();
            }
        }
    }
}
