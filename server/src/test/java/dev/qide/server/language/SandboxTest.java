package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import dev.qide.server.language.process.Sandbox;
import dev.qide.server.language.process.SandboxSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a hostile workspace gets at.
class SandboxTest {
    private static final String PLAIN_USER = "65534";
    private static final String HOSTILE = "node_modules/typescript/lib/tsserver.js";

    @TempDir Path outside;
    private Path workspace;
    private ServerSocket listening;

    @BeforeEach
    void plant() throws IOException {
        listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        workspace = Files.createTempDirectory("qide-hostile");
        assertThat(Files.getPosixFilePermissions(workspace)).hasSize(3);
    }

    @AfterEach
    void remove() throws Exception {
        listening.close();
        new ProcessBuilder("rm", "-rf", workspace.toString()).start().waitFor();
    }

    @Test
    void a_hostile_workspace_reaches_nothing() throws Exception {
        try (var fixture = fixture(true)) {
            assertThat(run(confined(fixture), List.of())).isEqualTo("[]");
        }
    }

    @Test
    void a_hostile_workspace_of_an_unprivileged_user_reaches_nothing() throws Exception {
        assumeTrue(isRoot(), "only root can become another user");
        try (var fixture = fixture(true)) {
            var line = confined(fixture);
            assertThat(run(List.of("chown", "-R", PLAIN_USER, workspace.toString()), List.of()))
                    .isEmpty();
            var asPlainUser =
                    List.of(
                            "setpriv",
                            "--reuid=" + PLAIN_USER,
                            "--regid=" + PLAIN_USER,
                            "--clear-groups",
                            "--");
            assertThat(run(line, asPlainUser)).isEqualTo("[]");
        }
    }

    @Test
    void outside_the_sandbox_the_same_workspace_reaches_everything() throws Exception {
        try (var fixture = fixture(true)) {
            var line =
                    List.of(
                            fixture.node.binary().toString(),
                            workspace.resolve(HOSTILE).toString());
            assertThat(run(line, List.of()))
                    .contains(
                            "token",
                            "other.txt",
                            "secret",
                            "environment of parent",
                            "another process",
                            "network");
        }
    }

    @Test
    void a_program_of_the_machine_sees_only_programs_and_its_workspace() throws Exception {
        var shown = Files.createDirectory(outside.resolve("shown")).toRealPath();
        var hidden = Files.createDirectory(shown.resolve("hidden"));
        Files.writeString(hidden.resolve("password"), "t");
        try (var fixture = fixture(true)) {
            var line =
                    fixture.sandbox.command(
                            new SandboxSpec(
                                    null,
                                    workspace,
                                    "hostile",
                                    List.of(workspace.resolve("data"), hidden),
                                    List.of(shown),
                                    null,
                                    true,
                                    ServerLimits.STANDARD),
                            List.of(
                                    "/usr/bin/ls",
                                    "-A",
                                    "/",
                                    "/etc",
                                    "/workspaces/hostile/data",
                                    shown.toString(),
                                    hidden.toString()));
            var seen = List.of(run(line, List.of()).split("\\s+"));

            assertThat(seen)
                    .contains("usr", "workspaces", "hidden")
                    .doesNotContain(
                            "root",
                            "home",
                            "var",
                            "work",
                            "shadow",
                            "passwd",
                            "secret",
                            "password");
        }
    }

    @Test
    void a_link_inside_the_workspace_leads_to_its_target_and_one_that_leaves_it_to_nothing()
            throws Exception {
        var opened = Files.createSymbolicLink(outside.resolve("opened"), workspace);
        Files.writeString(workspace.resolve("target"), "found");
        Files.writeString(outside.resolve("private"), "escaped");
        Files.createSymbolicLink(workspace.resolve("relative"), Path.of("target"));
        Files.createSymbolicLink(
                workspace.resolve("absolute"), workspace.toRealPath().resolve("target"));
        Files.createSymbolicLink(workspace.resolve("as-opened"), opened.resolve("target"));
        Files.createSymbolicLink(workspace.resolve("leaving"), outside.resolve("private"));
        var program =
                """
                for (const name of ['relative', 'absolute', 'as-opened', 'leaving']) {
                  try {
                    console.log(fs.readFileSync(name, 'utf8'), fs.realpathSync(name));
                  } catch (failure) {
                    console.log(failure.code);
                  }
                }
                """;
        try (var fixture = fixture(true)) {
            var line =
                    fixture.sandbox.command(
                            new SandboxSpec(
                                    null,
                                    opened,
                                    "linked",
                                    List.of(),
                                    List.of(),
                                    null,
                                    false,
                                    ServerLimits.STANDARD),
                            List.of("/usr/bin/node", "-e", program));

            assertThat(run(line, List.of()).lines())
                    .containsExactly(
                            "found /workspaces/linked/target",
                            "found /workspaces/linked/target",
                            "found /workspaces/linked/target",
                            "ENOENT");
        }
    }

