package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What `qide lsp` loads while an editor waits for it, as `./qide` starts it: an accidental use of
/// a large library would make it slow. `docs/benchmarks.md` has the times.
class LspStartTest {
    /// 1,841 were loaded when it was written, most of them the JDK's.
    private static final int MOST_CLASSES = 2_100;

    @TempDir Path folder;
    @RegisterExtension final CommandProcesses processes = new CommandProcesses();

    @Test
    void it_loads_few_classes_of_few_libraries() throws Exception {
        try (var server = TestServer.start(Files.createDirectory(folder.resolve("workspace")))) {
            var token = Files.writeString(folder.resolve("token"), server.token());
            var loaded = folder.resolve("loaded");
            var process =
                    processes.start(
                            folder.resolve("stderr"),
                            Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString()),
                            Redirect.PIPE,
                            List.of(
                                    ChildJvm.java(),
                                    "-Xlog:class+load:file=" + loaded,
                                    "-cp",
                                    classPath(),
                                    "dev.qide.server.ClientMain",
                                    "lsp",
                                    TestServer.WORKSPACE,
                                    "--url",
                                    server.http("").toString(),
                                    "--token-file",
                                    token.toString()));

            try (var editor = StdioEditor.of(process)) {
                editor.initialize("{}");
                editor.exit();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(folder.resolve("stderr")).isEmptyFile();
            assertThat(process.exitValue()).isZero();
            var classes = Files.readAllLines(loaded);
            assertThat(classes)
                    .anyMatch(line -> line.contains("relay.StdioRelay"))
                    .noneMatch(line -> line.contains(" org.slf4j."))
                    .noneMatch(line -> line.contains(" ch.qos.logback."))
                    .noneMatch(line -> line.contains(" java.net.http."))
                    .noneMatch(line -> line.contains(" javax.net.ssl.SSLContext "))
                    .noneMatch(line -> line.contains(" dev.qide.server.Server "))
                    .noneMatch(line -> line.contains(" dev.qide.server.cli.ServeCommand "));
            assertThat(classes).hasSizeLessThan(MOST_CLASSES);
        }
    }

    /// The server's classes, and the libraries that `./qide` names for it.
    private static String classPath() throws IOException {
        var script = Files.readString(Path.of("../qide"));
        var libraries = script.replaceFirst("(?s).*/lib/\\{([a-z,-]+)\\}-.*", "$1").split(",", -1);
        return String.join(
                ":",
                Stream.of(ChildJvm.classPath().split(":", -1))
                        .filter(entry ->
                                isMainClasses(entry)
                                        || Stream.of(libraries)
                                                .anyMatch(library -> isOf(library, entry)))
                        .toList());
    }

    private static boolean isMainClasses(String entry) {
        return entry.contains("/server/target/") && entry.endsWith("/classes");
    }

    /// A jar, or in a build of all modules the classes of a module.
    private static boolean isOf(String library, String entry) {
        return entry.matches(".*/" + library + "-[0-9][^/]*\\.jar")
                || (library.equals("qide-wire") && entry.contains("/protocol/wire/target/"));
    }
}
