package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.wire.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Checks the documents against the code and against each other.
class DocumentsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final List<String> FOLDERS =
            List.of("docs", "extensions", "ops", "protocol", "server", "web-client");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]+))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern CODE_BLOCK = Pattern.compile("(?s)```.*?```");
    private static final Pattern TYPE = Pattern.compile("`((?:[a-z]+\\.)+)([A-Z]\\w*)`");
    private static final Pattern CLIENT_ROW =
            Pattern.compile("(?m)^\\| (.*?) \\| (.*?) \\| .*? \\| (.*?) \\|$");
    private static final Pattern PACKAGE = Pattern.compile("`([a-z@][^`]*)`");
    private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+");
    private static final Pattern COMPONENT =
            Pattern.compile("health\\.register\\(\\s*\"([a-z-]+)\"");
    private static final Pattern CODE_FILE =
            Pattern.compile("`(?:\\w+/)*([A-Z]\\w*[a-z][A-Z]\\w*)(?:\\.java|#\\w+)?`");
    private static final Pattern NAMED_TEST =
            Pattern.compile("(?:`|-Dtest='?|,)([A-Z]\\w+(?:Test|Speed|Session|Figures))\\b");
    private static final Pattern TEST_CLASS = Pattern.compile("`([A-Z]\\w+)`");
    private static final Path TESTS = ROOT.resolve("server/src/test");
    private static final Path SOURCES = ROOT.resolve("server/src/main/java/dev/qide/server");

    @Test
    void every_failure_has_a_row_in_the_protocol() throws IOException {
        var page = Files.readString(ROOT.resolve("docs/protocol.md"));

        assertThat(Failure.values())
                .allSatisfy(failure ->
                        assertThat(page)
                                .contains(
                                        "| `%s` | %d | %d | "
                                                .formatted(
                                                        failure.wireName(),
                                                        failure.code(),
                                                        failure.httpStatus())));
    }

    @Test
    void every_type_that_the_architecture_names_exists() throws IOException {
        var page = Files.readString(ROOT.resolve("docs/architecture.md"));
        var missing = new TreeSet<String>();
        for (var type : TYPE.matcher(page).results().toList()) {
            var file = type.group(1).replace('.', '/') + type.group(2) + ".java";
            if (!Files.exists(SOURCES.resolve(file))) {
                missing.add(type.group());
            }
        }

        assertThat(missing).isEmpty();
    }

    @Test
    void operations_names_every_component_of_readiness() throws IOException {
        var page = Files.readString(ROOT.resolve("docs/operations.md"));
        var components = new TreeSet<String>();
        for (var file : below(SOURCES, ".java")) {
            components.addAll(all(COMPONENT, Files.readString(file)));
        }

        assertThat(components).hasSizeGreaterThan(10);
        assertThat(components).allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    }

    @Test
    void every_test_that_a_page_names_exists() throws IOException {
        var names = javaFiles();
        var missing = new TreeSet<String>();
        for (var page : pages()) {
            for (var test : all(NAMED_TEST, Files.readString(page))) {
                if (!names.contains(test)) {
                    missing.add(ROOT.relativize(page) + ": " + test);
                }
            }
        }

        assertThat(missing).isEmpty();
    }

    @Test
    void every_class_that_contributing_names_exists() throws IOException {
        var page = Files.readString(ROOT.resolve("CONTRIBUTING.md"));

        assertThat(all(CODE_FILE, page)).hasSizeGreaterThan(10).isSubsetOf(javaFiles());
    }

    /// The names of the Java files of server and protocol, without their ending.
    private static Set<String> javaFiles() throws IOException {
        var names = new HashSet<String>();
        for (var folder : List.of("server/src", "protocol")) {
            for (var file : below(ROOT.resolve(folder), ".java")) {
                names.add(file.getFileName().toString().replace(".java", ""));
            }
        }
        return names;
    }

    @Test
    void every_link_leads_to_a_file_and_a_heading() throws IOException {
        var pages = pages();
        var broken = new ArrayList<String>();
        for (var page : pages) {
            for (var link : LINK.matcher(Files.readString(page)).results().toList()) {
                if (!link.group(1).startsWith("http") && !leadsSomewhere(page, link)) {
                    broken.add(ROOT.relativize(page) + ": " + link.group());
                }
            }
        }

        assertThat(pages).hasSizeGreaterThan(10);
        assertThat(broken).isEmpty();
    }

    private static boolean leadsSomewhere(Path page, MatchResult link) throws IOException {
        var file = link.group(1);
        var target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        return Files.exists(target)
                && (link.group(2) == null || anchors(target).contains(link.group(2)));
    }

    @Test
    void stock_clients_are_tested_in_the_version_that_the_document_names() throws IOException {
        var packages = new StringBuilder();
        for (var file : below(TESTS.resolve("node"), "package.json")) {
            packages.append(Files.readString(file));
        }
        var classes = below(TESTS.resolve("java"), ".java").stream().map(Path::getFileName);
        var names = classes.map(Path::toString).toList();
        var page = Files.readString(ROOT.resolve("docs/clients.md"));
        var wrong = new ArrayList<String>();
        int versions = 0;
        for (var row : CLIENT_ROW.matcher(page).results().toList()) {
            all(TEST_CLASS, row.group(3)).stream()
                    .map(test -> test + ".java")
                    .filter(name -> !names.contains(name))
                    .forEach(wrong::add);
            var clients = all(PACKAGE, row.group(1));
            var named = clients.isEmpty() ? List.<String>of() : all(VERSION, row.group(2));
            versions += named.size();
            named.stream()
                    .filter(version -> !isInstalled(clients, version, packages))
                    .map(version -> row.group(1) + " " + version)
                    .forEach(wrong::add);
        }

        assertThat(versions).isGreaterThan(12);
        assertThat(wrong).isEmpty();
    }

    /// Whether the tests install this version of one of the packages, perhaps under an alias.
    private static boolean isInstalled(
            List<String> clients, String version, StringBuilder packages) {
        return clients.stream()
                .anyMatch(client ->
                        packages.indexOf("\"" + client + "\": \"" + version + ".") >= 0
                                || packages.indexOf("npm:" + client + "@" + version + ".") >= 0);
    }

    /// What a pattern finds: its group where it has one.
    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(found -> found.group(Math.min(1, found.groupCount())))
                .toList();
    }

    /// The anchors of a page's headings, as GitHub generates them.
    private static List<String> anchors(Path page) throws IOException {
        var prose = CODE_BLOCK.matcher(Files.readString(page)).replaceAll("");
        return HEADING.matcher(prose)
                .results()
                .map(heading ->
                        heading.group(1)
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[^\\w\\- ]", "")
                                .replace(' ', '-'))
                .toList();
    }

    private static List<Path> pages() throws IOException {
        var pages = new ArrayList<>(markdown(ROOT, 1));
        for (var folder : FOLDERS) {
            pages.addAll(markdown(ROOT.resolve(folder), Integer.MAX_VALUE));
        }
        return pages;
    }

    private static List<Path> below(Path folder, String ending) throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .filter(file -> !file.toString().contains("node_modules"))
                    .toList();
        }
    }

    private static List<Path> markdown(Path folder, int depth) throws IOException {
        try (var files = Files.walk(folder, depth)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !file.toString().matches(".*/(node_modules|target)/.*"))
                    .toList();
        }
    }
}
