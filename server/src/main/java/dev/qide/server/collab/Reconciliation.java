package dev.qide.server.collab;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.StoredDocument;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Merges the file on disk into a document before the first client is served. If the disk or the
/// database does not respond, clients are served with the current text after
/// [CollabLimits#reconcile], and file sync (`files.sync.SyncPass`) merges the file later. Owned by
/// the document's thread, which waits for neither: a separate virtual thread reads, at most one for
/// each document.
final class Reconciliation {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

    private final DocumentContext context;
    private final Runnable advanced;

    /// The last reading that was started; it may belong to an attempt that was given up.
    private @Nullable Reading started;

    private @Nullable Reading reading;
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

    /// A reading of the file. Thread-safe.
    private static final class Reading {
        private final StoredDocument document;
        private @Nullable FileOnDisk file;
        private boolean isLate;

        Reading(StoredDocument document) {
            this.document = document;
        }

        synchronized @Nullable FileOnDisk file() {
            return file;
        }

        /// @return whether clients are served without it
        synchronized boolean end(FileOnDisk found) {
            file = found;
            return isLate;
        }

        /// @return whether it has ended
        synchronized boolean setLate() {
            isLate = true;
            return file != null;
        }
    }

    /// @param failure the reason why there is no comparison
    private record FileOnDisk(
            TextSource.Comparison comparison,
            @Nullable RuntimeException failure,
            boolean isReadOnly) {
        static FileOnDisk failed(RuntimeException failure) {
            return new FileOnDisk(TextSource.Comparison.NOTHING, failure, false);
        }
    }

    /// @param advanced called on any thread when [#advance] should be called again
    Reconciliation(DocumentContext context, Runnable advanced) {
        this.context = context;
        this.advanced = advanced;
    }

    /// Starts the reconciliation or checks its progress.
    ///
    /// @return null while it is running
    @Nullable Outcome advance(UpdatePipeline pipeline, ServerEdits edits) {
        var stored = pipeline.document().stored();
        if (reading == null) {
            reading = new Reading(stored);
            until = context.clock().instant().plus(context.limits().reconcile());
        }
        if (started != reading && (started == null || started.file() != null)) {
            started = reading;
            start(reading);
        }
        var file = reading.file();
        if (file != null && edit == null) {
            edit = new ServerEdit(text -> plan(file, text));
            edits.addFirst(edit);
            edits.runOn(pipeline);
        }
        if ((edit == null || !edit.isDone()) && !until.isBefore(context.clock().instant())) {
            return null;
        }
        return ended(stored, reading, file);
    }

    private Outcome ended(StoredDocument stored, Reading ended, @Nullable FileOnDisk file) {
        var merge = edit;
        forget();
        isFileReadOnly = file != null && file.isReadOnly();
        if (merge == null) {
            if (ended.setLate()) {
                mergeLater(stored);
            }
            return new Outcome.Serve();
        }
        if (!merge.isDone()) {
            // It continues as an ordinary edit of a served document.
            return new Outcome.Serve();
        }
        var outcome = outcome(stored, merge.failure());
        if (merge.failure() != null && outcome instanceof Outcome.Serve) {
            mergeLater(stored);
        }
        return outcome;
    }

    /// Whether the file was read-only when its document was opened.
    boolean isFileReadOnly() {
        return isFileReadOnly;
    }

    /// Starts over for another generation or another first client.
    void forget() {
        reading = null;
        edit = null;
    }

    /// Abandons the reconciliation of a generation that has ended.
    void cancel(Failure why) {
        if (edit != null) {
            edit.failed(new FailureException(why));
        }
        forget();
    }

    private void start(Reading toStart) {
        BackgroundTask.start(
                Thread.ofVirtual().name("doc-reconciling"),
                () -> end(toStart, read(toStart.document)),
                defect -> end(toStart, FileOnDisk.failed(new IllegalStateException(defect))));
    }

    private void end(Reading toEnd, FileOnDisk file) {
        if (toEnd.end(file)) {
            mergeLater(toEnd.document);
        }
        advanced.run();
    }

    private FileOnDisk read(StoredDocument stored) {
        try {
            var comparison = context.texts().compare(stored);
            return new FileOnDisk(comparison, null, isFileReadOnly(stored));
        } catch (FailureException failure) {
            return FileOnDisk.failed(failure);
        }
    }

    /// Lets file sync compare the file with the document.
    private void mergeLater(StoredDocument stored) {
        context.listener().documentChanged(stored.workspace(), stored.path());
    }

    /// A file that cannot be read is not one that its owner protected.
    private boolean isFileReadOnly(StoredDocument stored) {
        try {
            return context.texts().isReadOnly(stored.workspace(), stored.path());
        } catch (FailureException _) {
            return false;
        }
    }

    private ServerEdit.Plan plan(FileOnDisk file, String text) {
        if (file.failure() != null) {
            throw file.failure();
        }
        var merged = file.comparison().mergedWith(text);
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
