package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Merges what is on disk into a document before anybody is served. Without the database those who
/// wait are served with what there is, after a while. Owned by the document's thread.
final class Reconciliation {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

    private final DocumentContext around;
    private @Nullable ServerEdit edit;
    private Instant until = Instant.MAX;
    private boolean isFileReadOnly;

    /// How it ended.
    sealed interface Outcome {
        record Serve() implements Outcome {}

        /// The file is gone, and the document has nothing that it had not.
        record Gone() implements Outcome {}

        /// It cannot be shared any more.
        record Denied(Failure why) implements Outcome {}
    }

    Reconciliation(DocumentContext around) {
        this.around = around;
    }

    /// Begins it, or looks how far it has come.
    ///
    /// @return null while it is under way
    @Nullable Outcome advance(UpdatePipeline pipeline, ServerEdits edits) {
        var stored = pipeline.document().stored();
        if (edit == null) {
            edit = ServerEdit.to(text -> wanted(stored, text), around);
            until = around.clock().instant().plus(around.limits().reconcile());
            edits.addFirst(edit);
            edits.runOn(pipeline);
        }
        if (!edit.isDone() && !until.isBefore(around.clock().instant())) {
            return null;
        }
        var ended = edit;
        edit = null;
        isFileReadOnly = isFileReadOnly(stored);
        // What is not committed yet will be: it is one more edit of a document that is served.
        return ended.isDone() ? outcome(stored, ended.failure()) : new Outcome.Serve();
    }

    /// Whether the file was read-only when the first of those who have it open came.
    boolean isFileReadOnly() {
        return isFileReadOnly;
    }

    /// A file that cannot be looked at is not one that its owner protected.
    private boolean isFileReadOnly(StoredDocument stored) {
        try {
            return around.texts().isReadOnly(stored.workspace(), stored.path());
        } catch (FailureException _) {
            return false;
        }
    }

    /// The generation is another one now.
    void forget() {
        edit = null;
    }

    private String wanted(StoredDocument stored, String text) {
        var wanted = around.texts().reconciled(stored, text);
        return wanted == null ? text : wanted;
    }

    private Outcome outcome(StoredDocument stored, @Nullable Throwable failure) {
        if (failure instanceof FailureException named) {
            return switch (named.failure()) {
                case DOCUMENT_UNAVAILABLE, STORE_UNAVAILABLE, SERVER_CANCELLED ->
                        new Outcome.Serve();
                case FILE_UNKNOWN -> new Outcome.Gone();
                default -> new Outcome.Denied(named.failure());
            };
        }
        if (failure == null) {
            record(stored);
        } else {
            LOG.atError()
                    .addKeyValue("event.action", "collab.reconciliation_failed")
                    .addKeyValue("document", stored.id())
                    .setCause(failure)
                    .log("what is on disk could not be compared with a document");
        }
        return new Outcome.Serve();
    }

    private void record(StoredDocument stored) {
        try {
            around.texts().isReconciled(stored);
        } catch (RuntimeException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "collab.reconciliation_unrecorded")
                    .addKeyValue("document", stored.id())
                    .setCause(failure)
                    .log("that a document has what is on disk was not recorded");
        }
    }
}
