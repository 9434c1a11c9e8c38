package dev.qide.server.collab;

import dev.qide.server.collab.AwarenessListener.Present;
import dev.qide.server.collab.Collaboration.CommittedText;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Actor.Signal;
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
/// rest, which is in [DocumentLifecycle].
///
/// Thread-safe. No caller waits for the disk.
final class SharedDocument {
    /// How long a socket's reader waits for room in the inbox.
    static final Duration INBOX_WAIT = Duration.ofSeconds(10);

    private final WorkspaceId workspace;
    private final String path;
    private final DocumentContext around;
    private final Keeper keeper;
    private final Actor actor;
    private final Semaphore inboxRoom;
    private final Signal room;
    private final Signal ticked;
    private final Signal departed;
    private final ConcurrentLinkedQueue<Subscription> departing = new ConcurrentLinkedQueue<>();
    private final DocumentLifecycle lifecycle;

    /// Who keeps documents in memory. Thread-safe.
    interface Keeper {
        /// A subscription came to its end.
        void subscriptionEnded(SharedDocument document);

        /// The document may leave the memory.
        void idle(SharedDocument document);

        /// The document takes so many bytes more, or fewer.
        void grew(long bytes);

        /// Lets documents go that nobody has open, until there is room.
        ///
        /// @return whether there is room
        boolean makeRoom();
    }

    SharedDocument(WorkspaceId workspace, String path, DocumentContext around, Keeper keeper) {
        this.workspace = workspace;
        this.path = path;
        this.around = around;
        this.keeper = keeper;
        inboxRoom = new Semaphore(around.limits().inboxBytes());
        actor = new Actor("doc-opening", around.limits().inboxMessages());
        lifecycle = new DocumentLifecycle(workspace, path, around, new Holding(), actor);
        room = actor.signal(lifecycle::roomCame);
        ticked = actor.signal(lifecycle::ticked);
        departed = actor.signal(this::departed);
    }

    WorkspaceId workspace() {
        return workspace;
    }

    String path() {
        return path;
    }

    /// Whether somebody has it open.
    boolean isServing() {
        return lifecycle.isServing();
    }

    /// Whether it may leave the memory if nobody comes: no subscription, nothing on its way to the
    /// database (rows read anew would lack it), and nothing that the disk has not.
    boolean isIdle() {
        return lifecycle.isIdle();
    }

    /// Who is present.
    List<Present> members() {
        return lifecycle.members();
    }

    /// Since when it is idle.
    Instant idleSince() {
        return lifecycle.since();
    }

    /// A client logged in to it. Waits, bounded, for room in the inbox.
    ///
    /// @param before the subscription that the new one takes the place of, or null
    /// @return false when there was no room in time
    boolean join(Subscription subscription, @Nullable Subscription before)
            throws InterruptedException {
        return actor.put(() -> lifecycle.joined(subscription, before), INBOX_WAIT);
    }

    /// A client's message. Waits, bounded, for room in the inbox.
    ///
    /// @return false when there was no room in time; the message is lost then
    boolean receive(Subscription subscription, ClientMessage message, int bytes)
            throws InterruptedException {
        int needed = Math.min(bytes, around.limits().inboxBytes());
        if (!inboxRoom.tryAcquire(needed, INBOX_WAIT.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        boolean isIn =
                actor.put(
                        () -> {
                            inboxRoom.release(needed);
                            lifecycle.received(subscription, message);
                        },
                        INBOX_WAIT);
        if (!isIn) {
            inboxRoom.release(needed);
        }
        return isIn;
    }

    /// A client's socket has ended; what it sent before is still taken in.
    void depart(Subscription subscription) throws InterruptedException {
        if (!actor.put(() -> lifecycle.left(subscription), INBOX_WAIT)) {
            departing.add(subscription);
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
        if (!actor.put(() -> lifecycle.takeEdit(edit), INBOX_WAIT)) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        return edit.await();
    }

    /// Ends the generation by what `change` does to its record in the database; everybody who has
    /// it open is told `document-replaced`. Waits for it.
    ///
    /// @return whether there was a living one
    boolean end(String word, Consumer<StoredDocument> change) throws InterruptedException {
        var ending = new ServerEdit(_ -> List.of());
        boolean isIn =
                actor.put(
                        () -> {
                            try {
                                ending.done(lifecycle.ended(word, change));
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
        actor.close();
        keeper.grew(-lifecycle.reportedBytes());
    }

    private void departed() {
        for (var subscription = departing.poll();
                subscription != null;
                subscription = departing.poll()) {
            lifecycle.left(subscription);
        }
    }

    /// This document, to its keeper.
    private final class Holding implements DocumentHolder {
        @Override
        public void subscriptionEnded() {
            keeper.subscriptionEnded(SharedDocument.this);
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
