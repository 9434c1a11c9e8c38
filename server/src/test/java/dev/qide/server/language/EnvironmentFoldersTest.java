package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.language.python.PythonEnvironments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which folders of a workspace have a Python environment of their own, and how far a scan goes.
class EnvironmentFoldersTest {
    @TempDir Path workspace;
    @TempDir Path programs;

    @Test
    void environments_are_found_down_to_three_folders_below_the_root() throws IOException {
        environment("a/.venv");
        environment("a/b/c/env");
        environment("a/b/c/d/.venv");
        environment("node_modules/x/.venv");
        environment(".hidden/.venv");
        Files.createDirectories(workspace.resolve("packages/venv/lib/python3.12/site-packages"));
        Files.createDirectories(workspace.resolve("empty/.venv"));
        Files.createDirectory(workspace.resolve("linked"));
        Files.createSymbolicLink(
                workspace.resolve("linked/.venv"), workspace.resolve("a").resolve(".venv"));

        assertThat(state().folders()).containsExactly("a", "a/b/c", "packages");
        assertThat(state().interpreter("a/b/x")).isEqualTo(state().interpreter("a"));
        assertThat(state().interpreter("a/b/c/x")).isNotEqualTo(state().interpreter("a"));
        assertThat(state().interpreter("linked")).isEqualTo(state().interpreter(""));
    }

    @Test
    void no_more_than_eight_environments_count() throws IOException {
        for (int i = 0; i < 10; i++) {
            environment("p" + i + "/.venv");
        }
        assertThat(state().folders()).hasSize(8);
    }

    @Test
    void the_usual_environment_of_a_folder_takes_precedence() throws IOException {
        environment("a/.venv");
        var alone = state().interpreter("a");
        environment("a/another");
        environment("a/env");

        assertThat(state().interpreter("a")).isEqualTo(alone);
    }

    @Test
    void a_configured_root_makes_the_workspace_one_project() throws IOException {
        environment("a/.venv");
        environment("b/.venv");
        var first = state().interpreter("a");
        Files.writeString(
                workspace.resolve("pyproject.toml"),
                "[tool.pyright]\nreportMissingImports = true\n");

        assertThat(state().folders()).isEmpty();
        assertThat(state().interpreter("")).isEqualTo(first);
    }

    @Test
    void the_stamp_follows_packages_pth_files_and_the_configuration() throws IOException {
        environment(".venv");
        var site = workspace.resolve(".venv/lib/python3.11/site-packages");
        Files.createDirectories(site);
        var steps =
                List.<Path>of(
                        site.resolve("x.pth"),
                        site.resolve("x.pth"),
                        workspace.resolve(".venv/pyvenv.cfg"));
        var before = state().stamp();
        for (var file : steps) {
            Files.writeString(file, (Files.exists(file) ? Files.readString(file) : "") + "#\n");
            assertThat(state().stamp()).as(file.toString()).isNotEqualTo(before);
            before = state().stamp();
        }
        assertThat(state().stamp()).isEqualTo(before);
    }

    private void environment(String path) throws IOException {
        var folder = Files.createDirectories(workspace.resolve(path));
        Files.writeString(folder.resolve("pyvenv.cfg"), "version = 3.11.2\n");
    }

    private PythonEnvironments.State state() throws IOException {
        var folder = new WorkspaceFolder("demo", workspace, () -> false, List.of());
        var view = new PythonEnvironments.View(programs, true, "/usr/bin/node", "/workspaces/demo");
        return new PythonEnvironments(folder, view, "/usr/bin").state();
    }
}
