package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.qide.server.language.process.ExternalFolders;
import dev.qide.server.language.settings.ProjectStyle;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a workspace's links can and cannot reach through its package folders.
final class ExternalLinksTest {
    private static final long SWAP_MILLIS = 400;
    private static final int READS_AT_LEAST = 100;

    private static final List<String> PACKAGES =
            List.of(
                    "node_modules",
                    ".venv",
                    "venv",
                    "packages/app/node_modules",
                    "backend/.venv",
                    "backend/venv/lib");

    private final AtomicInteger swaps = new AtomicInteger();

    @TempDir Path home;
    private Path root;
    private Path outside;
    private ExternalDocuments external;

    @BeforeEach
    void open() throws IOException {
        home = home.toRealPath();
        root = Files.createDirectory(home.resolve("project"));
        outside = home.resolve("outside");
        Files.createDirectories(outside.resolve("lib"));
        Files.writeString(outside.resolve("lib/secret.py"), "secret");
        var folder = new WorkspaceFolder("demo", root, () -> true, List.of());
        external = new ExternalDocuments(_ -> folder);
        var server = Objects.requireNonNull(Declarations.builtIn().find("python"));
        var folders = ExternalFolders.of(server, folder, "/workspaces/demo").folders();
        for (var one : folders) {
            for (var named : PACKAGES) {
                external.register("demo", folders, "\"" + one.uri() + "/" + named + "/x\"");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".venv",
                "venv",
                "node_modules",
                "packages/app/node_modules",
                "backend/.venv"
            })
    void a_package_folder_that_links_outside_gives_nothing(String name) throws IOException {
        var link = root.resolve(name);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, outside);
        assertUnknown(name + "/lib/secret.py");
        Files.delete(link);

        // A link to a link, the way over a folder inside, and the top of the machine.
        Files.createSymbolicLink(root.resolve("step"), outside);
        Files.createSymbolicLink(link, root.resolve("step"));
        assertUnknown(name + "/lib/secret.py");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("/"));
        for (var file : List.of("etc/passwd", "proc/self/environ", "proc/self/status")) {
            assertUnknown(name + "/" + file);
        }
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("/proc/self/root/etc"));
        assertUnknown(name + "/passwd");
        Files.delete(link);
        Files.createSymbolicLink(link, home);
        assertUnknown(name + "/outside/lib/secret.py");
    }

    @Test
    void a_package_folder_of_a_package_opens() throws IOException {
        var packages = Files.createDirectories(root.resolve("packages/app/node_modules/x"));
        Files.writeString(packages.resolve("index.d.ts"), "export {};");
        var library = Files.createDirectories(root.resolve("backend/venv/lib/python3.12"));
        Files.writeString(library.resolve("a.py"), "a = 1");
        Files.createDirectories(root.resolve("src/venv"));
        Files.writeString(root.resolve("src/venv/a.py"), "mine");
        Files.createDirectories(root.resolve("packages/lib/node_modules"));
        Files.writeString(root.resolve("packages/lib/node_modules/b.js"), "unnamed");

        assertThat(read("packages/app/node_modules/x/index.d.ts")).isEqualTo("export {};");
        assertThat(read("backend/venv/lib/python3.12/a.py")).isEqualTo("a = 1");
        for (var other :
                List.of("src/venv/a.py", "packages/lib/node_modules/b.js", "packages/app")) {
            assertUnknown(other);
        }
    }

    @Test
    void a_parent_of_packages_that_links_outside_gives_nothing() throws IOException {
        Files.createDirectories(outside.resolve("app/node_modules"));
        Files.writeString(outside.resolve("app/node_modules/secret.js"), "secret");
        Files.createSymbolicLink(root.resolve("packages"), outside);

        assertUnknown("packages/app/node_modules/secret.js");
    }

    @Test
    void a_package_folder_that_is_the_repository_gives_nothing() throws IOException {
        Files.createDirectory(root.resolve(".git"));
        Files.writeString(root.resolve(".git/config"), "token");
        Files.createSymbolicLink(root.resolve(".venv"), root);
        Files.createSymbolicLink(root.resolve("venv"), root.resolve(".git"));
        assertUnknown(".venv/.git/config");
        assertUnknown("venv/config");
    }

    @Test
    void links_inside_of_the_packages_are_followed() throws IOException {
        var store = Files.createDirectories(root.resolve("node_modules/.pnpm/x@1/node_modules/x"));
        Files.writeString(store.resolve("index.d.ts"), "export {};");
        Files.createSymbolicLink(
                root.resolve("node_modules/x"), Path.of(".pnpm/x@1/node_modules/x"));
        Files.createDirectories(root.resolve(".venv/lib"));
        Files.createDirectories(root.resolve(".venv/bin"));
        Files.writeString(root.resolve(".venv/lib/a.py"), "a = 1");
        Files.createSymbolicLink(root.resolve(".venv/lib64"), Path.of("lib"));
        Files.createSymbolicLink(root.resolve(".venv/bin/python"), Path.of("/bin/sh"));
        Files.createSymbolicLink(root.resolve("venv"), Path.of(".venv"));

        assertThat(read("node_modules/x/index.d.ts")).isEqualTo("export {};");
        assertThat(read(".venv/lib64/a.py")).isEqualTo("a = 1");
        assertThat(read("venv/lib/a.py")).isEqualTo("a = 1");
        assertUnknown(".venv/bin/python");
    }

    @Test
    void a_link_that_is_swapped_in_meanwhile_leads_nowhere() throws Exception {
        var folder = Files.createDirectories(root.resolve(".venv/lib"));
        Files.writeString(folder.resolve("secret.py"), "mine");
        var isOver = new AtomicBoolean();
        try (var tasks = Executors.newSingleThreadExecutor(Thread.ofPlatform().factory())) {
            var swapper = tasks.submit(() -> swap(folder, isOver));
            try {
                long end = System.nanoTime() + Duration.ofMillis(SWAP_MILLIS).toNanos();
                for (int i = 0;
                        i < READS_AT_LEAST
                                || System.nanoTime() < end
                                || (swaps.get() == 0 && !swapper.isDone());
                        i++) {
                    try {
                        assertThat(read(".venv/lib/secret.py")).isEqualTo("mine");
                    } catch (FailureException nothing) {
                        assertThat(nothing.failure()).isEqualTo(Failure.FILE_UNKNOWN);
                    }
                }
            } finally {
                isOver.set(true);
            }
            assertThat(swapper.get()).isTrue();
            assertThat(swaps).hasPositiveValue();
        }
    }

    /// The style of a project is read by the server itself, and its settings in the same way.
    @Test
    void a_style_never_comes_through_a_link_that_is_swapped_in() throws Exception {
        var folder = Files.createDirectories(root.resolve("src"));
        var config = "root = true\n[*]\nindent_size = %d\n";
        Files.writeString(folder.resolve(".editorconfig"), config.formatted(2));
        Files.writeString(outside.resolve("lib/.editorconfig"), config.formatted(7));
        var isOver = new AtomicBoolean();
        try (var tasks = Executors.newSingleThreadExecutor(Thread.ofPlatform().factory())) {
            var swapper = tasks.submit(() -> swap(folder, isOver));
            try {
                long end = System.nanoTime() + Duration.ofMillis(SWAP_MILLIS).toNanos();
                for (int i = 0;
                        i < READS_AT_LEAST
                                || System.nanoTime() < end
                                || (swaps.get() == 0 && !swapper.isDone());
                        i++) {
                    assertThat(ProjectStyle.of(root, "src/a.txt").tabSize()).isIn(2, null);
                }
            } finally {
                isOver.set(true);
            }
            assertThat(swapper.get()).isTrue();
            assertThat(swaps).hasPositiveValue();
        }
    }

    /// @return true, when it is over
    private boolean swap(Path folder, AtomicBoolean isOver) throws IOException {
        var away = home.resolve("away");
        var link = Files.createSymbolicLink(home.resolve("link"), outside.resolve("lib"));
        while (!isOver.get()) {
            Files.move(folder, away);
            Files.move(link, folder);
            Files.move(folder, link);
            Files.move(away, folder);
            swaps.incrementAndGet();
        }
        return true;
    }

    private void assertUnknown(String path) {
        assertThat(catchThrowable(() -> read(path)))
                .as(path)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(Failure.FILE_UNKNOWN));
    }

    private String read(String path) {
        return external.read("demo", "qide-external:/pyright/project/" + path);
    }
}
