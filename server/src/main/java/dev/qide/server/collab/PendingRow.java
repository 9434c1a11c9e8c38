package dev.qide.server.collab;

import dev.qide.server.store.UpdateLog;
import dev.qide.wire.Failure;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An update on its way to the database.
///
/// Owned by the document's thread, except that the log's writer tells the outcome.
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

    /// Messages that bring only what this row and rows before it bring.
    final List<Covered> covered = new ArrayList<>();

    /// Whether it is, or was, among [PendingUpdates].
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

    /// Who waits for the outcome of a row; told on the document's thread.
    interface Author {
        /// The stable id of the person; [PendingUpdates#STORED] for the server.
        default String principal() {
            return PendingUpdates.STORED;
        }

        void committed();

        void refused(Failure why);
    }

    /// A message that waits for rows which others sent.
    record Covered(Author author, UpdateHeader header) {}

    /// @param settled called once on the writer's thread; must not block
    PendingRow(byte[] update, UpdateHeader header, Author author, Runnable settled) {
        this.update = update;
        this.header = header;
        this.author = author;
        this.settled = settled;
    }

    /// A row that was read from the database.
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
    public void told() {
        settled.run();
    }

    boolean isPending() {
        return state == State.PENDING;
    }

    /// Everybody was told what became of it: its text, or nothing.
    void show() {
        isShown = true;
    }

    public boolean isShown() {
        return isShown;
    }

    /// Why the row cannot be stored, or null.
    @Nullable Failure refusal() {
        return refusal;
    }
}
