package dev.qide.server.files;

import static dev.qide.server.files.FilesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.wire.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Text search over files and documents, and its bounds.
final class SearchTest {
    @TempDir Path home;
    private FileSyncFixture fixture;
    private Path root;

    @BeforeEach
    void open() throws Exception {
        root = Files.createDirectory(home.resolve("project"));
        write("src/main.py", "import os\nname = 'Café'\nrename = name\n");
        write("docs/a.md", "a name\r\nand another Name\r\n");
        fixture = new FileSyncFixture(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void positions_count_as_in_editors() throws Exception {
        assertThat(found("name"))
                .containsExactly(
                        "docs/a.md 0:2 a name",
                        "docs/a.md 1:12 and another Name",
                        "src/main.py 1:0 name = 'Café'",
                        "src/main.py 2:2 rename = name",
                        "src/main.py 2:9 rename = name");
        assertThat(found(query("name", false, true, true, null)))
                .containsExactly(
                        "docs/a.md 0:2 a name",
                        "src/main.py 1:0 name = 'Café'",
                        "src/main.py 2:9 rename = name");
        assertThat(found(query("CAFÉ", false, false, true, null))).hasSize(1);
        assertThat(found(query("^\\w+ =", true, false, false, null)))
                .containsExactly("src/main.py 1:0 name = 'Café'", "src/main.py 2:0 rename = name");
        assertThat(found("a.c")).isEmpty();
    }

    @Test
    void a_glob_says_in_which_files() throws Exception {
        write("src/in/er.py", "name");
        assertThat(found(query("name", false, false, false, "*.md"))).hasSize(2);
        assertThat(found(query("name", false, false, false, "src/*.py"))).hasSize(3);
        assertThat(found(query("name", false, false, false, "src/**/*.py"))).hasSize(4);
        assertThat(found(query("name", false, false, false, "**/*.{md,txt}"))).hasSize(2);
        assertThat(found(query("name", false, false, false, "m[a]in.py"))).isEmpty();
        assertFails(Failure.INVALID_PARAMS, () -> found(query("name", false, false, false, "{a")));
    }

    @Test
    void files_are_included_and_excluded_by_several_patterns_and_by_folder() throws Exception {
        write("src/in/er.py", "name");
        assertThat(paths(List.of("docs", "src/in"), List.of()))
                .containsExactly("docs/a.md", "src/in/er.py");
        assertThat(paths(List.of(), List.of("src"))).containsExactly("docs/a.md");
        assertThat(paths(List.of("src"), List.of("**/in"))).containsExactly("src/main.py");
        write("src/docs/b.md", "name");
        assertThat(paths(List.of("docs"), List.of())).containsExactly("docs/a.md", "src/docs/b.md");
        assertThat(paths(List.of("/docs"), List.of())).containsExactly("docs/a.md");
        assertThat(paths(List.of("docs"), List.of("/docs"))).containsExactly("src/docs/b.md");
        assertThat(paths(List.of("/main.py", "/*/main.py"), List.of()))
                .containsExactly("src/main.py");
        assertThat(paths(List.of("*.{py,md}"), List.of("er.*", "docs/**", "src/docs")))
                .containsExactly("src/main.py");
        assertFails(Failure.INVALID_PARAMS, () -> paths(List.of("a}b{"), List.of()));
        assertFails(Failure.INVALID_PARAMS, () -> paths(List.of(""), List.of()));
        assertFails(Failure.INVALID_PARAMS, () -> paths(List.of(), Collections.nCopies(101, "a")));
    }

    @Test
    void a_match_over_several_lines_has_its_end() throws Exception {
        var matches = search(query("os\\nname = '(.*)'$", true, false, false, null)).matches();

        assertThat(matches).hasSize(1);
        var match = matches.getFirst();
        assertThat(List.of(match.line(), match.character(), match.endLine(), match.endCharacter()))
                .containsExactly(0, 7, 1, 13);
        assertThat(match.length()).isEqualTo(2);
        assertThat(match.text()).isEqualTo("import os\nname = 'Café'");
        var whole = search(query("(?s)a.*\\z", true, false, false, "*.md")).matches().getFirst();
        assertThat(List.of(whole.endLine(), whole.endCharacter())).containsExactly(2, 0);
    }

    @Test
    void a_limit_truncates_the_result_and_reports_it() throws Exception {
        var two = search(limited("name", 2));
        assertThat(two.matches()).hasSize(2);
        assertThat(two.end()).isEqualTo(TextSearch.End.MATCHES);
        assertThat(search(limited("name", 100)).end()).isNull();
        assertFails(Failure.INVALID_PARAMS, () -> search(limited("name", 0)));
        assertFails(
                Failure.INVALID_PARAMS,
                () -> search(limited("name", TextSearch.MATCHES_AT_MOST + 1)));
    }

    @Test
    void a_search_that_nobody_waits_for_ends() throws Exception {
        write("aaa.txt", "a".repeat(1_000));
        var patient =
                new TextSearch(
                        fixture.workspaces,
                        fixture.files,
                        fixture.sync,
                        fixture.documents,
                        Duration.ofHours(1));
        var found = patient.find("demo", query("(a+)+b", true, false, false, null), Runnable::run);
        assertThat(found.end()).isEqualTo(TextSearch.End.TIME);
    }

    @Test
    void typed_text_is_found_before_it_is_on_disk() throws Exception {
        fixture.open("src/main.py");
        fixture.type("src/main.py", "import os", " # freshly typed");

        assertThat(found("freshly typed")).hasSize(1);
    }

    @Test
    void ignored_binary_large_and_linked_files_are_skipped() throws Exception {
        write(".gitignore", "*.log\n");
        write("x.log", "needle");
        write("node_modules/x.js", "needle");
        write("binary", "needle\0\1\2");
        write("large.txt", "needle" + " ".repeat(TextFile.SHARED_TEXT_BYTES));
        Files.writeString(home.resolve("outside.txt"), "needle");
        Files.createSymbolicLink(root.resolve("link.txt"), home.resolve("outside.txt"));
        write("good.txt", "needle");

        assertThat(found("needle")).containsExactly("good.txt 0:0 needle");
    }

    @Test
    void matches_are_bounded_and_long_lines_cut() throws Exception {
        write("many.txt", "x y\n".repeat(3_000));
        var many = search(query("x y", false, false, false, null));
        assertThat(many.matches()).hasSize(TextSearch.MATCHES);
        assertThat(many.end()).isEqualTo(TextSearch.End.MATCHES);

        write("long.txt", "😀".repeat(5_000) + "needle" + "😀".repeat(5_000));
        var match = search(query("needle", false, false, false, null)).matches().getFirst();
        assertThat(match.character()).isEqualTo(10_000);
        assertThat(match.text()).hasSizeLessThanOrEqualTo(240);
        assertThat(match.text().substring(match.textCharacter())).startsWith("needle");
        assertThat(match.text()).startsWith("😀").endsWith("😀");
    }

    @Test
    void an_expression_that_explodes_is_stopped() throws Exception {
        write("aaa.txt", "a".repeat(1_000));
        var impatient =
                new TextSearch(
                        fixture.workspaces,
                        fixture.files,
                        fixture.sync,
                        fixture.documents,
                        Duration.ofMillis(300));
        for (var bomb : List.of("(a+)+b", "(a|aa)+$b", "(.*)*b{3}", "(?:a?){30}a{30}b")) {
            long begun = System.nanoTime();
            var result = impatient.find("demo", query(bomb, true, false, false, null));
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(5));
            assertThat(result.matches()).isEmpty();
        }
        var glob =
                impatient.find(
                        "demo", query("a", false, false, false, "*a*a*a*a*a*a*a*a*a*a*a*a*b"));
        assertThat(glob.matches()).isEmpty();
    }

    @Test
    void an_expression_that_no_deadline_could_stop_is_refused() throws Exception {
        write("aaa.txt", "a".repeat(1_000));
        for (var bomb :
                List.of(
                        "(((){60000}){60000}){60000}",
                        "{60000}{60000}{60000}",
                        "(){60000}\\z",
                        "(?:^{99}){99}",
                        "(?=a){60000}",
                        "(a)?\\1{60000}",
                        "[]a](){60000}",
                        "[^]a\\]](){60000}",
                        "[a&&[^b]](){60000}",
                        "\\c[(){60000}",
                        "\\Q[\\E(){60000}",
                        "(?<=\\z.{0,60000})a",
                        "(?<=\\z.*)a",
                        "(?x)( # )\n){60000}",
                        "(?\\Qx\\E)( ){60000}",
                        "(?:|)".repeat(60) + "\\z",
                        "(?:a?|b?)".repeat(60) + "c",
                        "(?:b*|)".repeat(60) + "\\z")) {
            assertFails(Failure.INVALID_PARAMS, () -> found(query(bomb, true, false, false, null)));
        }
        assertFails(
                Failure.INVALID_PARAMS,
                () -> found(query("a", false, false, false, "{,}".repeat(60) + "b")));
    }

    @Test
    void an_expression_with_many_repetitions_is_searched() throws Exception {
        var longest = Collections.nCopies(199, "word").stream().collect(Collectors.joining("|"));
        for (var harmless :
                List.of(
                        longest,
                        "\\w{5000}",
                        "\\p{Lu}{5000}",
                        "[^](){}\\]]{5000}",
                        "\\Q(){60000}\\E",
                        "\\{60000}\\x{41}\\cA\\b{g}",
                        "(?<a>\\d{4})-\\k<a>\\1",
                        "(?i:(\\d{1,3}\\.){3})\\d{1,3}",
                        "(?<=\\w{0,50})(?<!x)(?=a)(?!b)(?>c)",
                        "(a?b*)*(,\\s*){0,9}+$",
                        "(?:(?i)q|)(?-i:z)??(?)")) {
            assertThat(found(query(harmless, true, false, false, null))).isEmpty();
        }
        assertThat(found(query("name", false, false, false, "**/".repeat(330) + "*"))).hasSize(5);
    }

    @Test
    void an_expression_that_is_none_or_too_deep_is_named() throws Exception {
        assertFails(Failure.INVALID_PARAMS, () -> found(query("(", true, false, false, null)));
        assertFails(Failure.INVALID_PARAMS, () -> found(""));
        assertFails(Failure.INVALID_PARAMS, () -> found("x".repeat(1_001)));
        write("deep.txt", "ab".repeat(400_000));
        assertFails(
                Failure.INVALID_PARAMS, () -> found(query("(a|b)*x", true, false, false, null)));
    }

    private List<String> paths(List<String> includes, List<String> excludes)
            throws InterruptedException {
        return search(
                        new SearchPattern.Query(
                                "name", false, false, false, includes, excludes, 1_000))
                .matches()
                .stream()
                .map(TextSearch.Match::path)
                .distinct()
                .toList();
    }

    private static SearchPattern.Query limited(String text, int limit) {
        return new SearchPattern.Query(text, false, false, false, List.of(), List.of(), limit);
    }

    private List<String> found(String text) throws InterruptedException {
        return found(query(text, false, false, false, null));
    }

    private List<String> found(SearchPattern.Query query) throws InterruptedException {
        return search(query).matches().stream()
                .map(match ->
                        match.path()
                                + " "
                                + match.line()
                                + ":"
                                + match.character()
                                + " "
                                + match.text())
                .toList();
    }

    private TextSearch.Result search(SearchPattern.Query query) throws InterruptedException {
        return new TextSearch(fixture.workspaces, fixture.files, fixture.sync, fixture.documents)
                .find("demo", query);
    }

    private static SearchPattern.Query query(
            String text, boolean isRegex, boolean isCase, boolean isWord, @Nullable String glob) {
        var includes = glob == null ? List.<String>of() : List.of(glob);
        return new SearchPattern.Query(
                text, isRegex, isCase, isWord, includes, List.of(), TextSearch.MATCHES);
    }

    private void write(String path, String text) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
