package dev.qide.server;

import dev.qide.server.collab.StoredTexts;
import dev.qide.server.store.DatabaseAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random plans in two windows of the browser IDE on a server in a process of its own:
/// `web-client/test/browser/plan.mjs` describes them.
///
/// `-Dbrowser.plan.edits=N` runs a plan of N edits, `-Dbrowser.plan.count` several with the seeds
/// from `-Dbrowser.plan.seed` on.
@EnabledIfSystemProperty(named = "browser.plan.edits", matches = "\\d+")
class BrowserPlanTest {
    private static final int EDITS = Integer.getInteger("browser.plan.edits", 300);
    private static final Duration LIMIT_PER_EDIT = Duration.ofSeconds(10);
    private static final String FIRST_TEXT = "a line of the first text\n".repeat(10);

    @TempDir Path folder;

    static LongStream seeds() {
        long first = Long.getLong("browser.plan.seed", 1);
        return LongStream.range(first, first + Integer.getInteger("browser.plan.count", 1));
    }

    @BeforeAll
    static void findChromium() {
        BrowserScript.requireChromium();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void two_windows_the_disk_and_the_database_have_one_text_after_each_round(long seed)
            throws Exception {
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        Files.writeString(workspace.resolve("plan.txt"), FIRST_TEXT);
        var stored = folder.resolve("stored");
        try (var database = TestDatabase.create();
                var server = new Restarted(workspace, database.address())) {
            var script =
                    List.of(
                            "plan.mjs",
                            "--folder=" + workspace,
                            "--edits=" + EDITS,
                            "--seed=" + seed,
                            "--stored=" + stored);
            var lines =
                    BrowserScript.run(
                            server.link(),
                            script,
                            LIMIT_PER_EDIT.multipliedBy(EDITS),
                            running -> {
                                running.on("kill-server", server::restart, "killed");
                                running.on("store-text", () -> server.store(stored), "stored");
                            });
            System.out.println("seed " + seed + "\n" + String.join("\n", lines));
        }
    }

    /// A server that can be killed. Owned by one thread.
    private final class Restarted implements AutoCloseable {
        private final Path workspace;
        private final DatabaseAddress database;
        private final ForkedServer.Config config;
        private ForkedServer server;

        Restarted(Path workspace, DatabaseAddress database) throws Exception {
            this.workspace = workspace;
            this.database = database;
            config =
                    new ForkedServer.Config(
                            Files.createDirectory(folder.resolve("data")),
                            workspace,
                            FreePort.next(),
                            FragilePostgres.url(database),
                            ForkedServer.Config.QUICK_START);
            server = ForkedServer.begin(config).awaitReady();
        }

        String link() throws IOException {
            return server.http() + "#token=" + server.token();
        }

        /// Kills it and starts it again; waits until it is ready.
        void restart() {
            try {
                server.kill();
                server = ForkedServer.begin(config).awaitReady();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException failure) {
                throw new IllegalStateException(failure);
            }
        }

        /// Writes the stored text of the only file.
        void store(Path target) {
            try (var files = Files.newDirectoryStream(workspace, "*.txt")) {
                var path = String.valueOf(files.iterator().next().getFileName());
                Files.writeString(target, StoredTexts.text(database, path));
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
