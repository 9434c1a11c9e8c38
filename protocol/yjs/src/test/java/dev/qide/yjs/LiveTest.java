package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Long tests, each enabled by a property: `-Dgolden.seed=S -Dgolden.cases=N` against a live Yjs,
/// `-Dtraces=DIR` with recorded sessions. They fail if Node or the folder is missing.
class LiveTest {
    private static final int LIVE_STEPS = 10_000;

    @Test
    @EnabledIfSystemProperty(named = "golden.cases", matches = "\\d+")
    void fresh_cases_agree_with_a_live_yjs() throws IOException {
        String seed = System.getProperty("golden.seed", "1");
        int wanted = Integer.getInteger("golden.cases");
        int count = 0;
        try (var node = NodeYjs.start("cases.mjs", seed, String.valueOf(wanted))) {
            var lines = node.output();
            for (var next = GoldenCase.read(lines); next != null; next = GoldenCase.read(lines)) {
                next.check();
                count++;
            }
        }
        System.out.println("golden: " + count + " cases of seed " + seed + " agree with yjs");
        assertThat(count).isEqualTo(wanted);
    }

    @Test
    @EnabledIfSystemProperty(named = "golden.cases", matches = "\\d+")
    void a_java_and_a_yjs_document_edit_each_other_by_sync_messages() throws IOException {
        var random = new Random(Long.getLong("golden.seed", 1));
        try (var node = NodeYjs.start("peer.mjs", System.getProperty("golden.seed", "1"))) {
            var doc = GoldenCase.typed(true);
            var outgoing = new ArrayList<byte[]>();
            doc.onUpdate((update, origin) -> {
                if (origin == null) {
                    outgoing.add(SyncProtocol.encode(new SyncProtocol.Message.Update(update)));
                }
            });
            for (int step = 0; step < LIVE_STEPS; step++) {
                if (random.nextBoolean()) {
                    RandomEdits.edit(random, doc);
                } else {
                    node.send("edit");
                    exchange(node, doc, outgoing);
                }
                if (random.nextInt(4) == 0) {
                    for (byte[] message : List.copyOf(outgoing)) {
                        node.send("message " + Golden.hex(message));
                        exchange(node, doc, outgoing);
                    }
                    outgoing.clear();
                }
                if (step % 1_000 == 999) {
                    checkEqual(node, doc, outgoing);
                }
            }
        }
        System.out.println("live: " + LIVE_STEPS + " steps, equal to yjs");
    }

    /// Exchanges messages until the peer sends nothing more.
    private static void exchange(NodeYjs node, Doc doc, List<byte[]> outgoing) throws IOException {
        for (String line = node.output().readLine();
                !"done".equals(line);
                line = node.output().readLine()) {
            if (line == null) {
                throw new IOException("the peer has ended");
            }
            var message = SyncProtocol.decode(new Lib0Decoder(Golden.bytes(line)));
            byte[] answer = SyncProtocol.receive(doc, message, "peer");
            if (answer != null) {
                outgoing.add(answer);
            }
        }
    }

    private static void checkEqual(NodeYjs node, Doc doc, List<byte[]> outgoing)
            throws IOException {
        for (int round = 0; round < 3; round++) {
            var step1 = new SyncProtocol.Message.Step1(doc.stateVector());
            outgoing.add(SyncProtocol.encode(step1));
            for (byte[] message : List.copyOf(outgoing)) {
                outgoing.remove(message);
                node.send("message " + Golden.hex(message));
                exchange(node, doc, outgoing);
            }
        }
        doc.checkInvariants();
        node.send("state");
        String[] words = node.output().readLine().split(" ", -1);
        assertThat(Golden.hex(doc.stateVector().encode())).isEqualTo(words[0]);
        assertThat(doc.text("text").toString())
                .isEqualTo(
                        new String(
                                Golden.bytes(words[1]), java.nio.charset.StandardCharsets.UTF_8));
        // Two replicas may split the same content differently; loading makes them equal.
        assertThat(reloaded(Golden.bytes(words[2])).equals(reloaded(doc.encodeStateAsUpdate())))
                .as("both states load to the same bytes")
                .isTrue();
    }

    private static String reloaded(byte[] state) {
        var doc = GoldenCase.typed(true);
        doc.applyUpdate(state);
        return Golden.hex(doc.encodeStateAsUpdate());
    }

    @Test
    @EnabledIfSystemProperty(named = "traces", matches = ".+")
    void recorded_sessions_end_in_the_recorded_text() throws IOException {
        var folder = Path.of(System.getProperty("traces"));
        int count = 0;
        try (var files = Files.newDirectoryStream(folder, "*.json.gz")) {
            for (var file : files) {
                var trace = Trace.read(file);
                if (trace.isConcurrent()) {
                    replayConcurrent(trace);
                } else {
                    replaySequential(trace);
                }
                count++;
            }
        }
        System.out.println("traces: " + count + " replayed from " + folder);
        assertThat(count).isPositive();
    }

    private static void replaySequential(Trace trace) {
        var updates = new ArrayList<byte[]>();
        var doc = new Doc(Doc.Options.of(1));
        doc.onUpdate((update, _) -> updates.add(update));
        trace.transactions().forEach(transaction -> trace.apply(transaction, doc));
        doc.checkInvariants();
        assertThat(doc.text("text").toString()).isEqualTo(trace.endContent());
        var replica = new Doc(Doc.Options.of(2));
        updates.forEach(replica::applyUpdate);
        replica.checkInvariants();
        assertThat(replica.text("text").toString()).isEqualTo(trace.endContent());
        assertThat(replica.encodeStateAsUpdate()).isEqualTo(doc.encodeStateAsUpdate());
        var loaded = new Doc(Doc.Options.of(3));
        loaded.applyUpdate(Updates.merge(updates));
        assertThat(loaded.text("text").toString()).isEqualTo(trace.endContent());
    }

    /// One replica per agent; before each transaction it gets the updates that the transaction had
    /// seen.
    private static void replayConcurrent(Trace trace) {
        var docs = new TreeMap<Integer, Doc>();
        var seen = new TreeMap<Integer, boolean[]>();
        var updates = new ArrayList<byte[]>();
        for (int i = 0; i < trace.transactions().size(); i++) {
            var transaction = trace.transactions().get(i);
            int agent = transaction.agent();
            var doc = docs.computeIfAbsent(agent, id -> new Doc(Doc.Options.of(id + 1L)));
            var known = seen.computeIfAbsent(agent, _ -> new boolean[trace.transactions().size()]);
            takeAncestors(trace, transaction.parents(), doc, known, updates);
            var made = new ArrayList<byte[]>();
            var remove = doc.onUpdate((update, _) -> made.add(update));
            trace.apply(transaction, doc);
            remove.run();
            updates.add(Updates.merge(made));
            known[i] = true;
        }
        var last = docs.get(trace.transactions().getLast().agent());
        assertThat(last).isNotNull();
        if (last != null) {
            last.checkInvariants();
            assertThat(last.text("text").toString()).isEqualTo(trace.endContent());
        }
    }

    private static void takeAncestors(
            Trace trace, List<Integer> heads, Doc doc, boolean[] known, List<byte[]> updates) {
        var missing = new TreeMap<Integer, byte[]>();
        var walk = new ArrayList<>(heads);
        while (!walk.isEmpty()) {
            int at = walk.removeLast();
            if (!known[at]) {
                known[at] = true;
                missing.put(at, updates.get(at));
                walk.addAll(trace.transactions().get(at).parents());
            }
        }
        missing.values().forEach(doc::applyUpdate);
    }
}
