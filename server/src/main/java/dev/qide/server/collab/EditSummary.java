package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs who edited which document: one line for the first committed update of a subscription, then
/// at most one every ten seconds, with the number of updates since the last line. Never the text.
///
/// Owned by the document's thread.
final class EditSummary {
    static final Duration PERIOD = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(EditSummary.class);

    private final String principal;
    private @Nullable StoredDocument document;
    private Instant nextLine = Instant.MIN;
    private long updates;
    private long bytes;
    private boolean isEnded;

    /// @param principal the id of the person
    EditSummary(String principal) {
        this.principal = principal;
    }

    /// Counts an update that was committed.
    void committed(StoredDocument edited, int length, Instant now) {
        document = edited;
        updates++;
        bytes += length;
        logWhenDue(now);
    }

    /// Logs what was counted once ten seconds have passed since the last line.
    void logWhenDue(Instant now) {
        if (isEnded || !now.isBefore(nextLine)) {
            nextLine = now.plus(PERIOD);
            log();
        }
    }

    /// The subscription ends: logs the rest. An update that is committed later has its own line.
    void end() {
        isEnded = true;
        log();
    }

    private void log() {
        if (document == null || updates == 0) {
            return;
        }
        LOG.atInfo()
                .addKeyValue("event.action", "collab.edited")
                .addKeyValue("principal", principal)
                .addKeyValue("workspace", document.workspace())
                .addKeyValue("document", document.id())
                .addKeyValue("updates", updates)
                .addKeyValue("bytes", bytes)
                .log("a document was edited");
        updates = 0;
        bytes = 0;
    }
}
