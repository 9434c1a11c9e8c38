package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Unmodified `@hocuspocus/provider` and `yjs` in Node, over real sockets. Needs `node` and `npm`
/// on the PATH.
final class StockProviderTest {
    private static final long INSTALL_SECONDS = 180;
    private static final long RUN_SECONDS = 90;
    private static final Path SCRIPTS =
            Path.of(System.getProperty("basedir", "."), "src/test/node/collab");

    @Test
    void stock_providers_converge_on_both_doors() throws Exception {
        install();
        try (var test = TestDatabase.create();
                var database = new Database(test.address());
                var lab = new CollabLab(test, database, CollabLimits.STANDARD);
                var host = new CollabHost(lab)) {
            assertThat(run(RUN_SECONDS, "node", "stock.mjs", host.url()))
                    .contains("stock providers converged");
        }
    }

    /// Installs what the lock names, once for each lock.
    private static void install() throws Exception {
        var lock = Files.readAllBytes(SCRIPTS.resolve("package-lock.json"));
        var installed = SCRIPTS.resolve("node_modules/.qide-installed");
        if (!Files.exists(installed) || !Arrays.equals(Files.readAllBytes(installed), lock)) {
            run(INSTALL_SECONDS, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            Files.write(installed, lock);
        }
    }

    private static String run(long seconds, String... command)
            throws IOException, InterruptedException {
        var output = Files.createTempFile("qide-stock", ".txt");
        try {
            var process =
                    new ProcessBuilder(command)
                            .directory(SCRIPTS.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            boolean hasEnded = process.waitFor(seconds, TimeUnit.SECONDS);
            process.destroyForcibly();
            var words = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(hasEnded).as(words).isTrue();
            assertThat(process.exitValue()).as(words).isZero();
            return words;
        } finally {
            Files.delete(output);
        }
    }
}
