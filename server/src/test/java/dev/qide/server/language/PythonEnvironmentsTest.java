package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// pyright, the real one in the sandbox, knows the environments of a workspace as an interpreter
/// would have told it.
class PythonEnvironmentsTest {
    private static final String ROOT = "file:///home/ann/project";
    private static final Path REQUESTS = Path.of("/usr/lib/python3/dist-packages/requests");
    private static final Duration NOTICED = Duration.ofSeconds(15);
    private static final Path LIBRARIES = Path.of("/usr/bin/python3");

    @TempDir Path workspace;
    @TempDir Path outside;
    private LanguageFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new LanguageFixture(Declarations.builtIn(), true);
        fixture.add("demo", workspace, false);
        fixture.host.open("s", "demo", ClientProfile.routed(ClientFolders.one(ROOT), "{}"));
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void packages_pth_files_bundled_stubs_and_the_settings_of_the_project_hold_together()
            throws Exception {
        var site = environment("", "3.11");
        write(site.resolve("requests/__init__.py"), "def get(url): ...\n");
        write(site.resolve("installed.py"), "");
        write(workspace.resolve("vendor/vendored.py"), "");
        write(workspace.resolve("libs/src/editable.py"), "def f() -> int:\n    return 1\n");
        write(workspace.resolve("libs/near/relative.py"), "");
        write(outside.resolve("foreign.py"), "");
        write(
                site.resolve("_project.pth"),
                "# made by pip\nimport sys; sys.path.clear()\n%s\n../../../../libs/near\n%s\n/etc\n"
                        .formatted(workspace.resolve("libs/src"), outside));
        write(
                workspace.resolve("pyproject.toml"),
                "[tool.pyright]\nextraPaths = [\"vendor\"]\ntypeCheckingMode = \"standard\"\n");
        var text =
                """
                import requests
                import installed, vendored, editable, relative
                import foreign
                import sys
                if sys.version_info >= (3, 12):
                    import unreachable
                x: str = editable.f()
                requests.get(1)
                """;
        write(workspace.resolve("app.py"), text);
        fixture.open("s", "python", ROOT + "/app.py", "python", text);

        assertThat(rules(await("app.py", found -> found.size() == 3)))
                .containsExactlyInAnyOrder(
                        "reportMissingImports", "reportAssignmentType", "reportArgumentType");
        assertThat(fixture.editor.allText()).doesNotContain(workspace.toString(), "/workspaces/");
    }

    @Test
    void each_folder_has_its_own_environment_and_imports_from_the_root() throws Exception {
        write(environment("backend", "3.11").resolve("inner.py"), "");
        write(environment("", "3.11").resolve("outer.py"), "");
        write(workspace.resolve("common.py"), "");
        var text = "import inner, common\nimport outer\n";
        write(workspace.resolve("backend/app.py"), text);
        fixture.open("s", "python", ROOT + "/backend/app.py", "python", text);
        write(workspace.resolve("main.py"), text);
        fixture.open("s", "python", ROOT + "/main.py", "python", text);

        assertThat(messages(await("backend/app.py", found -> found.size() == 1)))
                .containsExactly("Import \"outer\" could not be resolved");
        assertThat(messages(await("main.py", found -> found.size() == 1)))
                .containsExactly("Import \"inner\" could not be resolved");
    }

    @Test
    void an_environment_that_appears_changes_and_goes_is_noticed() throws Exception {
        var text = "import early\nimport late\n";
        write(workspace.resolve("backend/app.py"), text);
        fixture.open("s", "python", ROOT + "/backend/app.py", "python", text);
        await("backend/app.py", found -> found.size() == 2);

        fixture.editor.forget();
        var site = environment("backend", "3.11");
        write(site.resolve("early.py"), "");
        assertThat(messages(await("backend/app.py", found -> found.size() == 1)))
                .containsExactly("Import \"late\" could not be resolved");
        write(site.resolve("late.py"), "");
        await("backend/app.py", JsonArray::isEmpty);

        fixture.editor.forget();
        Files.move(workspace.resolve("backend/.venv"), outside.resolve("gone"));
        await("backend/app.py", found -> found.size() == 2);
    }

    @Test
    void a_package_that_pip_installs_is_found_within_seconds_in_a_project_with_settings()
            throws Exception {
        assumeTrue(runs("python3", "-m", "pip", "--version"), "this machine has no pip");
        var environment = workspace.resolve(".venv");
        assertThat(runs("python3", "-m", "venv", "--without-pip", environment.toString())).isTrue();
        write(
                workspace.resolve("pyproject.toml"),
                "[tool.pyright]\ninclude = [\"src\"]\ntypeCheckingMode = \"basic\"\n");
        var text = "import late\nlate.area(1)\n";
        write(workspace.resolve("src/app.py"), text);
        fixture.open("s", "python", ROOT + "/src/app.py", "python", text);
        assertThat(messages(await("src/app.py", found -> found.size() == 1)))
                .containsExactly("Import \"late\" could not be resolved");

        fixture.editor.forget();
        assertThat(
                        runs(
                                "python3",
                                "-m",
                                "pip",
                                "--python=" + environment.resolve("bin/python"),
                                "install",
                                "--no-index",
                                "--no-deps",
                                wheel().toString()))
                .isTrue();
        long installed = System.nanoTime();
        await("src/app.py", JsonArray::isEmpty);

        assertThat(Duration.ofNanos(System.nanoTime() - installed)).isLessThan(NOTICED);
    }

