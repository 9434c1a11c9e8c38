package dev.qide.server.session;

import dev.qide.server.concurrent.Actor;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The text frames of one editor that wait for its session's thread, bounded in number by the
/// owner's inbox and in length here: a thousand messages of the largest size would be gigabytes.
///
/// Thread-safe.
final class MessageInbox {
    /// How many messages may wait.
    static final int MESSAGES = 1_024;

    private static final int CHARACTERS = 16 << 20;
    private static final Duration WAIT = Duration.ofSeconds(5);

    private final Actor actor;
    private final Consumer<String> receiver;
    private final Semaphore room = new Semaphore(CHARACTERS);

    /// @param receiver called on the owner's thread
    MessageInbox(Actor actor, Consumer<String> receiver) {
        this.actor = actor;
        this.receiver = receiver;
    }

    /// Puts a message in; waits, bounded, for room.
    ///
    /// @return false when there was none in time; the message is lost then
    boolean put(String message) throws InterruptedException {
        int weight = Math.min(message.length(), CHARACTERS);
        if (!room.tryAcquire(weight, WAIT.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        boolean isIn = actor.put(() -> received(message, weight), WAIT);
        if (!isIn) {
            room.release(weight);
        }
        return isIn;
    }

    /// How many characters wait, or are being worked on.
    int characters() {
        return CHARACTERS - room.availablePermits();
    }

    private void received(String message, int weight) {
        try {
            receiver.accept(message);
        } finally {
            room.release(weight);
        }
    }
}
