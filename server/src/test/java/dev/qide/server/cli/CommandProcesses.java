package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import dev.qide.server.ForkedServer;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The command line in processes of its own; kills those that a test leaves running. Owned by one
/// test.
final class CommandProcesses implements AfterEachCallback {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final List<Process> processes = new ArrayList<>();

    /// Starts a command without input.
    ///
    /// @param log the file to which its stderr is appended
    /// @param environment variables to set; an empty value removes one
    Process start(Path log, Map<String, String> environment, List<String> arguments)
            throws IOException {
        return start(log, environment, arguments, Redirect.PIPE);
    }

    /// Starts a command without input.
    ///
    /// @param log the file to which its stderr is appended
    /// @param environment variables to set; an empty value removes one
    /// @param output its stdout
    Process start(
            Path log, Map<String, String> environment, List<String> arguments, Redirect output)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(ChildJvm.java());
        command.addAll(ForkedServer.Config.QUICK_START);
        command.addAll(List.of("-cp", ChildJvm.classPath(), "dev.qide.server.Main"));
        command.addAll(arguments);
        return start(log, environment, Redirect.from(new File("/dev/null")), output, command);
    }

    /// Starts a program.
    ///
    /// @param input its stdin
    Process start(Path log, Map<String, String> environment, Redirect input, List<String> command)
            throws IOException {
        return start(log, environment, input, Redirect.PIPE, command);
    }

    private Process start(
            Path log,
            Map<String, String> environment,
            Redirect input,
            Redirect output,
            List<String> command)
            throws IOException {
        var builder =
                new ProcessBuilder(command)
                        .redirectInput(input)
                        .redirectOutput(output)
                        .redirectError(Redirect.appendTo(log.toFile()));
        environment.forEach((name, value) -> {
            if (value.isEmpty()) {
                builder.environment().remove(name);
            } else {
                builder.environment().put(name, value);
            }
        });
        var process = builder.start();
        processes.add(process);
        return process;
    }

    /// Waits until a server is ready.
    ///
    /// @return its first line
    static String awaitReady(Process server) throws Exception {
        var line = ChildJvm.firstLine(server.inputReader(StandardCharsets.UTF_8), LIMIT);
        assertThat(line).startsWith("Q-IDE ready: ");
        return line;
    }

    /// Waits until a process has ended.
    ///
    /// @return what it printed
    static String awaitEnd(Process process) throws Exception {
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        for (var process : processes) {
            process.destroyForcibly();
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }
}
