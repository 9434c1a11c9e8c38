package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.yjs.Doc;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Sends histories recorded from Yjs (the golden cases of `protocol/yjs`), shuffled and with
/// duplicates, through `/collab`, then joins their rows. The broadcast, stored and joined content
/// must equal the text in Yjs. `-Dhistories=N` sends N histories instead of 48.
final class HistoriesTest {
    private static final Path CASES =
            Path.of(
                    System.getProperty("basedir", "."),
                    "../protocol/yjs/src/test/resources/golden/cases.txt.gz");

    private static final String ROOT_TEXT = "010474657874";
    private static final String ROOT_CONTENT = "0107636f6e74656e74";

    /// Documents in use at a time.
    private static final int TOGETHER = 24;

    private static final CollabLimits LIMITS =
            new CollabLimits(
                    64,
                    64 << 20,
                    1 << 20,
                    4 << 20,
                    8,
                    512,
                    4 << 20,
                    4 << 20,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(1),
                    Duration.ofMillis(20),
                    Duration.ofMillis(600),
                    Duration.ofMillis(400),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(12),
                    2,
                    Duration.ofMillis(20));

    private static TestDatabase test;
    private static Database database;
    private CollabFixture fixture;

    /// One history.
    ///
    /// @param updates in the order in which they are sent
    /// @param vector the resulting state vector in Yjs
    /// @param text the resulting text in Yjs
    private record History(String path, List<byte[]> updates, StateVector vector, String text) {
        /// Whether all client ids are below the ids of genesis authors.
        boolean isAllowed() {
            return updates.stream().map(UpdateHeader::read).noneMatch(History::isForged);
        }

        private static boolean isForged(UpdateHeader header) {
            return header.structs().clients().anyMatch(it -> it >= Genesis.FIRST_AUTHOR);
        }
    }

    @BeforeAll
    static void openDatabase() throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
    }

    @AfterAll
    static void closeDatabase() {
        database.close();
        test.close();
    }

    @BeforeEach
    void open() {
        fixture = new CollabFixture(test, database, LIMITS);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void shuffled_and_duplicated_histories_result_in_the_text_of_yjs() throws IOException {
        int left = Integer.getInteger("histories", 48);
        int count = 0;
        try (var lines = cases()) {
            for (var group = take(lines, left); !group.isEmpty(); group = take(lines, left)) {
                group.forEach(this::send);
                group.forEach(this::checkJoined);
                left -= group.size();
                count += group.size();
            }
        }
        assertThat(left).as("missing histories").isZero();
        System.out.println("histories: " + count + " as in yjs");
    }

    private void send(History history) {
        var ann = fixture.client(ANN, history.path()).join("");
        var bob = fixture.client(BOB, history.path()).join("");
        history.updates().forEach(ann::update);
        await(() -> isStored(history));
        bob.awaitsText(history.text());
        ann.close();
        bob.close();
    }

    private boolean isStored(History history) {
        var stored = new IdCoverage();
        fixture.rows(fixture.document(history.path()))
                .forEach(row -> stored.add(UpdateHeader.read(row)));
        return history.updates().stream().map(UpdateHeader::read).allMatch(stored::covers);
    }

    private void checkJoined(History history) {
        var document = fixture.document(history.path());
        await(() -> fixture.rows(document).size() == 1);
        var joined = new Doc();
        joined.applyUpdate(fixture.rows(document).getFirst());
        assertThat(ofPeople(joined.stateVector())).as(history.path()).isEqualTo(history.vector());
        assertThat(joined.text("content").toString()).isEqualTo(history.text());
        var late = fixture.client(BOB, history.path()).join("");
        assertThat(late.text()).as(history.path()).isEqualTo(history.text());
        late.close();
    }

    /// The vector without the server's genesis author.
    private static StateVector ofPeople(StateVector vector) {
        var clocks = new HashMap<Long, Long>();
        for (long client : vector.clients()) {
            if (client < Genesis.FIRST_AUTHOR) {
                clocks.put(client, vector.clock(client));
            }
        }
        return StateVector.of(clocks);
    }

    private static BufferedReader cases() throws IOException {
        var stream = new GZIPInputStream(Files.newInputStream(CASES));
        return new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII));
    }

    private static List<History> take(BufferedReader lines, int atMost) throws IOException {
        var histories = new ArrayList<History>();
        while (histories.size() < Math.min(atMost, TOGETHER)) {
            var history = read(lines);
            if (history == null) {
                return histories;
            }
            if (history.isAllowed()) {
                histories.add(history);
            }
        }
        return histories;
    }

    private static @Nullable History read(BufferedReader lines) throws IOException {
        var updates = new ArrayList<byte[]>();
        var vector = StateVector.EMPTY;
        String name = "";
        String text = "";
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            var words = line.split(" ", -1);
            switch (words[0]) {
                case "case" -> name = words[1];
                case "update" -> updates.add(renamed(words[1]));
                case "whole" -> vector = StateVector.decode(HexFormat.of().parseHex(words[1]));
                case "json" -> text = string(words[1]);
                case "end" -> {
                    return new History("history/" + name + ".txt", updates, vector, text);
                }
                default -> {
                    // The tests of `protocol/yjs` compare the rest.
                }
            }
        }
        return null;
    }

    /// Renames the root `text` of the golden cases to `content`.
    private static byte[] renamed(String update) {
        return HexFormat.of().parseHex(update.replace(ROOT_TEXT, ROOT_CONTENT));
    }

    /// Encodes a string as lib0's `any`.
    private static String string(String any) {
        var decoder = new Lib0Decoder(HexFormat.of().parseHex(any.substring(2)));
        return decoder.readVarString();
    }
}
