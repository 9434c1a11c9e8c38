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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What lives at one path of a workspace: the seats of those who have it open, and the incarnation
/// in memory.
///
/// Whenever nobody had it open and somebody comes, an [Opening] loads it unless it is in memory,
/// and then what a tool wrote to its file meanwhile is merged in; those who come wait for that, and
/// are let in or denied together.
///
/// Thread-safe where it says so; all else runs on the thread of its owner. No caller waits for the
/// disk; the owner does only before anybody is served.
final class SharedDocument {
    /// How long a socket's reader waits for room in the inbox.
    static final Duration INBOX_WAIT = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(SharedDocument.class);

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
    private final ConcurrentLinkedQueue<Ended> ended = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Seat> departing = new ConcurrentLinkedQueue<>();
    private final List<Seat> seats = new ArrayList<>();
    private final ServerEdits edits = new ServerEdits();
    private final PresenceRelay presence;
    private final Compaction compaction;
    private @Nullable Relay relay;
    private @Nullable Opening opening;
    private @Nullable ServerEdit reconciliation;
    private volatile Instant since;
    private Instant reconciledBy = Instant.MAX;
    private long reportedBytes;
    private volatile boolean isServing;
    private volatile boolean isIdle;

    /// What became of an attempt to load it.
    private record Ended(Opening attempt, Opening.Outcome outcome) {}

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
        since = around.clock().instant();
        presence =
                new PresenceRelay(
                        seats,
                        around.clock(),
                        around.limits(),
                        () -> around.presence().presenceChanged(workspace, path));
        inboxRoom = new Semaphore(around.limits().inboxBytes());
        owner = new Owner("doc-opening", around.limits().inboxMessages());
        opened = owner.signal(this::opened);
        settled = owner.signal(this::settled);
        room = owner.signal(this::roomCame);
        ticked = owner.signal(this::ticked);
        departed = owner.signal(this::departed);
        compaction = new Compaction(around, owner.signal(this::compacted)::raise);
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

    /// Whether it may leave the memory if nobody comes: no seat, nothing on its way to the database
    /// (rows read anew would lack it), and nothing that the disk has not. Thread-safe.
    boolean isIdle() {
        return isIdle;
    }

    /// Who is present. Thread-safe.
    List<Present> members() {
        return presence.members();
    }

