package dev.qide.server.collab;

import dev.qide.server.collab.AwarenessListener.PresentClient;
import dev.qide.server.collab.awareness.AwarenessRelay;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Actor.Signal;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The life of a document at one path: its subscriptions and the generation in memory.
///
/// When the first client joins, a [DocumentLoader] loads the document and [Reconciliation] merges
/// what tools wrote to its file. Joining clients wait for both and are admitted or denied together.
/// [#advance()] alone decides what happens next. Runs as a task of the document's actor, which
/// never waits for the database.
final class DocumentLifecycle {
    private final WorkspaceId workspace;
    private final String path;
    private final DocumentContext context;
    private final CacheEntry cache;
    private final LoadAttempts attempts;
    private final Signal advanced;
    private final Runnable settled;
    private final List<Subscription> subscriptions = new ArrayList<>();
    private final PendingJoins pendingJoins;
    private final ServerEdits edits = new ServerEdits();
    private final AwarenessRelay presence;
    private final Broadcaster broadcaster;
    private final Compaction compaction;
    private final Reconciliation reconciliation;
    private final GenerationEnds ends;
    private @Nullable UpdatePipeline pipeline;
    private volatile long reportedBytes;
    private volatile Instant since;
    private volatile boolean isServing;
    private volatile boolean isIdle;

    DocumentLifecycle(
            WorkspaceId workspace,
            String path,
            DocumentContext context,
            CacheEntry cache,
            Actor actor) {
        this.workspace = workspace;
        this.path = path;
        this.context = context;
        this.cache = cache;
        since = context.clock().instant();
        presence =
                new AwarenessRelay(
                        subscriptions,
                        context.clock(),
                        context.limits(),
                        () -> context.presence().presenceChanged(workspace, path));
        pendingJoins = new PendingJoins(context, workspace, subscriptions);
        broadcaster = new Broadcaster(context, subscriptions, presence, actor);
        attempts = new LoadAttempts(actor.signal(this::attemptEnded));
        settled = broadcaster.raisingOnNewThread(actor.signal(this::settled));
        advanced = actor.signal(this::advance);
        reconciliation = new Reconciliation(context, advanced::raise);
        ends = new GenerationEnds(context, workspace, path, advanced::raise);
        compaction = new Compaction(context, actor.signal(this::compacted)::raise);
    }

    /// Whether any client has the document open. Thread-safe.
    boolean isServing() {
        return isServing;
    }

    /// Whether the document may be evicted. Thread-safe.
    boolean isIdle() {
        return isIdle;
    }

    /// When the document became idle, or when the first client began to wait. Thread-safe.
    Instant since() {
        return since;
    }

    /// The clients present. Thread-safe.
    List<PresentClient> members() {
        return presence.members();
    }

    /// The heap last reported to the cache, in bytes. Thread-safe.
    long reportedBytes() {
        return reportedBytes;
    }

    /// Adds the subscription of a client that logged in; it may replace another one.
    void joined(Subscription subscription, @Nullable Subscription replaced) {
        if (replaced == null && !pendingJoins.canAdd(subscription)) {
            subscription.deny(Failure.TOO_MANY_DOCUMENTS);
            cache.subscriptionEnded();
            return;
        }
        boolean isFirst = subscriptions.isEmpty();
        subscriptions.add(subscription);
        if (replaced != null && subscriptions.remove(replaced)) {
            replaced.leave();
            presence.move(replaced, subscription);
            cache.subscriptionEnded();
        }
        attempts.endPause();
        if (isServing) {
            admit(subscription);
        } else if (isFirst) {
            reconciliation.forget();
            since = context.clock().instant();
        }
        advance();
    }