    @Test
    void without_a_sandbox_an_environment_is_found_too() throws Exception {
        fixture.close();
        fixture = new LanguageFixture(Declarations.builtIn(), false);
        fixture.add("demo", workspace, false);
        fixture.host.open("s", "demo", ClientProfile.routed(ClientFolders.one(ROOT), "{}"));
        write(environment("", "3.11").resolve("installed.py"), "");
        var text = "import installed\nimport missing\n";
        write(workspace.resolve("app.py"), text);
        fixture.open("s", "python", ROOT + "/app.py", "python", text);

        assertThat(messages(await("app.py", found -> !found.isEmpty())))
                .containsExactly("Import \"missing\" could not be resolved");
        assertThat(fixture.editor.allText())
                .doesNotContain(workspace.toString(), LanguageFixture.toolsFolder().toString());
    }

    @Test
    void the_standard_library_is_explained_from_its_sources() throws Exception {
        assumeTrue(Files.exists(LIBRARIES), "this machine has no Python");
        var text = "import textwrap\ntextwrap.dedent('')\nimport nowhere\n";
        write(workspace.resolve("app.py"), text);
        fixture.open("s", "python", ROOT + "/app.py", "python", text);
        await("app.py", found -> found.size() == 1);
        fixture.ask("s", "python", "1", "textDocument/hover", ROOT + "/app.py", 1, 11);

        assertThat(fixture.editor.answer("1").toString())
                .contains("Remove any common leading whitespace");
    }

    @Test
    void an_unchanged_package_opens_without_the_errors_of_a_stricter_mode() throws Exception {
        assumeTrue(Files.isDirectory(REQUESTS), "Debian's python3-requests is not installed");
        for (var name : List.of("__init__", "models", "sessions", "utils")) {
            var text = Files.readString(REQUESTS.resolve(name + ".py"));
            write(workspace.resolve("requests/" + name + ".py"), text);
            fixture.open("s", "python", ROOT + "/requests/" + name + ".py", "python", text);
        }
        for (var name : List.of("models", "sessions", "utils")) {
            assertThat(severities(await("requests/" + name + ".py", _ -> true)))
                    .as(name)
                    .doesNotContain(1);
        }
    }

    /// A package of one module for pip.
    private Path wheel() throws IOException {
        var wheel = outside.resolve("late-1.0-py3-none-any.whl");
        try (var zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
            var files =
                    Map.of(
                            "late/__init__.py",
                            "def area(x: int) -> int:\n    return x\n",
                            "late-1.0.dist-info/METADATA",
                            "Metadata-Version: 2.1\nName: late\nVersion: 1.0\n",
                            "late-1.0.dist-info/WHEEL",
                            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                            "late-1.0.dist-info/RECORD",
                            "");
            for (var file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return wheel;
    }

    /// Runs a program to its end.
    private boolean runs(String... command) throws Exception {
        var process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(outside.resolve("output").toFile())
                        .start();
        try {
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } finally {
            process.destroyForcibly();
        }
    }

    /// Makes an environment as `python -m venv` does, and gives the folder of its packages.
    private Path environment(String folder, String version) throws IOException {
        var environment = workspace.resolve(folder).resolve(".venv");
        var site = environment.resolve("lib/python" + version + "/site-packages");
        Files.createDirectories(site);
        write(
                environment.resolve("pyvenv.cfg"),
                "home = /usr/bin\ninclude-system-site-packages = false\nversion = %s.2\n"
                        .formatted(version));
        return site;
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, text);
    }

    private JsonArray await(String path, Predicate<JsonArray> wanted) {
        return fixture.editor
                .notification(
                        "textDocument/publishDiagnostics",
                        params ->
                                params.get("uri").getAsString().equals(ROOT + "/" + path)
                                        && wanted.test(shown(params)))
                .getAsJsonArray("diagnostics");
    }

    /// Without the hints at unused names.
    private static JsonArray shown(JsonObject params) {
        var shown = new JsonArray();
        params.getAsJsonArray("diagnostics").asList().stream()
                .filter(one -> one.getAsJsonObject().get("severity").getAsInt() < 4)
                .forEach(shown::add);
        return shown;
    }

    private static List<String> rules(JsonArray diagnostics) {
        return strings(diagnostics, "code");
    }

    private static List<String> messages(JsonArray diagnostics) {
        return strings(diagnostics, "message");
    }

    private static List<Integer> severities(JsonArray diagnostics) {
        return diagnostics.asList().stream()
                .map(one -> one.getAsJsonObject().get("severity").getAsInt())
                .toList();
    }

    private static List<String> strings(JsonArray diagnostics, String member) {
        return diagnostics.asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(one -> one.get("severity").getAsInt() < 4 && one.has(member))
                .map(one -> one.get(member).getAsString())
                .toList();
    }
}
