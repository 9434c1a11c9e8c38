package dev.qide.server.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.files.FileTree;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.store.Database;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.store.WorkspaceTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The directories that a server may serve as workspaces, and the sample.
final class WorkspaceDirectoriesTest {
    private static TestDatabase test;
    private static Database database;
    private static CpuPool cpu;

    @TempDir Path home;
    private Path project;
    private Path outside;

    @BeforeAll
    static void openDatabase() throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
        cpu = new CpuPool(2);
    }

    @AfterAll
    static void closeDatabase() {
        cpu.close();
        database.close();
        test.close();
    }

    @BeforeEach
    void createDirectories() throws IOException {
        project = Files.createDirectory(home.resolve("project"));
        outside = Files.createDirectory(home.resolve("outside"));
        Files.writeString(outside.resolve("secret.txt"), "secret");
    }

    @Test
    void workspaces_that_share_files_or_hold_the_data_are_refused() throws IOException {
        var inner = Files.createDirectory(project.resolve("inner"));
        var link = Files.createSymbolicLink(home.resolve("link"), project);
        assertRefused("share files", Map.of("one", project, "two", inner));
        assertRefused("share files", Map.of("one", project, "two", link));
        assertRefused("data directory", Map.of("all", home));
        assertRefused("cannot be used", Map.of("none", home.resolve("none")));
        assertRefused("is not one", Map.of("file", outside.resolve("secret.txt")));
        for (var name : List.of("", "a b", "../x", ".x", "a/b", "x".repeat(65))) {
            assertRefused("name", Map.of(name, project));
        }
        var both = workspaces(Map.of("b", outside, "a", link));
        assertThat(both.all()).extracting(Workspace::name).containsExactly("a", "b");
        assertThat(both.named("a").directory()).isEqualTo(project.toRealPath());
        assertThat(both.of(both.named("a").id())).isEqualTo(both.named("a"));
    }

    @Test
    void the_sample_is_written_once_and_then_left_alone() throws IOException {
        var sample = SampleWorkspace.in(home.resolve("data"));
        assertThat(sample.resolve("python/shapes.py")).content().contains("class Circle");
        assertThat(sample.resolve("typescript/src/main.ts")).exists();
        Files.delete(sample.resolve("README.md"));
        assertThat(SampleWorkspace.in(home.resolve("data"))).isEqualTo(sample);
        assertThat(sample.resolve("README.md")).doesNotExist();
        try (var all = Files.list(home.resolve("data"))) {
            assertThat(all).containsExactly(sample);
        }
        var found = workspaces(Map.of(SampleWorkspace.NAME, sample));
        assertThat(
                        new WorkspaceFiles(found, cpu, new SecureRandom())
                                .list(SampleWorkspace.NAME)
                                .entries())
                .noneMatch(FileTree.Entry::isIgnored)
                .hasSize(9);
    }

    private Workspaces workspaces(Map<String, Path> directories) {
        return new Workspaces(directories, home.resolve("data"), new WorkspaceTable(database));
    }

    private void assertRefused(String words, Map<String, Path> directories) {
        assertThatThrownBy(() -> workspaces(directories))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining(words);
    }
}