    void received(Subscription subscription, ClientMessage message) {
        if (subscription.isWaiting()) {
            if (!subscription.early.add(message)) {
                // It sends less when the document opens at once.
                subscription.deny(Failure.DOCUMENT_UNAVAILABLE);
            } else if (message instanceof ClientMessage.Step1 && attempts.stopWaiting()) {
                advance();
            }
        } else if (subscription.isOpen() && pipeline != null) {
            handle(pipeline, subscription, message);
        }
        removeEnded();
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
            case ClientMessage.Leave() -> subscription.leave();
            case ClientMessage.Refused(var why) -> pipeline.refuseMessage(subscription, why);
            case ClientMessage.Auth _ -> subscription.answerAuth();
            case ClientMessage.Nothing _ -> {}
        }
    }

    /// Removes the subscription of a socket that ended.
    void remove(Subscription subscription) {
        subscription.leave();
        removeEnded();
    }

    /// Queues an edit of the server.
    void addEdit(ServerEdit edit) {
        edits.add(edit);
        advance();
    }

    /// Ends the living generation.
    void end(GenerationEnd end) {
        ends.add(end);
        if (pipeline == null) {
            // It may be loading the generation that ends.
            attempts.forget();
        }
        advance();
    }

    /// Drops or keeps the generation in memory after a request to end it.
    private void ended(GenerationEnd.Outcome outcome) {
        switch (outcome) {
            case GenerationEnd.Outcome.Ended _ -> drop(Failure.DOCUMENT_REPLACED);
            case GenerationEnd.Outcome.Unknown _ -> reload();
            case GenerationEnd.Outcome.Kept _ when !isServing && pipeline != null -> {
                if (!attempts.retryUnless(hasElapsed(context.limits().load()))) {
                    subscriptions.forEach(one -> one.deny(Failure.DOCUMENT_UNAVAILABLE));
                }
            }
            case GenerationEnd.Outcome.Kept _, GenerationEnd.Outcome.NoGeneration _ -> {}
        }
    }

    /// Drops the generation in memory, which differs from the database.
    private void reload() {
        edits.failAll(Failure.DOCUMENT_UNAVAILABLE);
        drop(Failure.DOCUMENT_UNAVAILABLE);
    }

    private void drop(Failure why) {
        subscriptions.stream().filter(Subscription::isOpen).forEach(one -> one.close(why));
        edits.failRunning(why);
        broadcaster.discardText();
        pipeline = null;
        attempts.forget();
        reconciliation.cancel(why);
        isServing = false;
        since = context.clock().instant();
        reportMemory();
    }

    private void settled() {
        if (pipeline == null) {
            return;
        }
        try {
            pipeline.settled();
        } catch (RuntimeException defect) {
            pipeline.document().logDefect(defect);
            reload();
        }
        reportMemory();
        var document = document();
        if (document == null
                || (isServing && edits.isEmpty() && !document.mayHoldCarriageReturns())) {
            advance();
        } else {
            // The next step may take long. This thread leaves, and writes the frames meanwhile.
            advanced.raise();
        }
    }

    /// Sends what is waiting, now that a socket accepts frames again.
    void sendWaiting() {
        if (pipeline != null) {
            subscriptions.forEach(pipeline::pump);
        }
    }

    /// Runs the periodic checks.
    void tick() {
        pendingJoins.setStep1WaitOver(attempts.tick());
        if (pipeline != null) {
            pipeline.tick();
            if (subscriptions.isEmpty()) {
                compaction.beforeEviction(pipeline);
            }
        }
        advance();
        if (isIdle && (pipeline == null || hasElapsed(context.limits().idle()))) {
            cache.idle();
        }
    }

    private void compacted() {
        compaction.ended(document());
        advance();
    }

    private @Nullable LiveDocument document() {
        return pipeline == null ? null : pipeline.document();
    }

    private boolean hasElapsed(Duration time) {
        return since.plus(time).isBefore(context.clock().instant());
    }

    /// Starts the next due step: loading, reconciliation, serving, edits.
    private void advance() {
        boolean isEnding = ends.advance(this::document, this::ended);
        if (!isEnding && context.leases().hasLost(pipeline)) {
            drop(Failure.DOCUMENT_UNAVAILABLE);
        }
        removeEnded();
        if (isEnding) {
            return;
        }
        boolean isWanted = !subscriptions.isEmpty() || !edits.isEmpty();
        if (pipeline == null) {
            if (isWanted && attempts.mayBegin()) {
                attempts.begin(pendingJoins.attempt(path));
            }
            removeEnded();
            return;
        }
        if (!subscriptions.isEmpty() && !isServing && attempts.mayBegin()) {
            reconcile(pipeline);
        }
        if (pipeline != null && !ends.isPending()) {
            if (pipeline.document().takeCarriageReturnCheck()) {
                edits.add(ServerEdit.withoutCarriageReturns());
            }
            edits.runOn(pipeline);
            compaction.compactIfLarge(pipeline);
        }
        removeEnded();
    }

    private void attemptEnded() {
        attempts.pollEnded((attempt, outcome) -> {
            switch (outcome) {
                case DocumentLoader.Outcome.Opened(var document, var epoch) -> use(document, epoch);
                case DocumentLoader.Outcome.Failed failed -> attemptFailed(attempt, failed);
            }
        });
        advance();
    }

    private void use(LiveDocument document, long epoch) {
        Thread.currentThread().setName("doc-" + document.stored().id());
        pipeline =
                new UpdatePipeline(context, document, epoch, subscriptions, broadcaster, settled);
        reportMemory();
        if (!cache.evictIdle()) {
            denyAll(Failure.TOO_MANY_DOCUMENTS);
            pipeline = null;
            reportMemory();
        }
    }

    private void attemptFailed(DocumentLoader attempt, DocumentLoader.Outcome.Failed failed) {
        var why = failed.why();
        if (why == Failure.DOCUMENT_UNAVAILABLE
                && attempts.retryUnless(hasElapsed(context.limits().load()))) {
            return;
        }
        if (why == Failure.FILE_UNKNOWN) {
            edits.completeWithoutDocument();
            if (pendingJoins.shouldRetry(attempt.mode(), attempts)) {
                return;
            }
        }
        edits.failAll(why);
        if (!pendingJoins.keepWaiting(failed, since, attempts)) {
            pendingJoins.refuse(attempt.mode(), why);
        }
    }

    private void denyAll(Failure why) {
        edits.failAll(why);
        subscriptions.forEach(subscription -> subscription.deny(why));
    }

    private void reconcile(UpdatePipeline current) {
        switch (reconciliation.advance(current, edits)) {
            case null -> {} // still running
            case Reconciliation.Outcome.Serve() -> serve();
            case Reconciliation.Outcome.Gone() -> end(GenerationEnd.retiring(context.documents()));
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

    /// Removes the subscriptions that have ended.
    void removeEnded() {
        for (int i = subscriptions.size() - 1; i >= 0; i--) {
            var subscription = subscriptions.get(i);
            if (subscription.isClosed() || subscription.hasLeft()) {
                subscriptions.remove(i);
                presence.leave(subscription);
                cache.subscriptionEnded();
            }
        }
        broadcaster.sendIfDue();
        if (subscriptions.isEmpty() && isServing) {
            isServing = false;
            since = context.clock().instant();
        }
        isIdle =
                subscriptions.isEmpty()
                        && !attempts.isRunning()
                        && edits.isEmpty()
                        && !ends.isPending()
                        && !compaction.isRunning()
                        && (pipeline == null || pipeline.document().isSettled())
                        && context.texts().isSynced(workspace, path);
    }

    private void reportMemory() {
        long now = pipeline == null ? 0 : pipeline.document().memoryBytes();
        cache.memoryChanged(now - reportedBytes);
        reportedBytes = now;
    }
}
