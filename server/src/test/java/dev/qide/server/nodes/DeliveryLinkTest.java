package dev.qide.server.nodes;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.transport.RawClient;
import dev.qide.yjs.Doc;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three servers on one database. The first one has the workspace, and people at all of them have
/// one document open: what the servers send each other.
class DeliveryLinkTest {
    /// `-Dnodes.readers=1000` for the figure in the benchmarks.
    private static final int READERS = Integer.getInteger("nodes.readers", 30);

    private static final int EDITS = 20;
    private static final int CLOSE_UNAUTHENTICATED = 4401;
    private static final String PATH = "a.txt";
    private static final int LARGE_EDIT = 400_000;
    private static final int LARGE_EDITS = 100;

    @TempDir Path folder;
    private final List<TestServer> servers = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        Files.writeString(folder.resolve(PATH), "begin\n");
        servers.add(TestServer.start(folder));
        try (var client = TestClient.connect(first().ws("/ws/demo"), first().token())) {
            client.initialize(null);
        }
        servers.add(TestServer.startBeside(first()));
        servers.add(TestServer.startBeside(first()));
        await(() -> servers.stream().allMatch(it -> gauge(it, "qide_nodes_peers") == 2));
    }

    @AfterEach
    void stop() {
        servers.reversed().forEach(TestServer::close);
    }

    @Test
    void a_batch_goes_once_to_each_other_server() throws Exception {
        try (var author = new Person(first());
                var readers = new Readers()) {
            for (int i = 0; i < READERS; i++) {
                readers.add(new Person(servers.get(i % servers.size())));
            }
            double batches = gauge(first(), "qide_collab_batches_total");
            double sent = gauge(first(), "qide_transport_deliveries_total");
            double delivered = gauge(first(), "qide_transport_delivered_total");
            var received = bytesFromOthers();
            long begun = System.nanoTime();
            long cpu = cpuNanos();
            for (int edit = 0; edit < EDITS; edit++) {
                author.type("word ");
                author.awaitSaved(edit + 1L);
            }
            readers.people.forEach(reader -> reader.awaitText(author.text()));
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            cpu = (cpuNanos() - cpu) / 1_000 / EDITS / READERS;
            // A batch is counted when it was sent.
            double counted = batches;
            double before = sent;
            await(() ->
                    gauge(first(), "qide_transport_deliveries_total") - before
                            == (servers.size() - 1)
                                    * (gauge(first(), "qide_collab_batches_total") - counted));
            batches = gauge(first(), "qide_collab_batches_total") - batches;
            sent = gauge(first(), "qide_transport_deliveries_total") - sent;
            delivered = gauge(first(), "qide_transport_delivered_total") - delivered;
            long bytes = bytesFromOthers().get(0) - received.get(0);
            System.out.println(
                    "%d readers at 3 servers, %.0f batches: %.0f frames between servers for %.0f readers, %d bytes to one server, %d ms, %d µs of CPU for each delivery, servers and clients together"
                            .formatted(READERS, batches, sent, delivered, bytes, millis, cpu));
            assertThat(batches).isBetween(1.0, (double) EDITS);
            assertThat(sent).isEqualTo(batches * (servers.size() - 1));
            int others = READERS - (READERS + 2) / servers.size();
            assertThat(delivered).isEqualTo(batches * others);
            assertThat(gauge(servers.get(1), "qide_nodes_delivery_links")).isEqualTo(1);
            // The update, its frame and a few bytes for each run of channels; and the heartbeat.
            assertThat(bytes).isLessThan((long) (batches * (200 + READERS)));
        }
    }

    @Test
    void people_at_all_servers_write_and_see_the_same_text() throws Exception {
        try (var people = new Readers()) {
            for (int i = 0; i < 9; i++) {
                people.add(new Person(servers.get(i % servers.size())));
            }
            for (int edit = 1; edit <= EDITS; edit++) {
                for (var person : people.people) {
                    person.type(edit + " ");
                }
                for (var person : people.people) {
                    person.awaitSaved(edit);
                }
            }
            int length = people.people.getFirst().awaitLength(textLength(9));
            for (var person : people.people) {
                assertThat(person.awaitLength(length)).isEqualTo(length);
                assertThat(person.text()).isEqualTo(people.people.getFirst().text());
            }
            assertThat(gauge(first(), "qide_transport_deliveries_total")).isPositive();
        }
    }

    private static int textLength(int people) {
        int length = "begin\n".length();
        for (int edit = 1; edit <= EDITS; edit++) {
            length += people * (edit + " ").length();
        }
        return length;
    }

    @Test
    void a_revoked_reader_gets_nothing_more() throws Exception {
        var token = first().tokenOf("bob", Scope.EDIT);
        try (var author = new Person(first());
                var ann = new Person(servers.get(1));
                var bob = new Person(servers.get(1), token)) {
            author.type("before ");
            author.awaitSaved(1);
            ann.awaitText(author.text());
            bob.awaitText(author.text());
            assertThat(gauge(first(), "qide_transport_deliveries_total")).isPositive();
            first().revoke("bob");
            assertThat(bob.socket.closeCode()).isEqualTo(CLOSE_UNAUTHENTICATED);
            int frames = bob.socket.unreadFrames();
            author.type("secret ");
            author.awaitSaved(2);
            ann.awaitText(author.text());
            assertThat(bob.socket.unreadFrames()).isEqualTo(frames);
        }
    }

    @Test
    void a_reader_that_pauses_gets_the_difference_and_delays_nobody() throws Exception {
        var second = servers.get(1);
        try (var author = new Person(first());
                var ann = new Person(second);
                var paused = new RawClient(second.http("/").getPort(), 16 << 10)) {
            paused.writeText(
                    RawClient.handshake("/ws/demo", "Authorization: Bearer " + second.token()));
            paused.readHead();
            paused.send(
                    RawClient.BINARY,
                    message(2)
                            .writeVarUint(0)
                            .writeVarString("")
                            .writeVarString("4.8.0")
                            .toBytes());
            paused.send(
                    RawClient.BINARY,
                    message(0).writeVarUint(0).writeVarBytes(new byte[] {0}).toBytes());
            // More than the kernel holds between the servers and the client. While a link is slow,
            // frames take the socket's own connection, for which the kernel has buffers too.
            for (int edit = 1; edit <= LARGE_EDITS; edit++) {
                author.type("x".repeat(LARGE_EDIT));
                author.awaitSaved(2L * edit - 1);
                author.delete(LARGE_EDIT);
                author.awaitSaved(2L * edit);
            }
            author.type("end");
            ann.awaitText(author.text());
            long bytes = 0;
            var doc = new Doc();
            while (!doc.text("content").toString().endsWith("end")) {
                var frame = paused.receiveMessage();
                assertThat(frame.opcode()).isEqualTo(RawClient.BINARY);
                bytes += frame.payload().length;
                var _ = apply(doc, frame.payload());
            }
            assertThat(doc.text("content").toString()).isEqualTo(author.text());
            System.out.println("a reader that paused got " + bytes + " bytes");
            assertThat(bytes).isLessThan((long) LARGE_EDITS * LARGE_EDIT);
        }
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private TestServer first() {
        return servers.getFirst();
    }

    private List<Long> bytesFromOthers() {
        return servers.stream()
                .skip(1)
                .map(server ->
                        (long)
                                gauge(
                                        server,
                                        "qide_nodes_forwarded_bytes_total{direction=\"received\",}"))
                .toList();
    }

    private static double gauge(TestServer server, String series) {
        try {
            return server.scrape()
                    .lines()
                    .filter(line -> line.startsWith(series + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                    .findFirst()
                    .orElse(0);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stop);
        }
    }

    private static Lib0Encoder message(int type) {
        return new Lib0Encoder().writeVarString(PATH).writeVarUint(type);
    }

    /// Applies what a frame says about the document.
    ///
    /// @return the number of acknowledgements in it
    private static int apply(Doc doc, byte[] frame) {
        if (frame.length == 1) {
            return 0;
        }
        var in = new Lib0Decoder(frame);
        assertThat(in.readVarString()).isEqualTo(PATH);
        long type = in.readVarUint();
        if (type == 0 && in.readVarUint() > 0) {
            doc.applyUpdate(in.readVarBytes());
        }
        return type == 8 && in.readVarUint() == 1 ? 1 : 0;
    }

    /// Some people.
    private static final class Readers implements AutoCloseable {
        final List<Person> people = new ArrayList<>();

        void add(Person person) {
            people.add(person);
        }

        @Override
        public void close() {
            people.forEach(Person::close);
        }
    }

    /// One person's editor with the document open.
    private static final class Person implements AutoCloseable {
        final TestClient socket;
        final Doc doc = new Doc();
        private long saved;

        Person(TestServer server) {
            this(server, server.token());
        }

        Person(TestServer server, String token) {
            socket = TestClient.connect(server.ws("/ws/demo"), token);
            socket.authenticate(PATH, "");
            socket.requestContent(PATH);
            while (doc.text("content").length() == 0) {
                receive();
            }
            // The answer to the server's step 1, which counts as one message.
            socket.binary(message(0).writeVarUint(1).writeVarBytes(new byte[] {0, 0}).toBytes());
            awaitSaved(1);
            saved = 0;
            var _ =
                    doc.onUpdate((update, origin) -> {
                        if ("typed".equals(origin)) {
                            socket.binary(
                                    message(0).writeVarUint(2).writeVarBytes(update).toBytes());
                        }
                    });
        }

        void type(String text) {
            doc.transact(
                    "typed", _ -> doc.text("content").insert(doc.text("content").length(), text));
        }

        void delete(int last) {
            doc.transact(
                    "typed",
                    _ -> {
                        var text = doc.text("content");
                        text.delete(text.length() - last, last);
                    });
        }

        String text() {
            return doc.text("content").toString();
        }

        void awaitSaved(long edits) {
            while (saved < edits) {
                receive();
            }
        }

        void awaitText(String text) {
            while (!text().equals(text)) {
                receive();
            }
        }

        int awaitLength(int length) {
            while (doc.text("content").length() < length) {
                receive();
            }
            return (int) doc.text("content").length();
        }

        private void receive() {
            saved += apply(doc, socket.frame());
        }

        @Override
        public void close() {
            socket.close();
            doc.close();
        }
    }
}
