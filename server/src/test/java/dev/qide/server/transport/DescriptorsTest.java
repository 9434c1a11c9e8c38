package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process without free file descriptors, and after some are free again.
class DescriptorsTest {
    /// Half of them are more than the jars of the class path, which the process has open.
    private static final int DESCRIPTORS = 512;

    @TempDir Path folder;

    /// The web server's own listener would stop, with every open connection.
    @Test
    void without_descriptors_open_sockets_work_and_new_ones_are_served_when_some_are_free()
            throws Exception {
        try (var server = new Child(folder)) {
            int port = Integer.parseInt(server.answer());
            assertThat(Integer.parseInt(server.ask("limit"))).isBetween(1, DESCRIPTORS / 2);
            try (var open = RawClient.opened(port, "/echo")) {
                // What is needed is loaded then; also, since there are two, for the way from an
                // answer back to the next read.
                for (var word : List.of("hello", "again")) {
                    open.sendText(word);
                    assertThat(open.receiveMessage().text()).isEqualTo(word);
                }
                assertThat(server.ask("exhaust")).isEqualTo("exhausted");
                var waiting = new ArrayList<RawClient>();
                for (int i = 0; i < 5; i++) {
                    var client = new RawClient(port);
                    client.writeText(RawClient.handshake("/echo"));
                    waiting.add(client);
                }
                TestHost.await("failed", () -> Integer.parseInt(server.ask("failures")) > 2);
                open.sendText("still here");
                assertThat(open.receiveMessage().text()).isEqualTo("still here");

                assertThat(server.ask("free")).isEqualTo("free");
                for (var client : waiting) {
                    client.readHead();
                    assertThat(client.head).startsWith("HTTP/1.1 101 ");
                    client.close();
                }
                RawClient.opened(port, "/echo").close();
                open.sendText("to the end");
                assertThat(open.receiveMessage().text()).isEqualTo("to the end");
            }
        }
    }

    /// Connections alone do not exhaust the descriptors, since the listener uses only a part.
    @Test
    void a_flood_of_connections_leaves_descriptors_for_the_rest() throws Exception {
        try (var server = new Child(folder)) {
            int port = Integer.parseInt(server.answer());
            var flood = new ArrayList<RawClient>();
            try (var open = RawClient.opened(port, "/echo")) {
                for (int i = 0; i < DESCRIPTORS + 50; i++) {
                    flood.add(new RawClient(port));
                }
                open.sendText("still here");
                assertThat(open.receiveMessage().text()).isEqualTo("still here");
                assertThat(server.ask("failures")).isEqualTo("0");
            } finally {
                for (var client : flood) {
                    client.close();
                }
            }
            RawClient.opened(port, "/echo").close();
        }
    }

    /// The server in a process with few descriptors; closing ends the process.
    private static final class Child implements AutoCloseable {
        private final Process process;
        private final BufferedReader out;
        private final Writer in;

        Child(Path folder) throws IOException {
            // The JVM would raise the soft limit to the hard limit by itself.
            var java =
                    "ulimit -n %d && exec \"$0\" -XX:-MaxFDLimit -cp \"$1\" %s"
                            .formatted(DESCRIPTORS, DescriptorsProcess.class.getName());
            process =
                    new ProcessBuilder("sh", "-c", java, ChildJvm.java(), ChildJvm.classPath())
                            .redirectError(folder.resolve("stderr").toFile())
                            .start();
            out = process.inputReader(StandardCharsets.UTF_8);
            in = process.outputWriter(StandardCharsets.UTF_8);
        }

        String ask(String line) {
            try {
                in.write(line + "\n");
                in.flush();
                return answer();
            } catch (IOException failure) {
                throw new java.io.UncheckedIOException(failure);
            }
        }

        String answer() throws IOException {
            return String.valueOf(out.readLine());
        }

        @Override
        public void close() throws IOException {
            in.close();
            try {
                assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("ends").isTrue();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } finally {
                process.destroyForcibly();
            }
        }
    }
}
