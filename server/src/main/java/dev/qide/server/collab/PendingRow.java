package dev.qide.server.collab;

import dev.qide.server.store.UpdateLog;
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.Failure;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An update that is being committed.
///
/// Owned by the document's thread, except that the log's writer reports the outcome.
public final class PendingRow implements UpdateLog.Outcome {
    private static final Author NOBODY =
            new Author() {
                @Override
                public void committed() {}

                @Override
                public void refused(Failure why) {}
            };

    final byte[] update;
    final UpdateHeader header;
    final Author author;

    /// Messages that contain only ids of this and earlier rows.
    final List<Covered> covered = new ArrayList<>();

    /// Whether the row is, or was, in [PendingUpdates].
    boolean isWaiting;

    private final Runnable settled;
    private volatile State state = State.PENDING;
    private volatile @Nullable Failure refusal;
    private boolean isShown;

    private enum State {
        PENDING,
        COMMITTED,
        REFUSED
    }

    /// The sender of a row; called with the outcome on the document's thread.
    interface Author {
        /// The stable id of the person; [PendingUpdates#STORED] for the server.
        default String principal() {
            return PendingUpdates.STORED;
        }

        /// The trace of the edit; null without one. Any thread may call it.
        default @Nullable Trace trace() {
            return null;
        }

        /// Whether spans of the edit are exported. Any thread may call it.
        default boolean isRecorded() {
            return false;
        }

        /// The row is in the database.
        void committed();

        /// The row was refused; the failure says why.
        void refused(Failure why);
    }

    /// A message that waits for rows sent by others.
    record Covered(Author author, UpdateHeader header) {}

    /// @param settled called once on the writer's thread; must not block
    PendingRow(byte[] update, UpdateHeader header, Author author, Runnable settled) {
        this.update = update;
        this.header = header;
        this.author = author;
        this.settled = settled;
    }

    /// A row read from the database.
    static PendingRow stored(byte[] update, UpdateHeader header) {
        var row = new PendingRow(update, header, NOBODY, () -> {});
        row.committed();
        return row;
    }

    @Override
    public void committed() {
        state = State.COMMITTED;
    }

    @Override
    public void refused(Failure why) {
        refusal = why;
        state = State.REFUSED;
    }

    @Override
    public @Nullable Trace trace() {
        return author.trace();
    }

    @Override
    public boolean isRecorded() {
        return author.isRecorded();
    }

    @Override
    public void batchSettled() {
        settled.run();
    }

    boolean isPending() {
        return state == State.PENDING;
    }

    /// Marks the row as broadcast or refused.
    void show() {
        isShown = true;
    }

    /// Whether the row was broadcast or refused.
    public boolean isShown() {
        return isShown;
    }

    /// The reason why the row was not stored, or null.
    @Nullable Failure refusal() {
        return refusal;
    }
}
