package dev.qide.server.collab;

import dev.qide.server.collab.Collaboration.CommittedText;
import dev.qide.server.collab.PresenceWatcher.Present;
import dev.qide.server.owner.Owner;
import dev.qide.server.owner.Owner.Signal;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What lives at one path of a workspace, as others see it: an inbox, and the thread that owns the
/// rest, which is in [DocumentLife].
///
/// Thread-safe. No caller waits for the disk.
final class SharedDocument {
    /// How long a socket's reader waits for room in the inbox.
    static final Duration INBOX_WAIT = Duration.ofSeconds(10);

    private final WorkspaceId workspace;
    private final String path;
    private final Surroundings around;
    private final Keeper keeper;
    private final Owner owner;
    private final Semaphore inboxRoom;
    private final Signal room;
    private final Signal ticked;
    private final Signal departed;
    private final ConcurrentLinkedQueue<Seat> departing = new ConcurrentLinkedQueue<>();
    private final DocumentLife life;

    /// Who keeps documents in memory. Thread-safe.
    interface Keeper {
        /// A seat came to its end.
        void seatEnded(SharedDocument document);

        /// The document may leave the memory.
        void idle(SharedDocument document);

        /// The document takes so many bytes more, or fewer.
        void grew(long bytes);

        /// Lets documents go that nobody has open, until there is room.
        ///
        /// @return whether there is room
        boolean makeRoom();
    }

    SharedDocument(WorkspaceId workspace, String path, Surroundings around, Keeper keeper) {
        this.workspace = workspace;
        this.path = path;
        this.around = around;
        this.keeper = keeper;
        inboxRoom = new Semaphore(around.limits().inboxBytes());
        owner = new Owner("doc-opening", around.limits().inboxMessages());
        life = new DocumentLife(workspace, path, around, new Holding(), owner);
        room = owner.signal(life::roomCame);
        ticked = owner.signal(life::ticked);
        departed = owner.signal(this::departed);
    }

    WorkspaceId workspace() {
        return workspace;
    }

    String path() {
        return path;
    }

    /// Whether somebody has it open.
    boolean isServing() {
        return life.isServing();
    }

    /// Whether it may leave the memory if nobody comes: no seat, nothing on its way to the database
    /// (rows read anew would lack it), and nothing that the disk has not.
    boolean isIdle() {
        return life.isIdle();
    }

    /// Who is present.
    List<Present> members() {
        return life.members();
    }

    /// Since when it is idle.
    Instant idleSince() {
        return life.since();
    }

    /// A client logged in to it. Waits, bounded, for room in the inbox.
    ///
    /// @param before the seat that the new one takes the place of, or null
    /// @return false when there was no room in time
    boolean join(Seat seat, @Nullable Seat before) throws InterruptedException {
        return owner.put(() -> life.joined(seat, before), INBOX_WAIT);
    }

    /// A client's message. Waits, bounded, for room in the inbox.
    ///
    /// @return false when there was no room in time; the message is lost then
    boolean receive(Seat seat, Inbound message, int bytes) throws InterruptedException {
        int needed = Math.min(bytes, around.limits().inboxBytes());
        if (!inboxRoom.tryAcquire(needed, INBOX_WAIT.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        boolean isIn =
                owner.put(
                        () -> {
                            inboxRoom.release(needed);
                            life.received(seat, message);
                        },
                        INBOX_WAIT);
        if (!isIn) {
            inboxRoom.release(needed);
        }
        return isIn;
    }

    /// A client's socket has ended; what it sent before is still taken in.
    void depart(Seat seat) throws InterruptedException {
        if (!owner.put(() -> life.left(seat), INBOX_WAIT)) {
            departing.add(seat);
            departed.raise();
        }
    }

    /// Changes the text as the server, and waits for the commit.
    ///
    /// @param change the committed text to the wanted one; runs on the document's thread
    /// @return the text that it made; null when there is no living document at this path
    /// @throws FailureException `DOCUMENT_UNAVAILABLE`, and what `change` throws
    @Nullable CommittedText edit(UnaryOperator<String> change) throws InterruptedException {
        var edit = ServerEdit.to(change, around);
        if (!owner.put(() -> life.takeEdit(edit), INBOX_WAIT)) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        return edit.await();
    }

    /// Ends the incarnation by what `change` does to its record in the database; everybody who has
    /// it open is told `document-replaced`. Waits for it.
    ///
    /// @return whether there was a living one
    boolean end(String word, Consumer<StoredDocument> change) throws InterruptedException {
        var ending = new ServerEdit(_ -> List.of());
        boolean isIn =
                owner.put(
                        () -> {
                            try {
                                ending.done(life.ended(word, change));
                            } catch (RuntimeException failure) {
                                ending.failed(failure);
                            }
                        },
                        INBOX_WAIT);
        if (!isIn) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        return ending.await() != null;
    }

    /// A socket has room again. Never blocks.
    void roomAgain() {
        room.raise();
    }

    /// Time has passed. Never blocks.
    void tick() {
        ticked.raise();
    }

    /// Ends the owner.
    void close() {
        owner.close();
        keeper.grew(-life.reportedBytes());
    }

    private void departed() {
        for (var seat = departing.poll(); seat != null; seat = departing.poll()) {
            life.left(seat);
        }
    }

    /// This document, to its keeper.
    private final class Holding implements DocumentLife.Holder {
        @Override
        public void seatEnded() {
            keeper.seatEnded(SharedDocument.this);
        }

        @Override
        public void idle() {
            keeper.idle(SharedDocument.this);
        }

        @Override
        public void grew(long bytes) {
            keeper.grew(bytes);
        }

        @Override
        public boolean makeRoom() {
            return keeper.makeRoom();
        }
    }
}
