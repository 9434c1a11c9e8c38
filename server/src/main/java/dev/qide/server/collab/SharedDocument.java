package dev.qide.server.collab;

import dev.qide.server.owner.Owner;
import dev.qide.server.owner.Owner.Signal;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.FileMark;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What lives at one path of a workspace: the seats of those who have it open, and the incarnation
/// in memory.
///
/// Whenever nobody had it open and somebody comes, an [Opening] finds out which incarnation it is;
/// those who come meanwhile wait, and are let in or denied together.
///
/// Thread-safe where it says so; all else runs on the thread of its owner. Neither that thread nor
/// a caller waits for the disk.
final class SharedDocument {
    /// How long a socket's reader waits for room in the inbox.
    static final Duration INBOX_WAIT = Duration.ofSeconds(10);

    private final WorkspaceId workspace;
    private final String path;
    private final Surroundings around;
    private final Keeper keeper;
    private final Owner owner;
    private final Semaphore inboxRoom;
    private final Signal opened;
    private final Signal settled;
    private final Signal room;
    private final Signal ticked;
    private final Signal departed;
    private final AtomicReference<Opening.@Nullable Outcome> outcome = new AtomicReference<>();
    private final ConcurrentLinkedQueue<Seat> departing = new ConcurrentLinkedQueue<>();
    private final List<Seat> seats = new ArrayList<>();
    private final PresenceRelay presence;
    private @Nullable Relay relay;
    private @Nullable Opening opening;
    private Instant since;
    private volatile boolean isServing;
    private volatile boolean isIdle;

    /// Who keeps documents in memory. Thread-safe.
    interface Keeper {
        /// A seat came to its end.
        void seatEnded(SharedDocument document);

        /// The document may leave the memory.
        void idle(SharedDocument document);
    }

    SharedDocument(WorkspaceId workspace, String path, Surroundings around, Keeper keeper) {
        this.workspace = workspace;
        this.path = path;
        this.around = around;
        this.keeper = keeper;
        since = around.clock().instant();
        presence = new PresenceRelay(seats, around.clock(), around.limits());
        inboxRoom = new Semaphore(around.limits().inboxBytes());
        owner = new Owner("doc-opening", around.limits().inboxMessages());
        opened = owner.signal(this::opened);
        settled = owner.signal(this::settled);
        room = owner.signal(this::roomCame);
        ticked = owner.signal(this::ticked);
        departed = owner.signal(this::departed);
    }

    WorkspaceId workspace() {
        return workspace;
    }

    String path() {
        return path;
    }

    /// Whether somebody has it open. Thread-safe.
    boolean isServing() {
        return isServing;
    }

    /// Whether it may leave the memory if nobody comes: no seat, and nothing on its way to the
    /// database (rows read anew would lack it). Thread-safe.
    boolean isIdle() {
        return isIdle;
    }

    /// A client logged in to it. Thread-safe; waits, bounded, for room in the inbox.
    ///
    /// @param before the seat that the new one takes the place of, or null
    /// @return false when there was no room in time
    boolean join(Seat seat, @Nullable Seat before) throws InterruptedException {
        return owner.put(() -> joined(seat, before), INBOX_WAIT);
    }

