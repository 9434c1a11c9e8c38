package dev.qide.server.files;

import static dev.qide.server.files.FilesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.wire.Failure;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Quick open: which files a few letters find, in which order, and how fast.
final class PathSearchTest {
    @TempDir Path home;
    private FileSyncFixture fixture;
    private Path root;
    private PathSearch search;

    @BeforeEach
    void open() throws Exception {
        root = Files.createDirectory(home.resolve("project"));
        for (var path :
                List.of(
                        "README.md",
                        "src/app/userService.ts",
                        "src/app/userService.test.ts",
                        "src/users/index.ts",
                        "src/util/services.ts",
                        "src/app/UserStore.ts",
                        "docs/usage.md",
                        "node_modules/user/index.js")) {
            write(path);
        }
        fixture = new FileSyncFixture(root);
        search = new PathSearch(fixture.workspaces, fixture.files);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "userService   | src/app/userService.ts",
                "US            | src/app/UserStore.ts",
                "us.ts         | src/app/userService.ts",
                "readme.md     | README.md",
                "users/index   | src/users/index.ts",
                "users index   | src/users/index.ts",
                "users\\index   | src/users/index.ts",
                "ustore        | src/app/UserStore.ts",
                "usage         | docs/usage.md",
                "service.test  | src/app/userService.test.ts",
            })
    void the_best_file_comes_first(String query, String path) throws Exception {
        assertThat(search.find("demo", query, 10).paths()).first().isEqualTo(path);
    }

    @Test
    void only_files_that_have_all_characters_in_order_are_found() throws Exception {
        assertThat(search.find("demo", "index", 10).paths()).containsExactly("src/users/index.ts");
        assertThat(search.find("demo", "xedni", 10).paths()).isEmpty();
        assertThat(search.find("demo", "", 100).paths()).hasSize(7);
        var two = search.find("demo", "", 2);
        assertThat(two.paths()).hasSize(2);
        assertThat(two.isCut()).isTrue();
        assertFails(Failure.INVALID_PARAMS, () -> search.find("demo", "x".repeat(201), 10));
        assertFails(Failure.INVALID_PARAMS, () -> search.find("demo", "x", 0));
        assertFails(Failure.INVALID_PARAMS, () -> search.find("demo", "x", PathSearch.PATHS + 1));
        assertFails(Failure.WORKSPACE_UNKNOWN, () -> search.find("none", "x", 10));
    }

    @Test
    void a_new_file_is_found_within_two_seconds() throws Exception {
        assertThat(search.find("demo", "brandnew", 10).paths()).isEmpty();
        write("src/brandNew.ts");
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (search.find("demo", "brandnew", 10).paths().isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void a_warm_search_over_thousands_of_files_takes_less_than_50_ms_of_processor_time()
            throws Exception {
        var paths = new ArrayList<String>();
        for (int i = 0; i < 20_000; i++) {
            paths.add("packages/pkg-%d/src/components/SomeComponent%d.tsx".formatted(i % 97, i));
        }
        var pattern = new PathPattern("somcom1999");
        var threads = ManagementFactory.getThreadMXBean();
        long best = Long.MAX_VALUE;
        long found = 0;
        for (int round = 0; round < 20; round++) {
            long begun = threads.getCurrentThreadCpuTime();
            found = paths.stream().filter(path -> pattern.score(path) >= 0).count();
            best = Math.min(best, threads.getCurrentThreadCpuTime() - begun);
        }
        assertThat(found).isPositive();
        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(50));
    }

    private void write(String path) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");
    }
}