    /// Since when it is idle. Thread-safe.
    Instant idleSince() {
        return since;
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

    /// Changes the text as the server, and waits for the commit. Thread-safe.
    ///
    /// @param change the committed text to the wanted one; runs on the document's thread
    /// @return the text that it made; null when there is no living document at this path
    /// @throws FailureException `DOCUMENT_UNAVAILABLE`, and what `change` throws
    @Nullable CommittedText edit(UnaryOperator<String> change) throws InterruptedException {
        var edit = editTo(change);
        if (!owner.put(() -> takeEdit(edit), INBOX_WAIT)) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        return edit.await();
    }

    /// Ends the incarnation by what `change` does to its record in the database; everybody who has
    /// it open is told `document-replaced`. Thread-safe; waits for it.
    ///
    /// @return whether there was a living one
    boolean end(String word, Consumer<StoredDocument> change) throws InterruptedException {
        var ending = new ServerEdit(_ -> List.of());
        boolean isIn =
                owner.put(
                        () -> {
                            try {
                                ending.done(ended(word, change));
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

    /// A socket has room again. Thread-safe; never blocks.
    void roomAgain() {
        room.raise();
    }

    /// Time has passed. Thread-safe; never blocks.
    void tick() {
        ticked.raise();
    }

    /// Ends the owner. Thread-safe.
    void close() {
        owner.close();
        keeper.grew(-reportedBytes);
    }

    private ServerEdit editTo(UnaryOperator<String> change) {
        return new ServerEdit(text -> {
            var wanted = change.apply(text);
            return wanted.equals(text)
                    ? List.of()
                    : around.heavy(text.length(), () -> TextEdit.between(text, wanted));
        });
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
        } else if (isFirst) {
            since = around.clock().instant();
        }
        goOn();
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

    private void takeEdit(ServerEdit edit) {
        if (!edits.add(edit)) {
            edit.failed(new FailureException(Failure.DOCUMENT_UNAVAILABLE));
        }
        goOn();
    }

    private @Nullable CommittedText ended(String word, Consumer<StoredDocument> change) {
        var stored =
                relay != null
                        ? relay.document().stored()
                        : around.documents().living(workspace, path);
        if (stored == null) {
            return null;
        }
        change.accept(stored);
        around.tellIncarnation(word, stored);
        forget(Failure.DOCUMENT_REPLACED);
        goOn();
        return new CommittedText(stored.id(), workspace, path, "");
    }

    /// The incarnation in memory is not the living one any more, or is not what the database holds.
    private void forget(Failure why) {
        seats.stream().filter(Seat::isOpen).forEach(seat -> seat.shut(why));
        edits.failAll(why);
        relay = null;
        opening = null;
        reconciliation = null;
        isServing = false;
        since = around.clock().instant();
        report();
    }

    private void settled() {
        if (relay == null) {
            return;
        }
        try {
            relay.settled();
        } catch (RuntimeException defect) {
            LOG.atError()
                    .addKeyValue("event", "collab.integration_failed")
                    .addKeyValue("document", relay.document().stored().id())
                    .setCause(defect)
                    .log("a committed row does not integrate: the document is loaded anew");
            forget(Failure.DOCUMENT_UNAVAILABLE);
        }
        if (relay != null && relay.document().takeCarriageReturnSuspicion()) {
            var _ = edits.add(ServerEdit.withoutCarriageReturns());
        }
        goOn();
        report();
    }

    private void roomCame() {
        if (relay != null) {
            seats.forEach(relay::pump);
        }
    }

    private void ticked() {
        if (relay != null) {
            relay.tick();
            if (seats.isEmpty()) {
                compaction.beforeLeaving(relay);
            }
        }
        goOn();
        if (isIdle && (relay == null || isOver(around.limits().idle()))) {
            keeper.idle(this);
        }
    }

    private void compacted() {
        if (relay != null) {
            compaction.ended(relay.document());
        }
        goOn();
    }

    private boolean isOver(Duration time) {
        return since.plus(time).isBefore(around.clock().instant());
    }

    /// Begins whatever is due next: loading, merging what is on disk, serving, editing.
    private void goOn() {
        sweep();
        boolean isWanted = !seats.isEmpty() || !edits.isEmpty();
        if (relay == null) {
            if (isWanted && opening == null) {
                beginOpening();
            }
            sweep();
            return;
        }
        if (!seats.isEmpty() && !isServing) {
            reconcile(relay);
        }
        if (relay != null) {
            edits.runOn(relay);
            compaction.whenLong(relay);
        }
        sweep();
    }

    private void beginOpening() {
        var attempt = new Opening(around, workspace, path, reach());
        opening = attempt;
        Thread.ofVirtual()
                .name("doc-opening")
                .start(() -> {
                    ended.add(new Ended(attempt, attempt.run()));
                    opened.raise();
                });
    }

    private Opening.Reach reach() {
        if (seats.isEmpty()) {
            return Opening.Reach.LIVING_ONLY;
        }
        return seats.stream().anyMatch(seat -> seat.access.canEdit(seat.member))
                ? Opening.Reach.NEW_FILE
                : Opening.Reach.FILE;
    }

    private void opened() {
        for (var one = ended.poll(); one != null; one = ended.poll()) {
            // When the incarnation ended meanwhile, a later attempt has taken its place.
            if (one.attempt() == opening) {
                opening = null;
                switch (one.outcome()) {
                    case Opening.Outcome.Opened(var document, var epoch) -> hold(document, epoch);
                    case Opening.Outcome.Failed(var why) -> openingFailed(one.attempt(), why);
                }
            }
        }
        goOn();
    }

    private void hold(LiveDocument document, long epoch) {
        Thread.currentThread().setName("doc-" + document.stored().id());
        relay = new Relay(around, document, epoch, seats, presence, settled::raise);
        report();
        if (!keeper.makeRoom()) {
            denyAll(Failure.TOO_MANY_DOCUMENTS);
            relay = null;
            report();
        }
    }

    private void openingFailed(Opening attempt, Failure why) {
        if (why == Failure.DOCUMENT_UNAVAILABLE && !isOver(around.limits().load())) {
            return;
        }
        if (why == Failure.FILE_UNKNOWN) {
            edits.noDocument();
            if (reach().compareTo(attempt.reach()) > 0) {
                return;
            }
        }
        denyAll(why);
    }

    private void denyAll(Failure why) {
        edits.failAll(why);
        seats.forEach(seat -> seat.deny(why));
    }

    /// Merges what is on disk, then serves those who wait. Without the database those who wait are
    /// served with what there is, after a while.
    private void reconcile(Relay current) {
        if (reconciliation == null) {
            var stored = current.document().stored();
            reconciliation =
                    editTo(text -> {
                        var wanted = around.texts().reconciled(stored, text);
                        return wanted == null ? text : wanted;
                    });
            edits.addFirst(reconciliation);
            reconciledBy = around.clock().instant().plus(around.limits().reconcile());
            edits.runOn(current);
        }
        var ended = reconciliation;
        if (ended.isDone() || reconciledBy.isBefore(around.clock().instant())) {
            reconciliation = null;
            reconciled(current, ended.failure());
        }
    }

    private void reconciled(Relay current, @Nullable Throwable failure) {
        var why = failure instanceof FailureException named ? named.failure() : null;
        if (failure != null && why == null) {
            LOG.atError()
                    .addKeyValue("event", "collab.reconciliation_failed")
                    .addKeyValue("document", current.document().stored().id())
                    .setCause(failure)
                    .log("what is on disk could not be compared with a document");
        }
        switch (why) {
            case null -> {
                isReconciled(current.document().stored());
                serve();
            }
            case DOCUMENT_UNAVAILABLE, STORE_UNAVAILABLE, SERVER_CANCELLED -> serve();
            case FILE_UNKNOWN -> {
                around.documents().retire(current.document().stored().id());
                around.tellIncarnation("retired", current.document().stored());
                forget(Failure.DOCUMENT_REPLACED);
                goOn();
            }
            default -> denyAll(why);
        }
    }

    private void isReconciled(StoredDocument stored) {
        try {
            around.texts().isReconciled(stored);
        } catch (RuntimeException failure) {
            LOG.atWarn()
                    .addKeyValue("event", "collab.reconciliation_unrecorded")
                    .addKeyValue("document", stored.id())
                    .setCause(failure)
                    .log("that a document has what is on disk was not recorded");
        }
    }

    private void serve() {
        isServing = true;
        List.copyOf(seats).forEach(this::admit);
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
                        && edits.isEmpty()
                        && !compaction.isRunning()
                        && (relay == null || relay.document().isSettled())
                        && around.texts().isMirrored(workspace, path);
    }

    private void report() {
        long now = relay == null ? 0 : relay.document().memoryBytes();
        keeper.grew(now - reportedBytes);
        reportedBytes = now;
    }
}
