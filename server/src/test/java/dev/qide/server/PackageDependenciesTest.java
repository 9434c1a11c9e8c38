package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.telemetry.Health;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Checks the compiled classes against the table in `docs/architecture.md`: the dependencies of
/// both must be equal.
class PackageDependenciesTest {
    private static final String SERVER = "dev.qide.server";

    /// The package above the others, as that table names it.
    private static final String ROOT = "root";

    private static final Path ARCHITECTURE = Path.of("..", "docs", "architecture.md");
    private static final Path SOURCES = Path.of("src", "main", "java", "dev", "qide", "server");
    private static final int FILE_LINES = 400;
    private static final int PACKAGE_LINES_WITHOUT_SUBPACKAGES = 3_000;
    private static final int MAP_LINES_LEAST = 3;
    private static final int MAP_LINES_MOST = 30;
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(PackageDependenciesTest::isMainCode)
                    .importPackages(SERVER);
    private static final Map<String, List<String>> LIBRARIES_OF_PACKAGES =
            Map.of(
                    "store",
                            List.of(
                                    "org.jdbi",
                                    "java.sql",
                                    "javax.sql",
                                    "org.postgresql",
                                    "com.zaxxer",
                                    "org.flywaydb"),
                    "transport", List.of("org.glassfish.tyrus", "jakarta.websocket"),
                    "telemetry",
                            List.of(
                                    "io.prometheus",
                                    "ch.qos.logback",
                                    "net.logstash",
                                    "io.sentry",
                                    "io.opentelemetry"),
                    "limits", List.of("io.github.bucket4j"),
                    "login", List.of("com.nimbusds"),
                    "redis", List.of("io.lettuce", "io.netty", "reactor"));

    /// Pools whose threads are replaced when they end, and whose callers bound their own waits.
    private static final Set<String> WITHOUT_HEALTH = Set.of("dev.qide.server.concurrent.CpuPool");

    /// `ops/build/test` compiles into `target/quick`, which ArchUnit's own option does not know.
    private static boolean isMainCode(Location location) {
        return !location.contains("/test-classes/");
    }

    @Test
    void the_dependencies_of_packages_are_those_of_the_architecture() throws IOException {
        var dependencies = new TreeMap<String, Set<String>>();
        CLASSES.forEach(
                type -> dependencies.computeIfAbsent(packageOf(type), _ -> new TreeSet<>()));
        forEachUse((type, used) -> {
            if (!packageOf(type).equals(packageOf(used))) {
                dependencies
                        .computeIfAbsent(packageOf(type), _ -> new TreeSet<>())
                        .add(packageOf(used));
            }
        });

        assertThat(dependencies).isEqualTo(readTable());
    }

    @Test
    void only_its_own_package_uses_a_sub_package() {
        var reached = new TreeSet<String>();
        forEachUse((type, used) -> {
            if (isInSubPackage(used) && !packageOf(type).equals(packageOf(used))) {
                reached.add(type.getName() + " uses " + used.getName());
            }
        });

        assertThat(reached).isEmpty();
    }

