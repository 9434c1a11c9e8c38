package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import dev.qide.yjs.Updates;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one row that takes the place of many: the state of the document that they make, or, should
/// that ever not be loaded as the same document, the rows merged as they are.
final class JoinedRow {
    private static final Logger LOG = LoggerFactory.getLogger(JoinedRow.class);

    private JoinedRow() {}

    /// @throws IllegalStateException when neither is the same document, which is a defect
    static byte[] of(StoredDocument stored, List<byte[]> rows) {
        var document = new LiveDocument(stored, rows);
        var state = document.state();
        if (isStateOf(document, state)) {
            return state;
        }
        var merged = Updates.merge(rows);
        if (!isStateOf(document, merged)) {
            throw new IllegalStateException("the joined row is not what its rows were");
        }
        LOG.atWarn()
                .addKeyValue("event.action", "collab.rows_merged")
                .addKeyValue("document", stored.id())
                .log("the state of a document is not what its rows are: they were merged instead");
        return merged;
    }

    private static boolean isStateOf(LiveDocument document, byte[] row) {
        return new LiveDocument(document.stored(), List.of(row)).isStateOf(document);
    }
}