    /// A client's message. Thread-safe; waits, bounded, for room in the inbox.
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
                            received(seat, message);
                        },
                        INBOX_WAIT);
        if (!isIn) {
            inboxRoom.release(needed);
        }
        return isIn;
    }

    /// A client's socket has ended; what it sent before is still taken in. Thread-safe.
    void depart(Seat seat) throws InterruptedException {
        if (!owner.put(() -> left(seat), INBOX_WAIT)) {
            departing.add(seat);
            departed.raise();
        }
    }

    /// A socket has room again. Thread-safe; never blocks.
    void roomAgain() {
        room.raise();
    }

    /// Time has passed. Thread-safe; never blocks.
    void tick() {
        ticked.raise();
    }

    /// The document's file was written from it. Thread-safe.
    void fileSaved(DocumentId id, FileMark mark, long rows) throws InterruptedException {
        var _ =
                owner.put(
                        () -> {
                            if (relay != null && relay.rows().stored().id().equals(id)) {
                                relay.rows().fileSaved(mark, rows);
                            }
                        },
                        INBOX_WAIT);
    }

    /// Ends the owner. Thread-safe.
    void close() {
        owner.close();
    }

    private void joined(Seat seat, @Nullable Seat before) {
        boolean isFirst = seats.isEmpty();
        seats.add(seat);
        if (before != null && seats.remove(before)) {
            before.depart();
            presence.move(before, seat);
            keeper.seatEnded(this);
        }
        if (isServing) {
            admit(seat);
        } else if (opening == null) {
            since = isFirst ? around.clock().instant() : since;
            beginOpening();
        }
        sweep();
    }

    private void received(Seat seat, Inbound message) {
        if (seat.isWaiting()) {
            if (!seat.early.add(message)) {
                seat.deny(Failure.TOO_MANY_REQUESTS);
            }
        } else if (seat.isOpen() && relay != null) {
            handle(relay, seat, message);
        }
        sweep();
    }

    private void handle(Relay relay, Seat seat, Inbound message) {
        if (!seat.access.canRead(seat.member)) {
            relay.refuse(seat, Failure.FORBIDDEN);
            return;
        }
        switch (message) {
            case Inbound.Step1(var vector) -> relay.step1(seat, vector);
            case Inbound.Content content -> relay.content(seat, content);
            case Inbound.LostContent(var isStep2) -> relay.lostContent(seat, isStep2);
            case Inbound.Presence states -> presence.receive(seat, states);
            case Inbound.PresenceQuery() -> presence.answer(seat);
            case Inbound.Leave() -> seat.depart();
            case Inbound.Refused(var why) -> relay.refuseMessage(seat, why);
            case Inbound.Auth _, Inbound.Nothing _ -> {
                // Logging in is done before; the other kinds mean nothing to a server.
            }
        }
    }

    private void left(Seat seat) {
        seat.depart();
        sweep();
    }

    private void departed() {
        for (var seat = departing.poll(); seat != null; seat = departing.poll()) {
            left(seat);
        }
    }

    private void settled() {
        if (relay != null) {
            relay.settled();
            sweep();
        }
    }

    private void roomCame() {
        if (relay != null) {
            seats.forEach(relay::pump);
        }
    }

    private void ticked() {
        if (relay != null) {
            relay.tick();
        }
        sweep();
        if (!seats.isEmpty() && !isServing && opening == null) {
            beginOpening();
        } else if (isIdle && (relay == null || isOver(around.limits().idle()))) {
            keeper.idle(this);
        }
    }

    private boolean isOver(Duration time) {
        return since.plus(time).isBefore(around.clock().instant());
    }

    private void beginOpening() {
        var rows = relay == null ? null : relay.rows();
        var inMemory =
                rows == null ? null : new Opening.InMemory(rows.stored(), rows.isSettled());
        boolean mayCreate = seats.stream().anyMatch(seat -> seat.access.canEdit(seat.member));
        var attempt = new Opening(around, workspace, path, mayCreate, inMemory);
        opening = attempt;
        Thread.ofVirtual()
                .name("doc-opening")
                .start(
                        () -> {
                            outcome.set(attempt.run());
                            opened.raise();
                        });
    }

    private void opened() {
        var ended = outcome.getAndSet(null);
        var attempt = opening;
        if (ended == null || attempt == null) {
            return;
        }
        opening = null;
        switch (ended) {
            case Opening.Outcome.Opened(var rows, var epoch) -> serve(rows, epoch);
            case Opening.Outcome.Failed(var why) -> openingFailed(attempt, why);
        }
        sweep();
    }

    private void serve(@Nullable DocumentRows rows, long epoch) {
        if (rows != null) {
            relay = new Relay(around, rows, epoch, seats, presence, settled::raise);
            Thread.currentThread().setName("doc-" + rows.stored().id());
        }
        isServing = !seats.isEmpty();
        List.copyOf(seats).forEach(this::admit);
    }

    private void openingFailed(Opening attempt, Failure why) {
        if (why == Failure.DOCUMENT_UNAVAILABLE && !isOver(around.limits().load())) {
            return;
        }
        boolean isEditorHere = seats.stream().anyMatch(seat -> seat.access.canEdit(seat.member));
        if (why == Failure.FILE_UNKNOWN && !attempt.mayCreate() && isEditorHere) {
            beginOpening();
            return;
        }
        seats.forEach(seat -> seat.deny(why));
    }

    private void admit(Seat seat) {
        if (!seat.isWaiting() || relay == null) {
            return;
        }
        if (!seat.access.canRead(seat.member)) {
            seat.deny(Failure.FORBIDDEN);
            return;
        }
        seat.admit();
        for (var message = seat.early.poll();
                message != null && seat.isOpen();
                message = seat.early.poll()) {
            handle(relay, seat, message);
        }
    }

    /// Lets go of the seats that came to their end.
    private void sweep() {
        for (int i = seats.size() - 1; i >= 0; i--) {
            var seat = seats.get(i);
            if (seat.isShut() || seat.isGone()) {
                seats.remove(i);
                presence.leave(seat);
                keeper.seatEnded(this);
            }
        }
        if (seats.isEmpty() && isServing) {
            isServing = false;
            since = around.clock().instant();
        }
        isIdle =
                seats.isEmpty()
                        && opening == null
                        && (relay == null || relay.rows().isSettled());
    }
}
