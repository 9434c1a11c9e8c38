package dev.qide.yjs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/// A recorded editing session (format of josephg/editing-traces): edits, authors, and the final
/// text.
///
/// @param isConcurrent whether several agents typed at the same time and merged
record Trace(boolean isConcurrent, String endContent, List<Transaction> transactions) {
    /// One change.
    ///
    /// @param parents indexes of the transactions whose states are merged before it
    record Transaction(int agent, List<Integer> parents, List<Patch> patches) {}

    /// A splice; positions count code points, which equal UTF-16 units in the known traces.
    record Patch(int position, int deleted, String inserted) {}

    static Trace read(Path file) throws IOException {
        Value json;
        try (var in = new GZIPInputStream(Files.newInputStream(file))) {
            json = Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        var root = members(json);
        var transactions = new ArrayList<Transaction>();
        for (var element : elements(member(root, "txns"))) {
            var txn = members(element);
            var patches = new ArrayList<Patch>();
            for (var patch : elements(member(txn, "patches"))) {
                var parts = elements(patch);
                patches.add(
                        new Patch(
                                integer(parts.get(0)),
                                integer(parts.get(1)),
                                ((Value.Str) parts.get(2)).value()));
            }
            var parents = new ArrayList<Integer>();
            if (txn.containsKey("parents")) {
                elements(member(txn, "parents")).forEach(parent -> parents.add(integer(parent)));
            }
            int agent = txn.containsKey("agent") ? integer(member(txn, "agent")) : 0;
            transactions.add(new Transaction(agent, parents, patches));
        }
        return new Trace(
                root.containsKey("kind"),
                ((Value.Str) member(root, "endContent")).value(),
                transactions);
    }

    private static Value member(Map<String, Value> members, String key) {
        var value = members.get(key);
        if (value == null) {
            throw new IllegalArgumentException("the trace has no " + key);
        }
        return value;
    }

    private static Map<String, Value> members(Value value) {
        return ((Value.Obj) value).members();
    }

    private static List<Value> elements(Value value) {
        return ((Value.Arr) value).elements();
    }

    private static int integer(Value value) {
        return (int) ((Value.Num) value).value();
    }

    void apply(Transaction transaction, Doc doc) {
        var text = doc.text("text");
        doc.transact(() -> {
            for (var patch : transaction.patches()) {
                if (patch.deleted() > 0) {
                    text.delete(patch.position(), patch.deleted());
                }
                text.insert(patch.position(), patch.inserted());
            }
        });
    }
}
