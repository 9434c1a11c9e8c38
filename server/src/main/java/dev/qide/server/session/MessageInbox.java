package dev.qide.server.session;

import dev.qide.server.concurrent.Actor;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The queue of an editor's text frames for its session's thread. The actor's inbox bounds their
/// number, this class their total length: a thousand messages of the maximum size would be
/// gigabytes.
///
/// Thread-safe.
final class MessageInbox {
    /// The maximum number of waiting messages.
    static final int MESSAGES = 1_024;

    private static final int CHARACTERS = 16 << 20;
    private static final Duration WAIT = Duration.ofSeconds(5);

    private final Actor actor;
    private final Consumer<String> receiver;
    private final Semaphore capacity = new Semaphore(CHARACTERS);

    /// @param receiver runs on the actor's thread
    MessageInbox(Actor actor, Consumer<String> receiver) {
        this.actor = actor;
        this.receiver = receiver;
    }

    /// Enqueues a message; waits, for a bounded time, for capacity.
    ///
    /// @return false when the queue stayed full; the message is lost then
    boolean put(String message) throws InterruptedException {
        int weight = Math.min(message.length(), CHARACTERS);
        if (!capacity.tryAcquire(weight, WAIT.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        boolean isIn = actor.put(() -> received(message, weight), WAIT);
        if (!isIn) {
            capacity.release(weight);
        }
        return isIn;
    }

    /// The length of the waiting messages and of the one in process, in characters.
    int characters() {
        return CHARACTERS - capacity.availablePermits();
    }

    private void received(String message, int weight) {
        try {
            receiver.accept(message);
        } finally {
            capacity.release(weight);
        }
    }
}
