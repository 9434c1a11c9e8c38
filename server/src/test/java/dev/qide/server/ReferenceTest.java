package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.cli.SettingsReference;
import dev.qide.server.session.MethodsReference;
import dev.qide.server.telemetry.LogKeys;
import dev.qide.wire.Failure;
import dev.qide.wire.Methods;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// `docs/reference.md` equals the code. `-Dupdate.snapshots=true` rewrites it.
class ReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference.md");
    private static final Path SOURCES = Path.of("src/main/java/dev/qide/server");
    private static final Path WIRE = Path.of("../protocol/wire/src/main/java/dev/qide/wire");

    /// An event as it is logged: after the key `event.action`, as the second choice of such a
    /// value, or as the first argument of a method that logs.
    private static final Pattern EVENT =
            Pattern.compile(
                    "(?s)(?:\"event\\.action\",\\s*(?:[^\";]*\\?\\s*)?|\\? \"[a-z._]+\" : |[lL]og\\w*\\(\\s*)"
                            + "\"([a-z]+\\.[a-z]+(?:_[a-z]+)*)\"");

    private static final Pattern METHOD =
            Pattern.compile(
                    "((?:\\s*///[^\\n]*\\n)+)\\s*public static final String \\w+ =\\s*\"([^\"]+)\"");

    @Test
    void the_reference_equals_the_code() throws IOException {
        var text = reference();
        if (Boolean.getBoolean("update.snapshots")) {
            Files.writeString(REFERENCE, text);
        }

        assertThat(REFERENCE).content().isEqualTo(text);
    }

    @Test
    void every_event_has_the_prefix_of_its_package() throws IOException {
        assertThat(events().entrySet())
                .hasSizeGreaterThan(70)
                .allSatisfy(event ->
                        assertThat(event.getValue())
                                .as(event.getKey())
                                .isEqualTo(
                                        event.getKey().substring(0, event.getKey().indexOf('.'))));
    }

    @Test
    void every_method_of_our_own_is_described() throws IOException {
        var constants =
                Arrays.stream(Methods.class.getDeclaredFields())
                        .filter(field -> Modifier.isPublic(field.getModifiers()))
                        .count();

        assertThat(ownMethods()).hasSize((int) constants);
    }

    private static String reference() throws IOException {
        return """
        # Reference

        Generated from the code: `mvn -pl server -am test -Dtest=ReferenceTest -Dupdate.snapshots=true` rewrites this page,
        and a test fails when it differs. [Metrics](metrics.md) are a page of their own; [HTTP API](http-api.md) lists the
        endpoints, [WebSocket protocol](protocol.md) explains the methods.

        """
                + section(
                        "Q-IDE's own JSON-RPC methods",
                        List.of("method", "direction and bodies"),
                        ownMethods())
                + section(
                        "Methods that clients may send",
                        List.of("method", "action that needs a permission"),
                        MethodsReference.rows())
                + section(
                        "Failures", List.of("failure", "JSON-RPC", "HTTP", "sentence"), failures())
                + section(
                        "Settings",
                        List.of("variable", "meaning", "default"),
                        SettingsReference.rows())
                + section("Log keys", List.of("key", "type", "meaning"), keys())
                + section(
                                "Log events",
                                List.of("`event.action`", "package"),
                                events().entrySet().stream()
                                        .map(event ->
                                                List.of(
                                                        "`" + event.getKey() + "`",
                                                        event.getValue()))
                                        .toList())
                        .stripTrailing()
                + "\n";
    }

    private static String section(String title, List<String> head, List<List<String>> rows) {
        var lines = new ArrayList<String>();
        lines.add("## " + title + "\n");
        lines.add(row(head));
        lines.add("|" + "---|".repeat(head.size()));
        rows.forEach(cells -> lines.add(row(cells)));
        return String.join("\n", lines) + "\n\n";
    }

    private static String row(List<String> cells) {
        return cells.stream()
                .map(cell -> cell.replace("|", "\\|"))
                .collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static List<List<String>> ownMethods() throws IOException {
        var source = Files.readString(WIRE.resolve("Methods.java"));
        return METHOD.matcher(source)
                .results()
                .map(found ->
                        List.of(
                                "`" + found.group(2) + "`",
                                found.group(1)
                                        .replaceAll("(?m)^\\s*///\\s?", "")
                                        .replaceAll("\\[(\\w+)]", "`$1`")
                                        .strip()
                                        .replaceAll("\\s+", " ")))
                .toList();
    }

    private static List<List<String>> failures() {
        return Arrays.stream(Failure.values())
                .map(failure ->
                        List.of(
                                "`" + failure.wireName() + "`",
                                Integer.toString(failure.code()),
                                Integer.toString(failure.httpStatus()),
                                failure.sentence()))
                .toList();
    }

    private static List<List<String>> keys() {
        return LogKeys.all().stream()
                .map(key ->
                        List.of(
                                "`" + key.name() + "`",
                                key.kind().name().toLowerCase(Locale.ROOT),
                                key.meaning()))
                .toList();
    }

    /// The events of the sources, with the package that logs them; `server` for the root.
    private static Map<String, String> events() throws IOException {
        var events = new TreeMap<String, String>();
        try (var files = Files.walk(SOURCES)) {
            for (var file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
                var inside = SOURCES.relativize(file);
                var room = inside.getNameCount() == 1 ? "server" : inside.getName(0).toString();
                if (room.equals("telemetry")) {
                    // Configures logs, and has no events of its own.
                    continue;
                }
                EVENT.matcher(Files.readString(file))
                        .results()
                        .forEach(found -> events.merge(found.group(1), room, (one, _) -> one));
            }
        }
        return events;
    }
}
