package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Merges the file on disk into a document before the first client is served. If the database does
/// not respond, clients are served with the current text after [CollabLimits#reconcile]. Owned by
/// the document's thread.
final class Reconciliation {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

    private final DocumentContext context;
    private @Nullable ServerEdit edit;
    private Instant until = Instant.MAX;
    private boolean isFileReadOnly;

    /// The result.
    sealed interface Outcome {
        record Serve() implements Outcome {}

        /// The file was deleted, and the document has no further content.
        record Gone() implements Outcome {}

        /// The file can no longer be shared.
        record Denied(Failure why) implements Outcome {}
    }

    Reconciliation(DocumentContext context) {
        this.context = context;
    }

    /// Starts the reconciliation or checks its progress.
    ///
    /// @return null while it is running
    @Nullable Outcome advance(UpdatePipeline pipeline, ServerEdits edits) {
        var stored = pipeline.document().stored();
        if (edit == null) {
            edit = new ServerEdit(text -> merge(stored, text));
            until = context.clock().instant().plus(context.limits().reconcile());
            edits.addFirst(edit);
            edits.runOn(pipeline);
        }
        if (!edit.isDone() && !until.isBefore(context.clock().instant())) {
            return null;
        }
        var ended = edit;
        edit = null;
        isFileReadOnly = isFileReadOnly(stored);
        // An edit that is not committed in time continues as an ordinary edit of a served document.
        return ended.isDone() ? outcome(stored, ended.failure()) : new Outcome.Serve();
    }

    /// Whether the file was read-only when its document was opened.
    boolean isFileReadOnly() {
        return isFileReadOnly;
    }

    /// A file that cannot be read is not one that its owner protected.
    private boolean isFileReadOnly(StoredDocument stored) {
        try {
            return context.texts().isReadOnly(stored.workspace(), stored.path());
        } catch (FailureException _) {
            return false;
        }
    }

    /// Starts over for another generation.
    void forget() {
        edit = null;
    }

    private ServerEdit.Plan merge(StoredDocument stored, String text) {
        var merged = context.texts().reconciled(stored, text);
        return merged == null
                ? ServerEdit.Plan.NOTHING
                : ServerEdit.Plan.to(merged.text(), merged.base(), text, context);
    }

    private static Outcome outcome(StoredDocument stored, @Nullable Throwable failure) {
        if (failure instanceof FailureException named) {
            return switch (named.failure()) {
                // Where the base has changed, file sync has merged the file.
                case DOCUMENT_UNAVAILABLE,
                        STORE_UNAVAILABLE,
                        SERVER_CANCELLED,
                        PRECONDITION_FAILED ->
                        new Outcome.Serve();
                case FILE_UNKNOWN -> new Outcome.Gone();
                default -> new Outcome.Denied(named.failure());
            };
        }
        if (failure != null) {
            LOG.atError()
                    .addKeyValue("event.action", "collab.reconciliation_failed")
                    .addKeyValue("document", stored.id())
                    .setCause(failure)
                    .log("comparing a document with its file failed");
        }
        return new Outcome.Serve();
    }
}
