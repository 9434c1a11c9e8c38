package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A script under `web-client/test/browser` that drives the browser IDE in a Chromium. It prints a
/// line for each check and for each marker, at which this side does something and answers.
final class BrowserScript {
    static final Path FOLDER =
            Path.of(System.getProperty("basedir", "."), "../web-client/test/browser")
                    .toAbsolutePath()
                    .normalize();
    private static final @Nullable Path CHROMIUM = chromium();

    private final Process process;
    private final Duration limit;
    private final List<String> lines = new ArrayList<>();
    private final List<Role> roles = new ArrayList<>();

    private record Role(String marker, Runnable action, String answer) {}

    private BrowserScript(Process process, Duration limit) {
        this.process = process;
        this.limit = limit;
    }

    /// Skips the tests where there is no Chromium (`QIDE_CHROMIUM` or on the PATH), or fails if
    /// `QIDE_BROWSER_REQUIRED` is set.
    static void requireChromium() {
        if (CHROMIUM == null) {
            assertThat(System.getenv("QIDE_BROWSER_REQUIRED"))
                    .as(
                            "QIDE_BROWSER_REQUIRED is set, but there is no Chromium: install it or set QIDE_CHROMIUM")
                    .isNull();
            System.err.println("Browser tests are skipped: install chromium or set QIDE_CHROMIUM.");
        }
        assumeTrue(CHROMIUM != null);
    }

    /// Runs a script to its end; fails if a check fails.
    ///
    /// @param link to the server, with a token
    /// @param script the file's name and the arguments
    /// @param limit after which the script is killed
    /// @param roles gets the script before it is followed, to declare what markers do
    /// @return the lines that it printed
    static List<String> run(
            String link, List<String> script, Duration limit, Consumer<BrowserScript> roles)
            throws Exception {
        var command = new ArrayList<String>(List.of("node"));
        command.add(FOLDER.resolve(script.getFirst()).toString());
        command.addAll(script.subList(1, script.size()));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("QIDE_URL", link);
        builder.environment().put("QIDE_CHROMIUM", String.valueOf(CHROMIUM));
        builder.environment()
                .putIfAbsent(
                        "QIDE_SCREENSHOTS",
                        Path.of("target/screenshots").toAbsolutePath().toString());
        var process = builder.start();
        try {
            var running = new BrowserScript(process, limit);
            roles.accept(running);
            running.follow();
            assertThat(process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)).as("in time").isTrue();
            assertThat(process.exitValue()).as(String.join("\n", running.lines)).isZero();
            return List.copyOf(running.lines);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /// Declares what a marker does.
    ///
    /// @param answer the line that the script waits for
    void on(String marker, Runnable action, String answer) {
        roles.add(new Role(marker, action, answer));
    }

    private static @Nullable Path chromium() {
        var named = System.getenv("QIDE_CHROMIUM");
        if (named != null && !named.isEmpty()) {
            return Path.of(named);
        }
        for (var folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            for (var name : List.of("chromium", "chromium-browser", "google-chrome")) {
                var candidate = Path.of(folder, name);
                if (Files.isExecutable(candidate)) {
                    return candidate;
                }
            }
        }
        return null;
    }

    private void follow() throws IOException {
        var watchdog = Thread.ofVirtual().start(this::killWhenLate);
        try (var output =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
                answer(line);
            }
        } finally {
            watchdog.interrupt();
        }
    }

    private void killWhenLate() {
        try {
            if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(String line) throws IOException {
        for (var role : roles) {
            if (line.contains("\"marker\":\"" + role.marker() + "\"")) {
                role.action().run();
                process.getOutputStream()
                        .write((role.answer() + "\n").getBytes(StandardCharsets.UTF_8));
                process.getOutputStream().flush();
            }
        }
    }
}
