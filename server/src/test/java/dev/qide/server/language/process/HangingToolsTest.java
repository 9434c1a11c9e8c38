package dev.qide.server.language.process;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.language.SandboxProbeResult;
import dev.qide.server.telemetry.Health;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs that never end, when the server starts and looks at the machine.
@Timeout(60)
class HangingToolsTest {
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String PATH =
            Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin:/bin");

    @TempDir Path folder;

    private final ProcessStarter starter = new ProcessStarter(SHORT);

    @AfterEach
    void stop() {
        starter.close();
    }

    @Test
    void a_hanging_ldd_means_no_node_and_is_killed_with_its_children() throws Exception {
        var ldd = hanging("ldd");
        var node = NodeRuntime.find(PATH, new NodeRuntime.Probe(ldd, SHORT), starter);

        assertThat(node).isNull();
        awaitNoneOf(ldd);
    }

    @Test
    void a_hanging_node_has_no_version_and_is_killed_with_its_children() throws Exception {
        var node = new NodeRuntime(hanging("node"), Set.of(), Map.of());

        assertThat(node.version(starter, SHORT)).isNull();
        awaitNoneOf(node.binary());
    }

    @Test
    void a_hanging_launcher_means_that_the_sandbox_does_not_hold() throws Exception {
        var node = Objects.requireNonNull(NodeRuntime.find(PATH, starter));
        var launcher = hanging("bwrap");
        var sandbox = Sandbox.find(node, folder.toString(), SHORT, starter);

        assertThat(sandbox.probeResult()).isInstanceOf(SandboxProbeResult.Failed.class);
        awaitNoneOf(launcher);
    }

    /// The input of the process is a named pipe, whose opening waits for its writer.
    @Test
    void a_start_that_hangs_is_refused_in_time_and_reported() throws Exception {
        var pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        var hanging = new ProcessBuilder("true").redirectInput(pipe.toFile());

        assertThat(starter.state()).isInstanceOf(Health.State.Up.class);
        assertThatThrownBy(() -> starter.start(hanging)).isInstanceOf(IOException.class);
        await(() -> starter.state() instanceof Health.State.Degraded);
        var writer = CompletableFuture.runAsync(() -> write(pipe));
        await(() -> starter.state() instanceof Health.State.Up);

        assertThat(starter.outputOf(new ProcessBuilder("echo", "works"), PATIENCE).text())
                .isEqualTo("works\n");
        writer.join();
    }

    private static void write(Path pipe) {
        try {
            Files.writeString(pipe, "\n");
        } catch (IOException _) {
            // Its reader has ended already.
        }
    }

    /// A program that waits for a child, which never ends.
    private Path hanging(String name) throws IOException {
        var program = folder.resolve(name);
        Files.writeString(program, "#!/bin/sh\nsh -c 'sleep 1000; :' \"$0\"\n");
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    private static void awaitNoneOf(Path program) {
        await(() ->
                ProcessHandle.allProcesses()
                        .noneMatch(process ->
                                process.info()
                                        .commandLine()
                                        .orElse("")
                                        .contains(program.toString())));
    }
}
