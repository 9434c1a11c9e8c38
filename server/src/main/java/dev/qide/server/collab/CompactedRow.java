package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import dev.qide.yjs.Updates;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The single row that replaces many rows in a compaction: the state of the document they form, or,
/// if that state does not load as the same document, the merged rows.
final class CompactedRow {
    private static final Logger LOG = LoggerFactory.getLogger(CompactedRow.class);

    private CompactedRow() {}

    /// The row that replaces these rows.
    ///
    /// @throws IllegalStateException when neither form loads as the same document, which is a
    ///   defect
    static byte[] of(StoredDocument stored, List<byte[]> rows) {
        var document = new LiveDocument(stored, rows);
        var state = document.state();
        if (isStateOf(document, state)) {
            return state;
        }
        var merged = Updates.merge(rows);
        if (!isStateOf(document, merged)) {
            throw new IllegalStateException(
                    "the merged row does not load as the same document as its rows");
        }
        LOG.atWarn()
                .addKeyValue("event.action", "collab.rows_merged")
                .addKeyValue("document", stored.id())
                .log("the state of a document differs from its rows; merged the rows instead");
        return merged;
    }

    private static boolean isStateOf(LiveDocument document, byte[] row) {
        return new LiveDocument(document.stored(), List.of(row)).isStateOf(document);
    }
}
