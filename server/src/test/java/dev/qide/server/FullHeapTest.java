package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.concurrent.FatalErrors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A server whose heap is full ends at once and says so, instead of going on with dead threads.
@Timeout(180)
class FullHeapTest {
    /// The exit code of `-XX:+ExitOnOutOfMemoryError`.
    private static final int OUT_OF_MEMORY = 3;

    private static final Path LAUNCHER = Path.of("..", "qide");

    @TempDir Path folder;

    @Test
    void as_it_is_launched_the_virtual_machine_ends_it() throws Exception {
        assertThat(Files.readString(LAUNCHER)).contains("-XX:+ExitOnOutOfMemoryError");
        assertThat(fill(List.of("-XX:+ExitOnOutOfMemoryError"))).isEqualTo(OUT_OF_MEMORY);
    }

    @Test
    void without_that_option_the_server_ends_itself_and_logs_why() throws Exception {
        assertThat(fill(List.of())).isEqualTo(FatalErrors.EXIT_CODE);
        assertThat(Files.readString(folder.resolve("data/server.log")))
                .contains("concurrent.fatal_error");
    }

    /// @return the exit code of a server whose heap was filled
    private int fill(List<String> options) throws Exception {
        var all = new ArrayList<>(ForkedServer.Config.QUICK_START);
        all.add("-Xmx96m");
        all.addAll(options);
        try (var database = TestDatabase.create()) {
            var place =
                    new ForkedServer.Config(
                            Files.createDirectory(folder.resolve("data")),
                            Files.createDirectory(folder.resolve("workspace")),
                            FreePort.next(),
                            FragilePostgres.url(database.address()),
                            all);
            try (var server = ForkedServer.begin(place, Filling.class.getName()).awaitReady()) {
                server.sendLine("fill");
                return server.awaitExit();
            }
        }
    }

    /// The server, with a thread that fills its heap when it is sent a line.
    static final class Filling {
        private Filling() {}

        /// Reachable for ever, so that no block is collected.
        private static final List<byte[]> BLOCKS = new ArrayList<>();

        public static void main(String[] arguments) {
            Thread.ofPlatform().daemon().name("filling").start(Filling::fillWhenTold);
            Main.main(arguments);
        }

        private static void fillWhenTold() {
            try {
                if (System.in.read() < 0) {
                    return;
                }
            } catch (java.io.IOException ended) {
                throw new java.io.UncheckedIOException(ended);
            }
            while (true) {
                BLOCKS.add(new byte[64 << 10]);
            }
        }
    }
}
