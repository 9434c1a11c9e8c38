package dev.qide.server.session;

import dev.qide.server.concurrent.BackgroundTask;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keeps the messages to an editor in order while some of them are processed before they are sent.
/// Without any, messages pass at once. Thread-safe; the order is that of the calls of one thread.
final class MessageQueue {
    /// What may wait. Beyond it a message to process is refused, and any other one passes.
    private static final int CHARACTERS = 16 << 20;

    private final Consumer<String> send;

    /// Guarded by itself, as the next two are.
    private final Deque<Queued> waiting = new ArrayDeque<>();

    private int characters;
    private boolean isRunning;

    /// @param work sends the message
    /// @param refusal is called instead when the work throws or there is no space for it
    private record Queued(int characters, BackgroundTask.Work work, Runnable refusal) {}

    /// @param send to the editor; does not block
    MessageQueue(Consumer<String> send) {
        this.send = send;
    }

    /// Sends a message after those that wait.
    void add(String message) {
        Runnable sending = () -> send.accept(message);
        if (place(new Queued(message.length(), sending::run, sending), false) == Place.NONE) {
            sending.run();
        }
    }

    /// Processes a message on another thread after those that wait.
    ///
    /// @param work processes and sends it; may block
    /// @param refused is called instead when the work throws or too much waits
    void add(String message, BackgroundTask.Work work, Runnable refused) {
        switch (place(new Queued(message.length(), work, refused), true)) {
            case FIRST ->
                    BackgroundTask.start(
                            Thread.ofVirtual().name("workspace-edits"), this::run, _ -> refuse());
            case BEHIND -> {}
            case NONE -> refused.run();
        }
    }

    private enum Place {
        FIRST,
        BEHIND,
        NONE
    }

    private Place place(Queued message, boolean isWork) {
        synchronized (waiting) {
            boolean isFirst = !isRunning;
            boolean isTooMuch = !isFirst && characters + message.characters() > CHARACTERS;
            if (isTooMuch || (isFirst && !isWork)) {
                return Place.NONE;
            }
            isRunning = true;
            waiting.add(message);
            characters += message.characters();
            return isFirst ? Place.FIRST : Place.BEHIND;
        }
    }

    /// The first message; it stays until [#remove()].
    private @Nullable Queued first() {
        synchronized (waiting) {
            var first = waiting.peek();
            isRunning = first != null;
            return first;
        }
    }

    private void remove() {
        synchronized (waiting) {
            characters -= waiting.remove().characters();
        }
    }

    private void run() throws Exception {
        for (var next = first(); next != null; next = first()) {
            next.work().run();
            remove();
        }
    }

    /// The work on the first message has thrown.
    private void refuse() {
        for (var next = first(); next != null; next = first()) {
            remove();
            next.refusal().run();
        }
    }
}
