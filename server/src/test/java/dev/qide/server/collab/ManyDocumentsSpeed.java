package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ForkedServer;
import dev.qide.server.FragilePostgres;
import dev.qide.server.FreePort;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Measures the memory of a server that opens and closes many stored documents one after another.
/// Not part of the suite; run it by name: `mvn -pl server -am -Dtest=ManyDocumentsSpeed
/// -Dsurefire.failIfNoSpecifiedTests=false test`. `-Ddocuments=N` sets the number of documents.
final class ManyDocumentsSpeed {
    private static final int DOCUMENTS = Integer.getInteger("documents", 10_000);
    private static final int OF_A_SOCKET = 200;
    private static final int CHARACTERS = 2_000;
    private static final double AIM_MEGABYTES = 500;
    private static final Pattern USED = Pattern.compile("heap .*used (\\d+)K");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    @TempDir Path folder;

    @Test
    void figures() throws Exception {
        try (var postgres = FragilePostgres.open()) {
            var workspace = Files.createDirectory(folder.resolve("workspace"));
            write(workspace);
            var place =
                    new ForkedServer.Config(
                            Files.createDirectory(folder.resolve("data")),
                            workspace,
                            FreePort.next(),
                            FragilePostgres.url(postgres.newDatabase()),
                            List.of("-XX:+UseG1GC"));
            var uri = URI.create("ws://127.0.0.1:" + place.port() + "/ws/" + TestServer.WORKSPACE);
            try (var server = ForkedServer.begin(place).awaitReady()) {
                long begun = System.nanoTime();
                all(uri, server.token(), () -> {});
                System.out.printf("stored in %.0f s%n", (System.nanoTime() - begun) / 1e9);
                report(server.pid());
                server.terminate();
            }
            try (var server = ForkedServer.begin(place).awaitReady()) {
                double atFirst = report(server.pid());
                var most = new double[1];
                long begun = System.nanoTime();
                all(uri, server.token(), () -> most[0] = Math.max(most[0], report(server.pid())));
                System.out.printf(
                        "%d opened and left in %.0f s; heap in use at first %.0f MB, at most %.0f MB%n",
                        DOCUMENTS, (System.nanoTime() - begun) / 1e9, atFirst, most[0]);
                assertThat(most[0]).isLessThanOrEqualTo(AIM_MEGABYTES);
                server.terminate();
            }
        }
    }

    private static void all(URI uri, String token, Runnable now) {
        for (int from = 0; from < DOCUMENTS; from += OF_A_SOCKET) {
            var paths =
                    IntStream.range(from, Math.min(DOCUMENTS, from + OF_A_SOCKET))
                            .mapToObj(ManyDocumentsSpeed::path)
                            .toList();
            try (var client = new DocumentsClient(uri, token)) {
                client.open(paths);
                assertThat(client.bytes()).isGreaterThan((long) CHARACTERS * paths.size());
            }
            if (from % 1_000 == 0) {
                now.run();
            }
        }
        now.run();
    }

    /// All documents exist as files; their first generation begins when they are opened.
    private static void write(Path workspace) throws IOException {
        for (int number = 0; number < DOCUMENTS; number++) {
            var file = workspace.resolve(path(number));
            Files.createDirectories(file.getParent());
            Files.writeString(file, (number + "\n").repeat(CHARACTERS).substring(0, CHARACTERS));
        }
    }

    private static String path(int number) {
        return "d" + number / 100 + "/file-" + number + ".txt";
    }

    /// Prints the heap in use after a collection and the resident memory of the process.
    ///
    /// @return megabytes of heap in use
    private static double report(long pid) {
        jcmd(pid, "GC.run");
        var heap = number(USED, jcmd(pid, "GC.heap_info")) / 1024;
        try {
            var resident =
                    number(RESIDENT, Files.readString(Path.of("/proc/" + pid + "/status"))) / 1024;
            System.out.printf("heap in use %.0f MB, resident %.0f MB%n", heap, resident);
            return heap;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static double number(Pattern pattern, String words) {
        var matcher = pattern.matcher(words);
        assertThat(matcher.find()).as(words).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    private static String jcmd(long pid, String command) {
        try {
            var process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                            .toString(),
                                    Long.toString(pid),
                                    command)
                            .redirectErrorStream(true)
                            .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }
}