    @Test
    void only_one_package_uses_each_heavy_library() {
        LIBRARIES_OF_PACKAGES.forEach((name, libraries) ->
                assertThat(CLASSES)
                        .filteredOn(type -> !packageOf(type).equals(name))
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
    void the_yjs_library_does_not_depend_on_the_server() {
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

    @Test
    void no_source_file_is_longer_than_400_lines() throws IOException {
        assertThat(sources())
                .isNotEmpty()
                .allSatisfy(file ->
                        assertThat(lines(file))
                                .as(file.toString())
                                .isLessThanOrEqualTo(FILE_LINES));
    }

    @Test
    void a_package_above_3000_lines_has_sub_packages() throws IOException {
        var linesOfPackages =
                sources().stream()
                        .filter(file -> SOURCES.relativize(file).getNameCount() > 1)
                        .collect(
                                Collectors.groupingBy(
                                        file -> SOURCES.relativize(file).getName(0).toString(),
                                        TreeMap::new,
                                        Collectors.summingInt(PackageDependenciesTest::lines)));

        assertThat(linesOfPackages).isNotEmpty();
        linesOfPackages.forEach((name, lines) -> {
            if (lines > PACKAGE_LINES_WITHOUT_SUBPACKAGES) {
                assertThat(SOURCES.resolve(name))
                        .as("%s has %d lines", name, lines)
                        .isDirectoryContaining(Files::isDirectory);
            }
        });
    }

    @Test
    void every_package_has_a_map() throws IOException {
        var packages = sources().stream().map(Path::getParent).collect(Collectors.toSet());
        for (var directory : packages) {
            var info = directory.resolve("package-info.java");
            assertThat(info).exists();
            var map = Files.readAllLines(info).stream().filter(line -> line.startsWith("///"));
            assertThat(map.count())
                    .as(info.toString())
                    .isBetween((long) MAP_LINES_LEAST, (long) MAP_LINES_MOST);
        }
    }

    /// The rows of the table with the header `package | purpose | uses`.
    private static Map<String, Set<String>> readTable() throws IOException {
        var row = Pattern.compile("^\\| `(\\w+)` \\|[^|]*\\|([^|]*)\\|$");
        var table = new TreeMap<String, Set<String>>();
        var lines = Files.readAllLines(ARCHITECTURE);
        int head = lines.indexOf("| package | purpose | uses |");
        assertThat(head).as("the head of the packages' table in %s", ARCHITECTURE).isPositive();
        for (var line : lines.subList(head, lines.size())) {
            var matcher = row.matcher(line);
            if (matcher.matches()) {
                table.put(
                        matcher.group(1),
                        Arrays.stream(matcher.group(2).split(",", -1))
                                .map(String::strip)
                                .filter(name -> !name.isEmpty() && !name.equals("nothing"))
                                .collect(Collectors.toCollection(TreeSet::new)));
            }
        }
        assertThat(table).as("the packages' table in %s", ARCHITECTURE).isNotEmpty();
        return table;
    }

    /// Visits each use of one of our classes by another one.
    private static void forEachUse(BiConsumer<JavaClass, JavaClass> use) {
        for (var type : CLASSES) {
            for (var dependency : type.getDirectDependenciesFromSelf()) {
                var used = dependency.getTargetClass().getBaseComponentType();
                if (isOurs(used)) {
                    use.accept(type, used);
                }
            }
        }
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().equals(SERVER)
                || type.getPackageName().startsWith(SERVER + ".");
    }

    private static boolean isInSubPackage(JavaClass type) {
        return below(type).contains(".");
    }

    private static String packageOf(JavaClass type) {
        var below = below(type);
        int dot = below.indexOf('.');
        return below.isEmpty() ? ROOT : dot < 0 ? below : below.substring(0, dot);
    }

    /// The name of a class's package below the server's, for instance `language.process`.
    private static String below(JavaClass type) {
        var name = type.getPackageName();
        return name.equals(SERVER) ? "" : name.substring(SERVER.length() + 1);
    }

    private static List<Path> sources() throws IOException {
        try (var files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    private static int lines(Path file) {
        try {
            return Files.readAllLines(file).size();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// A class that creates such a thread has a state, and the states that `Server` registers lead
    /// to it.
    @Test
    void every_thread_that_must_live_is_known_to_ready() {
        var owners = new TreeSet<String>();
        for (var type : CLASSES) {
            boolean isOwner =
                    type.getConstructorCallsFromSelf().stream()
                            .anyMatch(call ->
                                    call.getTargetOwner().isEquivalentTo(BackgroundTask.class)
                                            || call.getTargetOwner()
                                                    .isAssignableTo(ThreadPoolExecutor.class));
            if (isOwner && !WITHOUT_HEALTH.contains(type.getName())) {
                owners.add(type.getName());
            }
        }

        assertThat(owners).hasSizeGreaterThan(5);
        assertThat(classesOf(registered())).containsAll(owners);
    }

    /// The methods that return a state, as far as they are reached from `Server`.
    private static Set<JavaMember> registered() {
        var reached = new HashSet<JavaMember>();
        var next = new ArrayDeque<JavaCodeUnit>();
        CLASSES.get("dev.qide.server.Server").getCodeUnits().forEach(next::add);
        while (!next.isEmpty()) {
            states(next.remove()).filter(reached::add).forEach(next::add);
        }
        return reached;
    }

    /// What a method calls or refers to that returns or registers a state.
    private static Stream<JavaCodeUnit> states(JavaCodeUnit from) {
        return Stream.concat(
                        from.getMethodCallsFromSelf().stream(),
                        from.getMethodReferencesFromSelf().stream())
                .map(access -> access.getTarget().resolveMember())
                .flatMap(member -> member.stream())
                .filter(member ->
                        member.getRawReturnType().isEquivalentTo(Health.State.class)
                                || member.getRawParameterTypes().stream()
                                        .anyMatch(type -> type.isEquivalentTo(Health.class)))
                .map(JavaCodeUnit.class::cast);
    }

    private static Set<String> classesOf(Set<JavaMember> members) {
        var names = new TreeSet<String>();
        members.forEach(member -> names.add(outermost(member.getOwner())));
        return names;
    }

    private static String outermost(JavaClass type) {
        return type.getEnclosingClass()
                .map(PackageDependenciesTest::outermost)
                .orElse(type.getName());
    }
}
