package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `docs/metrics.md` equals what a running server registers, and the rules, dashboards and
/// documents name only metrics that exist. `-Dupdate.snapshots=true` rewrites the reference.
final class MetricsReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "metrics.md");
    private static final Path PROMETHEUS = Path.of("..", "ops", "prometheus");
    private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");
    private static final Pattern METRIC =
            Pattern.compile(
                    "\\b(?:jvm|process|qide_(?:transport|api|session|tools|teamchat|ai|language|files"
                            + "|collab|audit|store|limits|concurrent|telemetry))_[a-z0-9_]*[a-z0-9]");

    /// The suffixes of the series of a histogram or summary.
    private static final Pattern SERIES = Pattern.compile("_(?:bucket|count|sum|created)$");

    @Test
    void the_reference_equals_the_registry_and_everything_that_names_a_metric_is_right(
            @TempDir Path folder) throws Exception {
        try (var server = TestServer.start(folder)) {
            var metrics = server.metrics();
            var reference = reference(metrics);
            if (Boolean.getBoolean("update.snapshots")) {
                Files.writeString(REFERENCE, reference);
            }
            assertThat(REFERENCE).content().isEqualTo(reference);

            var names =
                    metrics.stream()
                            .map(Metrics.Description::name)
                            .collect(Collectors.toCollection(TreeSet::new));
            var exposed = server.scrape();
            // The client library adds `…_created`, the time of the first value.
            assertThat(
                            exposed.lines()
                                    .filter(line ->
                                            line.startsWith("# TYPE ")
                                                    && !line.contains("_created ")))
                    .allSatisfy(line -> assertThat(names).contains(line.split(" ", -1)[2]))
                    .hasSize(names.size());
            for (var file : naming()) {
                assertThat(namedIn(file)).as("%s", file).isSubsetOf(names);
            }
        }
    }

    @Test
    void every_alert_has_a_runbook_and_tests_that_it_fires_and_does_not() throws IOException {
        var rules = Files.readString(PROMETHEUS.resolve("alerts.yml"));
        var tests = Files.readString(PROMETHEUS.resolve("alerts.test.yml"));
        var runbooks = Files.readString(Path.of("..", "docs", "runbooks.md"));
        var alerts = ALERT.matcher(rules).results().map(found -> found.group(1)).toList();

        assertThat(alerts).hasSizeGreaterThan(20).doesNotHaveDuplicates();
        for (var alert : alerts) {
            assertThat(rules)
                    .contains("runbook: docs/runbooks.md#" + alert.toLowerCase(Locale.ROOT));
            assertThat(runbooks).contains("\n## " + alert + "\n");
            assertThat(tests)
                    .containsPattern("alertname: " + alert + "\\s+exp_alerts: \\[\\]")
                    .containsPattern("alertname: " + alert + "\\s+exp_alerts:\\s+- exp_labels");
        }
    }

    @Test
    void every_help_text_is_a_sentence(@TempDir Path folder) throws Exception {
        try (var server = TestServer.start(folder)) {
            assertThat(server.metrics())
                    .filteredOn(metric -> metric.name().startsWith("qide_"))
                    .hasSizeGreaterThan(50)
                    .allSatisfy(metric ->
                            assertThat(metric.help()).as(metric.name()).matches("[A-Z].{9,}\\."));
        }
    }

    private static String reference(List<Metrics.Description> metrics) {
        var text =
                new StringBuilder(
                        """
                        # Metrics

                        Every metric of `/metrics`, as a running server registers it. Generated from the code's own texts:
                        `mvn -pl server -am test -Dtest=MetricsReferenceTest -Dupdate.snapshots=true` rewrites this page, and a
                        test fails when it differs.

                        - A name `qide_<package>_…` belongs to that package of the server; `jvm_…` and `process_…` are the
                          standard ones of Prometheus's Java client.
                        - A histogram `…_seconds` has the series `…_seconds_bucket`, `…_seconds_count` and `…_seconds_sum`.
                        - Labels have values from closed sets: no person, workspace, path or text is a label. The logs answer
                          questions about one person or one workspace ([ops/elk](../ops/elk/README.md)).

                        | metric | type | unit | labels | meaning |
                        |---|---|---|---|---|
                        """);
        for (var metric : metrics) {
            text.append(
                    "| `%s` | %s | %s | %s | %s |\n"
                            .formatted(
                                    metric.name(),
                                    metric.type(),
                                    metric.unit(),
                                    metric.labels().stream()
                                            .map(label -> "`" + label + "`")
                                            .collect(Collectors.joining(", ")),
                                    metric.help().strip().replace("|", "\\|")));
        }
        return text.toString();
    }

    /// The files that name metrics.
    private static List<Path> naming() throws IOException {
        try (var ops = Files.walk(PROMETHEUS);
                var docs = Files.list(Path.of("..", "docs"))) {
            return Stream.concat(ops, docs)
                    .filter(Files::isRegularFile)
                    .filter(file -> file.toString().matches(".*\\.(yml|json|md|mjs)"))
                    .toList();
        }
    }

    private static SortedSet<String> namedIn(Path file) throws IOException {
        return METRIC.matcher(Files.readString(file))
                .results()
                .map(found -> SERIES.matcher(found.group()).replaceFirst(""))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
