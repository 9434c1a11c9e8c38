package dev.qide.server.collab;

import dev.qide.server.collab.AwarenessListener.PresentClient;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Actor.Signal;
import dev.qide.server.store.BaseChange;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The document at one path of a workspace: its inbox, and the thread that owns its
/// [DocumentLifecycle].
///
/// Thread-safe. No caller waits for the disk.
final class SharedDocument {
    /// How long a socket's reader waits for space in the inbox.
    static final Duration INBOX_WAIT = Duration.ofSeconds(10);

    /// An update of this size is checked and queued within some microseconds.
    private static final int SMALL_BYTES = 4 << 10;

    private final WorkspaceId workspace;
    private final String path;
    private final DocumentContext context;
    private final Cache cache;
    private final Actor actor;
    private final Semaphore inboxBytes;
    private final Signal resumed;
    private final Signal ticked;
    private final Signal left;
    private final Signal checked;
    private final ConcurrentLinkedQueue<Subscription> leaving = new ConcurrentLinkedQueue<>();
    private final DocumentLifecycle lifecycle;

    /// The cache that keeps documents in memory. Thread-safe.
    interface Cache {
        /// Releases the hold of one subscription that ended.
        void subscriptionEnded(SharedDocument document);

        /// Reports that a document may be evicted.
        void idle(SharedDocument document);

        /// Reports a change of a document's estimated heap.
        ///
        /// @param bytes the change, positive or negative
        void memoryChanged(long bytes);

        /// Evicts idle documents until the memory bound holds.
        ///
        /// @return whether it holds
        boolean evictIdle();
    }

    SharedDocument(WorkspaceId workspace, String path, DocumentContext context, Cache cache) {
        this.workspace = workspace;
        this.path = path;
        this.context = context;
        this.cache = cache;
        inboxBytes = new Semaphore(context.limits().inboxBytes());
        actor = new Actor("doc-opening", context.limits().inboxMessages());
        lifecycle = new DocumentLifecycle(workspace, path, context, new CacheEntryAdapter(), actor);
        resumed = actor.signal(lifecycle::sendWaiting);
        ticked = actor.signal(lifecycle::tick);
        left = actor.signal(this::left);
        checked = actor.signal(lifecycle::removeEnded);
    }

    WorkspaceId workspace() {
        return workspace;
    }

    String path() {
        return path;
    }

    /// Whether any client has the document open.
    boolean isServing() {
        return lifecycle.isServing();
    }

    /// Whether the document may be evicted: it has no subscription, no row that is being committed
    /// (reloading would miss it), and no text that the disk lacks.
    boolean isIdle() {
        return lifecycle.isIdle();
    }

    /// The clients present.
    List<PresentClient> members() {
        return lifecycle.members();
    }

    /// When the document became idle.
    Instant idleSince() {
        return lifecycle.since();
    }

    /// Adds the subscription of a client that logged in. Waits, bounded, while the inbox is full.
    /// Releases the hold of [Collaboration#enter] if no subscription follows.
    ///
    /// @param replaced the subscription that the new one replaces, or null
    /// @return false when the inbox stayed full
    boolean join(Subscription subscription, @Nullable Subscription replaced)
            throws InterruptedException {
        boolean isQueued = false;
        try {
            isQueued = actor.put(() -> lifecycle.joined(subscription, replaced), INBOX_WAIT);
        } finally {
            if (!isQueued) {
                cache.subscriptionEnded(this);
            }
        }
        return isQueued;
    }

    /// Delivers a client's message. Waits, bounded, while the inbox is full. The calling thread
    /// handles a small update itself while the document has nothing else to do.
    ///
    /// @return false when the inbox stayed full; the message is then lost
    boolean receive(Subscription subscription, ClientMessage message, int bytes)
            throws InterruptedException {
        int needed = Math.min(bytes, context.limits().inboxBytes());
        if (!inboxBytes.tryAcquire(needed, INBOX_WAIT.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        subscription.beginArrival();
        boolean isQueued = false;
        try {
            Runnable task =
                    () -> {
                        inboxBytes.release(needed);
                        subscription.endArrival();
                        lifecycle.received(subscription, message);
                    };
            boolean isSmall = message instanceof ClientMessage.Content && bytes <= SMALL_BYTES;
            isQueued = isSmall ? actor.run(task, INBOX_WAIT) : actor.put(task, INBOX_WAIT);
        } finally {
            if (!isQueued) {
                inboxBytes.release(needed);
                subscription.endArrival();
            }
        }
        return isQueued;
    }

    /// Removes the subscription of a socket that ended, after the messages it sent before.
    void leave(Subscription subscription) throws InterruptedException {
        if (!actor.put(() -> lifecycle.remove(subscription), INBOX_WAIT)) {
            leaving.add(subscription);
            left.raise();
        }
    }

    /// Changes the text as the server and waits for the commit.
    ///
    /// @param change maps the committed text to the new one; runs on the document's thread
    /// @param base the base of file sync to commit with the edit, or null
    /// @return the resulting text; null when there is no living document at this path
    /// @throws FailureException `DOCUMENT_UNAVAILABLE`, `PRECONDITION_FAILED` when the base is
    ///   another one by now, and whatever `change` throws
    @Nullable CommittedText edit(UnaryOperator<String> change, @Nullable BaseChange base)
            throws InterruptedException {
        var edit = ServerEdit.to(change, base, context);
        if (!actor.put(() -> lifecycle.addEdit(edit), INBOX_WAIT)) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        return edit.await();
    }

    /// Ends the living generation and waits for it. Clients that have it open receive
    /// `document-replaced`.
    ///
    /// @return whether there was a living generation
    boolean end(GenerationEnd end) throws InterruptedException {
        if (!actor.put(() -> lifecycle.end(end), INBOX_WAIT)) {
            throw GenerationEnd.unavailable();
        }
        return end.await();
    }

    /// Resumes sending to a socket that accepts frames again. Never blocks.
    void resume() {
        resumed.raise();
    }

    /// Runs the periodic checks. Never blocks.
    void tick() {
        ticked.raise();
    }

    /// Finds out anew whether the document is idle. Never blocks.
    void check() {
        checked.raise();
    }

    /// Ends the document's thread.
    void close() {
        actor.close();
        cache.memoryChanged(-lifecycle.reportedBytes());
    }

    private void left() {
        for (var subscription = leaving.poll();
                subscription != null;
                subscription = leaving.poll()) {
            lifecycle.remove(subscription);
        }
    }

    /// Connects this document's lifecycle to the cache.
    private final class CacheEntryAdapter implements CacheEntry {
        @Override
        public void subscriptionEnded() {
            cache.subscriptionEnded(SharedDocument.this);
        }

        @Override
        public void idle() {
            cache.idle(SharedDocument.this);
        }

        @Override
        public void memoryChanged(long bytes) {
            cache.memoryChanged(bytes);
        }

        @Override
        public boolean evictIdle() {
            return cache.evictIdle();
        }
    }
}
