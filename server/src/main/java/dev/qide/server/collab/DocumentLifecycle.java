package dev.qide.server.collab;

import dev.qide.server.collab.AwarenessListener.Present;
import dev.qide.server.collab.Collaboration.CommittedText;
import dev.qide.server.collab.awareness.AwarenessRelay;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Actor.Signal;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of a document at one path: its subscriptions, and the generation in memory.
///
/// When somebody comes and it is not in memory, a [DocumentLoader] loads it, and what a tool wrote
/// to its file meanwhile is merged in; whoever comes waits for that, and all are admitted or denied
/// together. [#goOn()] is the one place that decides what is due next.
///
/// Runs on the document's thread, which waits for the disk only before anybody is served.
final class DocumentLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentLifecycle.class);

    private final WorkspaceId workspace;
    private final String path;
    private final DocumentContext around;
    private final DocumentHolder holder;
    private final DocumentLoading loading;
    private final Signal settled;
    private final List<Subscription> subscriptions = new ArrayList<>();
    private final PendingJoins pendingJoins;
    private final ServerEdits edits = new ServerEdits();
    private final AwarenessRelay presence;
    private final Broadcaster broadcaster;
    private final Compaction compaction;
    private final Reconciliation reconciliation;
    private @Nullable UpdatePipeline pipeline;

    /// Whether the next attempt to load it waits for the next tick.
    private boolean isPaused;

    private volatile long reportedBytes;
    private volatile Instant since;
    private volatile boolean isServing;
    private volatile boolean isIdle;

    DocumentLifecycle(
            WorkspaceId workspace,
            String path,
            DocumentContext around,
            DocumentHolder holder,
            Actor actor) {
        this.workspace = workspace;
        this.path = path;
        this.around = around;
        this.holder = holder;
        since = around.clock().instant();
        presence =
                new AwarenessRelay(
                        subscriptions,
                        around.clock(),
                        around.limits(),
                        () -> around.presence().presenceChanged(workspace, path));
        pendingJoins = new PendingJoins(around, workspace, subscriptions);
        broadcaster = new Broadcaster(around, subscriptions, presence, actor);
        loading = new DocumentLoading(actor.signal(this::opened));
        settled = actor.signal(this::settled);
        reconciliation = new Reconciliation(around);
        compaction = new Compaction(around, actor.signal(this::compacted)::raise);
    }

    /// Whether somebody has it open. Thread-safe.
    boolean isServing() {
        return isServing;
    }

    /// Whether it may leave the memory if nobody comes. Thread-safe.
    boolean isIdle() {
        return isIdle;
    }

    /// Since when nobody has it open, or somebody waits. Thread-safe.
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
    /// @param before the subscription that the new one takes the place of, or null
    void joined(Subscription subscription, @Nullable Subscription before) {
        if (before == null && !pendingJoins.haveRoomFor(subscription)) {
            subscription.deny(Failure.TOO_MANY_DOCUMENTS);
            holder.subscriptionEnded();
            return;
        }
        boolean isFirst = subscriptions.isEmpty();
        subscriptions.add(subscription);
        if (before != null && subscriptions.remove(before)) {
            before.depart();
            presence.move(before, subscription);
            holder.subscriptionEnded();
        }
        if (isServing) {
            admit(subscription);
        } else if (isFirst) {
            since = around.clock().instant();
        }
        goOn();
    }

    /// A client's message.
    void received(Subscription subscription, ClientMessage message) {
        if (subscription.isWaiting()) {
            if (!subscription.early.add(message)) {
                subscription.deny(Failure.TOO_MANY_REQUESTS);
            } else if (isPaused && message instanceof ClientMessage.Step1) {
                isPaused = false;
                goOn();
            }
        } else if (subscription.isOpen() && pipeline != null) {
            handle(pipeline, subscription, message);
        }
        sweep();
    }

    private void handle(UpdatePipeline pipeline, Subscription subscription, ClientMessage message) {
        if (!subscription.access.canRead(subscription.member)) {
            pipeline.refuse(subscription, Failure.FORBIDDEN);
            return;
        }
        switch (message) {
            case ClientMessage.Step1(var vector) -> pipeline.step1(subscription, vector);
            case ClientMessage.Content content -> pipeline.content(subscription, content);
            case ClientMessage.LostContent(var isStep2) ->
                    pipeline.lostContent(subscription, isStep2);
            case ClientMessage.Presence states -> presence.receive(subscription, states);
            case ClientMessage.PresenceQuery() -> presence.answer(subscription);
            case ClientMessage.Leave() -> subscription.depart();
            case ClientMessage.Refused(var why) -> pipeline.refuseMessage(subscription, why);
            case ClientMessage.Auth _ -> subscription.admitAgain();
            // The other kinds mean nothing to a server.
            case ClientMessage.Nothing _ -> {}
        }
    }

    /// A client's socket has ended.
    void left(Subscription subscription) {
        subscription.depart();
        sweep();
    }

    /// Takes an edit of the server in.
    void takeEdit(ServerEdit edit) {
        if (!edits.add(edit)) {
            edit.failed(new FailureException(Failure.DOCUMENT_UNAVAILABLE));
        }
        goOn();
    }

    /// Ends the generation by what `change` does to its record.
    ///
    /// @return null when there is no living one
    @Nullable CommittedText ended(String word, Consumer<StoredDocument> change) {
        var stored =
                pipeline != null
                        ? pipeline.document().stored()
                        : around.documents().living(workspace, path);
        if (stored == null) {
            return null;
        }
        change.accept(stored);
        around.tellGeneration(word, stored);
        forget(Failure.DOCUMENT_REPLACED);
        goOn();
        return new CommittedText(stored.id(), workspace, path, "");
    }

    /// The generation in memory is not the living one any more, or is not what the database holds.
    private void forget(Failure why) {
        var open = subscriptions.stream().filter(Subscription::isOpen);
        open.forEach(subscription -> subscription.shut(why));
        edits.failAll(why);
        broadcaster.forgetText();
        pipeline = null;
        loading.forget();
        reconciliation.forget();
        isServing = false;
        since = around.clock().instant();
        report();
    }

    private void settled() {
        if (pipeline == null) {
            return;
        }
        try {
            pipeline.settled();
        } catch (RuntimeException defect) {
            LOG.atError()
                    .addKeyValue("event.action", "collab.integration_failed")
                    .addKeyValue("document", pipeline.document().stored().id())
                    .setCause(defect)
                    .log("a committed row does not integrate: the document is loaded anew");
            forget(Failure.DOCUMENT_UNAVAILABLE);
        }
        if (pipeline != null && pipeline.document().takeCarriageReturnSuspicion()) {
            var _ = edits.add(ServerEdit.withoutCarriageReturns());
        }
        goOn();
        report();
    }

    /// A socket has room again.
    void roomCame() {
        if (pipeline != null) {
            subscriptions.forEach(pipeline::pump);
        }
    }

    /// Time has passed.
    void ticked() {
        pendingJoins.patienceIsOver(isPaused);
        isPaused = false;
        if (pipeline != null) {
            pipeline.tick();
            if (subscriptions.isEmpty()) {
                compaction.beforeLeaving(pipeline);
            }
        }
        goOn();
        if (isIdle && (pipeline == null || isOver(around.limits().idle()))) {
            holder.idle();
        }
    }

    private void compacted() {
        if (pipeline != null) {
            compaction.ended(pipeline.document());
        }
        goOn();
    }

    private boolean isOver(Duration time) {
        return since.plus(time).isBefore(around.clock().instant());
    }

    /// Begins whatever is due next: loading, merging what is on disk, serving, editing.
    private void goOn() {
        sweep();
        boolean isWanted = !subscriptions.isEmpty() || !edits.isEmpty();
        if (pipeline == null) {
            if (isWanted && !loading.isUnderWay() && !isPaused) {
                loading.begin(new DocumentLoader(around, workspace, path, pendingJoins.reach()));
            }
            sweep();
            return;
        }
        if (!subscriptions.isEmpty() && !isServing) {
            reconcile(pipeline);
        }
        if (pipeline != null) {
            edits.runOn(pipeline);
            compaction.whenLong(pipeline);
        }
        sweep();
    }

    private void loaded(DocumentLoader attempt, DocumentLoader.Outcome outcome) {
        switch (outcome) {
            case DocumentLoader.Outcome.Opened(var document, var epoch) -> hold(document, epoch);
            case DocumentLoader.Outcome.Failed(var why) -> openingFailed(attempt, why);
        }
    }

    private void opened() {
        loading.takeEnded(this::loaded);
        goOn();
    }

    private void hold(LiveDocument document, long epoch) {
        Thread.currentThread().setName("doc-" + document.stored().id());
        pipeline =
                new UpdatePipeline(
                        around, document, epoch, subscriptions, broadcaster, settled::raise);
        report();
        if (!holder.makeRoom()) {
            denyAll(Failure.TOO_MANY_DOCUMENTS);
            pipeline = null;
            report();
        }
    }

    private void openingFailed(DocumentLoader attempt, Failure why) {
        if (why == Failure.DOCUMENT_UNAVAILABLE && !isOver(around.limits().load())) {
            isPaused = true;
            return;
        }
        if (why == Failure.FILE_UNKNOWN) {
            edits.noDocument();
            if (pendingJoins.reach().compareTo(attempt.reach()) > 0) {
                return;
            }
            if (pendingJoins.isAnybodyAwaited()) {
                isPaused = true;
                return;
            }
        }
        edits.failAll(why);
        pendingJoins.refuse(attempt.reach(), why);
    }

    private void denyAll(Failure why) {
        edits.failAll(why);
        subscriptions.forEach(subscription -> subscription.deny(why));
    }

    private void reconcile(UpdatePipeline current) {
        switch (reconciliation.advance(current, edits)) {
            // It is under way.
            case null -> {}
            case Reconciliation.Outcome.Serve() -> serve();
            case Reconciliation.Outcome.Gone() -> {
                around.documents().retire(current.document().stored().id());
                around.tellGeneration("retired", current.document().stored());
                forget(Failure.DOCUMENT_REPLACED);
                goOn();
            }
            case Reconciliation.Outcome.Denied(var why) -> denyAll(why);
        }
    }

    private void serve() {
        isServing = true;
        List.copyOf(subscriptions).forEach(this::admit);
    }

    private void admit(Subscription subscription) {
        if (!subscription.isWaiting() || pipeline == null) {
            return;
        }
        if (!subscription.access.canRead(subscription.member)) {
            subscription.deny(Failure.FORBIDDEN);
            return;
        }
        subscription.admit(reconciliation.isFileReadOnly());
        for (var message = subscription.early.poll();
                message != null && subscription.isOpen();
                message = subscription.early.poll()) {
            handle(pipeline, subscription, message);
        }
    }

    /// Lets go of the subscriptions that came to their end.
    private void sweep() {
        for (int i = subscriptions.size() - 1; i >= 0; i--) {
            var subscription = subscriptions.get(i);
            if (subscription.isShut() || subscription.isGone()) {
                subscriptions.remove(i);
                presence.leave(subscription);
                holder.subscriptionEnded();
            }
        }
        broadcaster.tellWhenDue();
        if (subscriptions.isEmpty() && isServing) {
            isServing = false;
            since = around.clock().instant();
        }
        isIdle =
                subscriptions.isEmpty()
                        && !loading.isUnderWay()
                        && edits.isEmpty()
                        && !compaction.isRunning()
                        && (pipeline == null || pipeline.document().isSettled())
                        && around.texts().isSynced(workspace, path);
    }

    private void report() {
        long now = pipeline == null ? 0 : pipeline.document().memoryBytes();
        holder.grew(now - reportedBytes);
        reportedBytes = now;
    }
}