    @Test
    void a_workspace_whose_path_the_sandbox_needs_opens_without_its_absolute_links()
            throws Exception {
        var within = Files.createDirectories(outside.resolve("shown/workspace"));
        Files.writeString(within.resolve("target"), "found");
        try (var fixture = fixture(true)) {
            var line =
                    fixture.sandbox.command(
                            new SandboxSpec(
                                    null,
                                    within,
                                    "within",
                                    List.of(),
                                    List.of(outside.resolve("shown").toRealPath()),
                                    null,
                                    true,
                                    ServerLimits.STANDARD),
                            List.of("/usr/bin/cat", "target"));

            assertThat(run(line, List.of())).isEqualTo("found");
        }
    }

    @Test
    void a_workspace_has_a_path_that_every_tool_takes_for_a_project() {
        assertThat(List.of("demo", "My Project", "..", "-x", ".venv", "a/b", "node_modules", ""))
                .extracting(Sandbox::workspace)
                .containsExactly(
                        "/workspaces/demo",
                        "/workspaces/My_Project",
                        "/workspaces/_.",
                        "/workspaces/_x",
                        "/workspaces/_venv",
                        "/workspaces/a_b",
                        "/workspaces/node_modules_",
                        "/workspaces/_");
    }

    @Test
    void the_workspace_copy_of_a_server_is_not_what_runs() throws Exception {
        try (var fixture = fixture(true)) {
            initialize(fixture);
            var version =
                    fixture.editor.notification(
                            "window/logMessage",
                            params ->
                                    params.get("message")
                                            .getAsString()
                                            .startsWith("Using Typescript version"));

            assertThat(version.get("message").getAsString())
                    .contains("(user-setting)")
                    .contains("/opt/ls/node_modules/typescript/lib/tsserver.js");
        }
    }

    @Test
    void without_a_sandbox_only_trust_runs_the_code_of_a_project() throws Exception {
        try (var fixture = fixture(false)) {
            initialize(fixture);
            var error = fixture.editor.answer("1").getAsJsonObject("error");

            assertThat(error.get("code").getAsInt()).isEqualTo(1302);
            assertThat(fixture.editor.sentence("! "))
                    .contains("bubblewrap")
                    .contains("--trust hostile");
            assertThat(fixture.host.pids("s")).isEmpty();
        }
        try (var fixture = fixture(false)) {
            fixture.add("hostile", workspace, true);
            initialize(fixture);

            assertThat(fixture.editor.answer("1").has("result")).isTrue();
            assertThat(fixture.editor.allText())
                    .doesNotContain(LanguageFixture.toolsFolder().toString());
        }
    }

    private LanguageFixture fixture(boolean isSandboxed) throws Exception {
        var fixture = new LanguageFixture(Declarations.builtIn(), isSandboxed);
        if (!Files.exists(workspace.resolve("Main.ts"))) {
            fixture.workspace("hostile", workspace);
            var data = Files.createDirectory(workspace.resolve("data"));
            var files = new com.google.gson.JsonArray();
            files.add(Files.writeString(outside.resolve("token"), "t").toString());
            files.add(Files.writeString(outside.resolve("other.txt"), "t").toString());
            files.add(Files.writeString(data.resolve("secret"), "t").toString());
            files.add(Sandbox.workspace("hostile") + "/data/secret");
            var targets = new JsonObject();
            targets.add("files", files);
            targets.addProperty("port", listening.getLocalPort());
            Files.writeString(workspace.resolve("targets.json"), targets.toString());
        }
        fixture.add("hostile", workspace, false);
        return fixture;
    }

    private void initialize(LanguageFixture fixture) {
        fixture.host.open("s", "hostile", ClientProfile.passThrough());
        fixture.send(
                "s",
                "typescript",
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":1,"rootUri":null,"capabilities":{},
                "initializationOptions":{"tsserver":{"path":"/workspaces/hostile/node_modules/typescript/lib/tsserver.js"}}}}
                """);
    }

    private List<String> confined(LanguageFixture fixture) throws IOException {
        return fixture.sandbox.command(
                new SandboxSpec(
                        null,
                        workspace,
                        "hostile",
                        List.of(workspace.resolve("data")),
                        List.of(),
                        null,
                        false,
                        ServerLimits.STANDARD),
                List.of("/usr/bin/node", Sandbox.workspace("hostile") + "/" + HOSTILE));
    }

    /// Runs a command as the server runs one, and a shell above it holds a variable to be found.
    static String run(List<String> command, List<String> before) throws Exception {
        var line = new ArrayList<>(before);
        line.addAll(command);
        var shell = new ArrayList<>(List.of("/bin/sh", "-c", "env -i \"$@\"; true", "sh"));
        Sandbox.ENVIRONMENT.forEach((name, value) -> shell.add(name + "=" + value));
        shell.addAll(line);
        var builder = new ProcessBuilder(shell).redirectErrorStream(true);
        builder.environment().putAll(Map.of("QIDE_CANARY", "seen"));
        var process = builder.start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said.strip();
    }

    static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }
}
