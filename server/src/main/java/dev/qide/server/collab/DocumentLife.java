package dev.qide.server.collab;

import dev.qide.server.collab.Collaboration.CommittedText;
import dev.qide.server.collab.PresenceWatcher.Present;
import dev.qide.server.owner.BackgroundTask;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of a document at one path: the seats of those who have it open, and the incarnation in
/// memory.
///
/// Whenever nobody had it open and somebody comes, an [Opening] loads it unless it is in memory,
/// and then what a tool wrote to its file meanwhile is merged in; those who come wait for that, and
/// are let in or denied together. [#goOn()] is the one place that says what is due next.
///
/// Runs on the thread of its owner, which waits for the disk only before anybody is served; what
/// may be read by others says so.
final class DocumentLife {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentLife.class);

    private final WorkspaceId workspace;
    private final String path;
    private final Surroundings around;
    private final Holder holder;
    private final Signal opened;
    private final Signal settled;
    private final ConcurrentLinkedQueue<Ended> ended = new ConcurrentLinkedQueue<>();
    private final List<Seat> seats = new ArrayList<>();
    private final Comers comers;
    private final ServerEdits edits = new ServerEdits();
    private final PresenceRelay presence;
    private final FanOut fanOut;
    private final Compaction compaction;
    private final Reconciliation reconciliation;
    private @Nullable Relay relay;
    private @Nullable Opening opening;

    /// Whether the next attempt to load it waits for the next tick.
    private boolean isPaused;

    private volatile long reportedBytes;
    private volatile Instant since;
    private volatile boolean isServing;
    private volatile boolean isIdle;

    /// What became of an attempt to load it.
    private record Ended(Opening attempt, Opening.Outcome outcome) {}

    /// Who holds it in memory. Thread-safe.
    interface Holder {
        /// A seat came to its end.
        void seatEnded();

        /// It may leave the memory.
        void idle();

        /// It takes so many bytes more, or fewer.
        void grew(long bytes);

        /// Lets others go that nobody has open, until there is room.
        ///
        /// @return whether there is room
        boolean makeRoom();
    }

    DocumentLife(
            WorkspaceId workspace, String path, Surroundings around, Holder holder, Owner owner) {
        this.workspace = workspace;
        this.path = path;
        this.around = around;
        this.holder = holder;
        since = around.clock().instant();
        presence =
                new PresenceRelay(
                        seats,
                        around.clock(),
                        around.limits(),
                        () -> around.presence().presenceChanged(workspace, path));
        comers = new Comers(around, workspace, seats);
        fanOut = new FanOut(around, seats, presence, owner);
        opened = owner.signal(this::opened);
        settled = owner.signal(this::settled);
        reconciliation = new Reconciliation(around);
        compaction = new Compaction(around, owner.signal(this::compacted)::raise);
    }

    /// Whether somebody has it open. Thread-safe.
    boolean isServing() {
        return isServing;
    }

    /// Whether it may leave the memory if nobody comes. Thread-safe.
    boolean isIdle() {
        return isIdle;
    }

    /// Since when nobody has it open, or somebody waits for it. Thread-safe.
    Instant since() {
        return since;
    }

    /// Who is present. Thread-safe.
    List<Present> members() {
        return presence.members();
    }

    /// The memory that its holder knows of. Thread-safe.
    long reportedBytes() {
        return reportedBytes;
    }

    /// A client logged in to it.
    ///
    /// @param before the seat that the new one takes the place of, or null
    void joined(Seat seat, @Nullable Seat before) {
        if (before == null && !comers.haveRoomFor(seat)) {
            seat.deny(Failure.TOO_MANY_DOCUMENTS);
            holder.seatEnded();
            return;
        }
        boolean isFirst = seats.isEmpty();
        seats.add(seat);
        if (before != null && seats.remove(before)) {
            before.depart();
            presence.move(before, seat);
            holder.seatEnded();
        }
        if (isServing) {
            admit(seat);
        } else if (isFirst) {
            since = around.clock().instant();
        }
        goOn();
    }

    /// A client's message.
    void received(Seat seat, Inbound message) {
        if (seat.isWaiting()) {
            if (!seat.early.add(message)) {
                seat.deny(Failure.TOO_MANY_REQUESTS);
            } else if (isPaused && message instanceof Inbound.Step1) {
                isPaused = false;
                goOn();
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
            case Inbound.Auth _ -> seat.admit();
            case Inbound.Nothing _ -> {
                // The other kinds mean nothing to a server.
            }
        }
    }

    /// A client's socket has ended.
    void left(Seat seat) {
        seat.depart();
        sweep();
    }

    /// Takes an edit of the server in.
    void takeEdit(ServerEdit edit) {
        if (!edits.add(edit)) {
            edit.failed(new FailureException(Failure.DOCUMENT_UNAVAILABLE));
        }
        goOn();
    }

    /// Ends the incarnation by what `change` does to its record.
    ///
    /// @return null when there is no living one
    @Nullable CommittedText ended(String word, Consumer<StoredDocument> change) {
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
        fanOut.forgetText();
        relay = null;
        opening = null;
        reconciliation.forget();
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
                    .addKeyValue("event.action", "collab.integration_failed")
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

    /// A socket has room again.
    void roomCame() {
        if (relay != null) {
            seats.forEach(relay::pump);
        }
    }

    /// Time has passed.
    void ticked() {
        comers.patienceIsOver(isPaused);
        isPaused = false;
        if (relay != null) {
            relay.tick();
            if (seats.isEmpty()) {
                compaction.beforeLeaving(relay);
            }
        }
        goOn();
        if (isIdle && (relay == null || isOver(around.limits().idle()))) {
            holder.idle();
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
            if (isWanted && opening == null && !isPaused) {
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
        var attempt = new Opening(around, workspace, path, comers.reach());
        opening = attempt;
        var _ =
                BackgroundTask.start(
                        Thread.ofVirtual().name("doc-opening"),
                        () -> openingEnded(attempt, attempt.run()),
                        _ ->
                                openingEnded(
                                        attempt,
                                        new Opening.Outcome.Failed(Failure.DOCUMENT_UNAVAILABLE)));
    }

    private void openingEnded(Opening attempt, Opening.Outcome outcome) {
        ended.add(new Ended(attempt, outcome));
        opened.raise();
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
        relay = new Relay(around, document, epoch, seats, fanOut, settled::raise);
        report();
        if (!holder.makeRoom()) {
            denyAll(Failure.TOO_MANY_DOCUMENTS);
            relay = null;
            report();
        }
    }

    private void openingFailed(Opening attempt, Failure why) {
        if (why == Failure.DOCUMENT_UNAVAILABLE && !isOver(around.limits().load())) {
            isPaused = true;
            return;
        }
        if (why == Failure.FILE_UNKNOWN) {
            edits.noDocument();
            if (comers.reach().compareTo(attempt.reach()) > 0) {
                return;
            }
            if (comers.isAnybodyAwaited()) {
                isPaused = true;
                return;
            }
        }
        edits.failAll(why);
        comers.refuse(attempt.reach(), why);
    }

    private void denyAll(Failure why) {
        edits.failAll(why);
        seats.forEach(seat -> seat.deny(why));
    }

    private void reconcile(Relay current) {
        switch (reconciliation.advance(current, edits)) {
            case null -> {
                // It is under way.
            }
            case Reconciliation.Outcome.Serve() -> serve();
            case Reconciliation.Outcome.Gone() -> {
                around.documents().retire(current.document().stored().id());
                around.tellIncarnation("retired", current.document().stored());
                forget(Failure.DOCUMENT_REPLACED);
                goOn();
            }
            case Reconciliation.Outcome.Denied(var why) -> denyAll(why);
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
                holder.seatEnded();
            }
        }
        fanOut.tellWhenDue();
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
        holder.grew(now - reportedBytes);
        reportedBytes = now;
    }
}
