package dev.qide.server.hostile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The outcomes of the attacks, by kind. Thread-safe.
final class AttackCounts {
    /// The content of a file outside every workspace: an answer with it comes from outside.
    static final String SECRET = "qL8vXw2TzR5nYb7K-outside-every-workspace";

    private final Map<String, Integer> connections = new LinkedHashMap<>();
    private final Map<String, Map<String, Integer>> ends = new LinkedHashMap<>();
    private final AtomicInteger leaks = new AtomicInteger();

    synchronized void connected(String attack) {
        connections.merge(attack, 1, Integer::sum);
    }

    /// @param how a status, a close code or a word
    synchronized void ended(String attack, String how) {
        ends.computeIfAbsent(attack, _ -> new TreeMap<>()).merge(how, 1, Integer::sum);
    }

    /// Searches a client's input for the secret.
    void look(ByteBuffer bytes) {
        look(StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString());
    }

    void look(byte[] bytes) {
        look(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private void look(String text) {
        if (text.contains(SECRET)) {
            leaks.incrementAndGet();
        }
    }

    /// The number of answers that contained the secret.
    int leaks() {
        return leaks.get();
    }

    /// One line for each kind.
    synchronized String table() {
        var text = new StringBuilder();
        connections.forEach((attack, count) -> {
            var how = ends.getOrDefault(attack, Map.of());
            text.append("  %-34s %6d connections, ended %s%n".formatted(attack, count, how));
        });
        return text.toString();
    }
}
