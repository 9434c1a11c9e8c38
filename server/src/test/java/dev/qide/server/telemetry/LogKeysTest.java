package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Compares the keys in the sources with [LogKeys].
class LogKeysTest {
    private static final Path SOURCES =
            Path.of(System.getProperty("basedir", "."), "src/main/java/dev/qide/server");
    private static final Pattern ANY_KEY = Pattern.compile("addKeyValue\\(");
    private static final Pattern KEY = Pattern.compile("addKeyValue\\(\\s*\"([^\"]+)\"");

    /// A key that the encoder adds to each line of a trace.
    private static final Pattern TRACE_KEY = Pattern.compile("write\\(json, pairs, \"([^\"]+)\"");

    private static final Pattern EVENT =
            Pattern.compile("(?:addKeyValue\\(\\s*\"event\\.action\",\\s*)\"([^\"]+)\"");

    /// A source file and its package; `server` for files above the packages.
    private record Source(String name, Path file, String text) {}

    @Test
    void the_list_has_exactly_the_keys_in_the_sources() throws IOException {
        var used = new ArrayList<String>();
        for (var source : sources()) {
            used.addAll(found(KEY, source.text()));
            used.addAll(found(TRACE_KEY, source.text()));
            assertThat(found(KEY, source.text()))
                    .as("a key that is not a literal cannot be listed: %s", source.file())
                    .hasSameSizeAs(ANY_KEY.matcher(source.text()).results().toList());
        }

        assertThat(LogKeys.all().stream().map(LogKeys.LogKey::name))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(used.stream().distinct().toList());
    }

    @Test
    void each_event_starts_with_the_name_of_its_package() throws IOException {
        for (var source : sources()) {
            assertThat(found(EVENT, source.text()))
                    .as(source.file().toString())
                    .allMatch(event -> event.matches(source.name() + "\\.[a-z_]+"));
        }
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .filter(MatchResult::hasMatch)
                .map(match -> match.group(1))
                .toList();
    }

    private static List<Source> sources() throws IOException {
        var sources = new ArrayList<Source>();
        try (var files = Files.walk(SOURCES)) {
            for (var file : files.filter(name -> name.toString().endsWith(".java")).toList()) {
                var folder = SOURCES.relativize(file).getParent();
                var name = folder == null ? "server" : folder.getName(0).toString();
                sources.add(new Source(name, file, Files.readString(file)));
            }
        }
        assertThat(sources).isNotEmpty();
        return sources;
    }
}
