package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The README's floor plan is the law: this test reads it and holds the compiled classes against
/// it.
class FloorPlanTest {
    private static final String SERVER = "dev.qide.server";
    private static final Path README = Path.of("..", "README.md");
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    // Also where `ops/build/test` puts them.
                    .withImportOption(location -> !location.contains("/test-classes/"))
                    .importPackages(SERVER);
    private static final Map<String, List<String>> KEPT_IN_ONE_ROOM =
            Map.of(
                    "store",
                            List.of(
                                    "org.jdbi",
                                    "java.sql",
                                    "javax.sql",
                                    "org.postgresql",
                                    "com.zaxxer",
                                    "org.flywaydb"),
                    "socket", List.of("io.helidon", "org.glassfish.tyrus", "jakarta.websocket"),
                    "watch",
                            List.of(
                                    "io.prometheus",
                                    "ch.qos.logback",
                                    "net.logstash",
                                    "tools.jackson"),
                    "limits", List.of("io.github.bucket4j"));

    @Test
    void every_arrow_between_rooms_is_in_the_readme() throws IOException {
        var plan = readPlan();
        var arrows = new TreeMap<String, Set<String>>();
        for (var type : CLASSES) {
            var from = roomOf(type);
            for (var dependency : type.getDirectDependenciesFromSelf()) {
                var to = roomOf(dependency.getTargetClass().getBaseComponentType());
                if (!from.isEmpty() && !to.equals(from) && isOurs(dependency.getTargetClass())) {
                    if (!plan.getOrDefault(from, Set.of()).contains(to)) {
                        arrows.computeIfAbsent(from + " -> " + to, _ -> new TreeSet<>())
                                .add(
                                        type.getSimpleName()
                                                + " uses "
                                                + dependency.getTargetClass().getSimpleName());
                    }
                }
            }
        }
        assertThat(arrows).as("arrows that the README's floor plan does not allow").isEmpty();
    }

    @Test
    void every_room_of_the_code_is_in_the_readme_and_the_other_way_round() throws IOException {
        var rooms =
                CLASSES.stream()
                        .map(FloorPlanTest::roomOf)
                        .filter(room -> !room.isEmpty())
                        .collect(Collectors.toSet());

        assertThat(readPlan().keySet()).containsExactlyInAnyOrderElementsOf(rooms);
    }

    @Test
    void each_heavy_library_is_known_to_one_room() {
        KEPT_IN_ONE_ROOM.forEach((room, libraries) ->
                assertThat(CLASSES)
                        .filteredOn(type -> !roomOf(type).equals(room))
                        .allSatisfy(type ->
                                assertThat(type.getDirectDependenciesFromSelf())
                                        .noneMatch(dependency ->
                                                libraries.stream()
                                                        .anyMatch(
                                                                dependency
                                                                                .getTargetClass()
                                                                                .getPackageName()
                                                                        ::startsWith))));
    }

    @Test
    void the_yjs_library_knows_nothing_of_the_server() {
        var yjs = new ClassFileImporter().importPackages("dev.qide.yjs");

        assertThat(yjs)
                .isNotEmpty()
                .allSatisfy(type ->
                        assertThat(type.getDirectDependenciesFromSelf())
                                .noneMatch(dependency ->
                                        dependency
                                                        .getTargetClass()
                                                        .getPackageName()
                                                        .startsWith(SERVER)
                                                || dependency
                                                        .getTargetClass()
                                                        .getPackageName()
                                                        .startsWith("dev.qide.wire")));
    }

    /// The rows of the table whose head is `room | charter | may use`.
    private static Map<String, Set<String>> readPlan() throws IOException {
        var row = Pattern.compile("^\\| `(\\w+)` \\|[^|]*\\|([^|]*)\\|$");
        var plan = new LinkedHashMap<String, Set<String>>();
        var lines = Files.readAllLines(README);
        int head = lines.indexOf("| room | charter | may use |");
        assertThat(head).as("the head of the floor plan's table in README.md").isPositive();
        for (var line : lines.subList(head, lines.size())) {
            var matcher = row.matcher(line);
            if (matcher.matches()) {
                plan.put(
                        matcher.group(1),
                        Arrays.stream(matcher.group(2).split(",", -1))
                                .map(String::strip)
                                .filter(room -> !room.isEmpty() && !room.equals("nothing"))
                                .collect(Collectors.toSet()));
            }
        }
        assertThat(plan).as("the floor plan in README.md").isNotEmpty();
        return plan;
    }

    private static boolean isOurs(JavaClass type) {
        return type.getBaseComponentType().getPackageName().startsWith(SERVER);
    }

    private static String roomOf(JavaClass type) {
        var name = type.getPackageName();
        return name.startsWith(SERVER + ".") ? name.substring(SERVER.length() + 1) : "";
    }
}
