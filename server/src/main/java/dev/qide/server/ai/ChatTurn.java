package dev.qide.server.ai;

import dev.qide.server.ai.chat.ChatDeltaBuffer;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.wire.ChatDeltaParams;
import dev.qide.wire.ChatResult;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.ToolUse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One turn of a conversation while the model answers. Thread-safe.
///
/// Invariant: each listener gets exactly one of `completed` and `failed`, after its deltas, unless
/// it is detached first.
public final class ChatTurn {
    private static final Logger LOG = LoggerFactory.getLogger(ChatTurn.class);
    private static final Duration END = Duration.ofSeconds(5);

    private final UUID conversation;
    private final String id = UUID.randomUUID().toString();
    private final Chats.Member member;
    private final Scheduler scheduler;
    private final Cancellation cancellation = new Cancellation();
    private final CountDownLatch hasEnded = new CountDownLatch(1);
    private final ChatDeltaBuffer deltas = new ChatDeltaBuffer();
    private @Nullable Listener listener;
    private Scheduler.@Nullable Timer abandonment;
    private @Nullable Failure why;
    private boolean isOver;
    private boolean isWhole;
    private Consumer<Listener> outcome =
            reader -> reader.failed(new FailureException(Failure.INTERNAL));

    /// Receives a turn. The methods must not block.
    public interface Listener {
        /// The next part of the answer; parts arrive in the order of their sequence.
        void delta(ChatDeltaParams delta);

        /// The answer is complete. Nothing follows.
        void completed(ChatResult result);

        /// The turn has failed. Nothing follows.
        void failed(FailureException failure);
    }

    ChatTurn(UUID conversation, Chats.Member member, Scheduler scheduler, Listener listener) {
        this.conversation = conversation;
        this.member = member;
        this.scheduler = scheduler;
        attach(0, listener);
    }

    Chats.Member member() {
        return member;
    }

    /// Ends the turn and the provider's work.
    public void cancel() {
        end(Failure.REQUEST_CANCELLED);
    }

    /// Called when the listener's socket has closed: the turn ends in ten seconds unless another
    /// socket resumes it.
    public synchronized void detach(Listener gone) {
        if (gone.equals(listener) && !isOver) {
            listener = null;
            deltas.detach();
            abandonment =
                    scheduler.after(
                            Chats.RESUME_WITHIN,
                            () ->
                                    Thread.ofVirtual()
                                            .name("chat-abandonment")
                                            .start(this::cancelUnlessResumed));
        }
    }

    /// @return false when the turn is over
    synchronized boolean attach(int after, Listener next) {
        if (isOver) {
            return false;
        }
        if (abandonment != null) {
            abandonment.cancel();
            abandonment = null;
        }
        var previous = listener;
        if (previous != null) {
            previous.failed(new FailureException(Failure.SERVER_CANCELLED));
        }
        listener = next;
        deltas.attach(
                after,
                delta ->
                        next.delta(
                                new ChatDeltaParams(
                                        conversation.toString(),
                                        id,
                                        delta.sequence(),
                                        delta.kind(),
                                        delta.text(),
                                        delta.tool())));
        return true;
    }

    void end(Failure failure) {
        synchronized (this) {
            if (why == null) {
                why = failure;
            }
        }
        cancellation.cancel();
    }

    /// Waits until the provider's work has ended and the answer is stored.
    ///
    /// @return false when that takes longer
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        return hasEnded.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// The same for five seconds.
    ///
    /// @throws FailureException `SERVER_CANCELLED` when that takes longer
    void awaitEnd() {
        try {
            if (!awaitEnd(END)) {
                throw new FailureException(Failure.SERVER_CANCELLED);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_CANCELLED);
        }
    }

    String text() {
        return deltas.text();
    }

    List<ToolUse> tools() {
        return deltas.tools();
    }

    synchronized boolean isWhole() {
        return isWhole;
    }

    /// Generates the answer, and keeps its outcome for [#deliver()]. Called once, on the turn's
    /// thread.
    void run(ChatAgent agent, ChatAgent.Question question) {
        try {
            var answered = agent.answer(question, cancellation, deltas);
            completed(answered);
        } catch (CancelledException _) {
            failed(new FailureException(cancelledBy()));
        } catch (FailureException failure) {
            failed(failure);
        } catch (RuntimeException bug) {
            LOG.atError()
                    .addKeyValue("event.action", "ai.chat_failed")
                    .addKeyValue("failure", bug.getClass().getSimpleName())
                    .log("a turn failed unexpectedly");
            failed(new FailureException(Failure.INTERNAL, Map.of(), bug));
        }
    }

    private synchronized void completed(ChatAgent.Answered answered) {
        isWhole = true;
        var result =
                new ChatResult(
                        conversation.toString(),
                        id,
                        answered.model(),
                        deltas.last(),
                        switch (answered.reason()) {
                            case END, STOP_SEQUENCE, TOOL_USE, PAUSE -> ChatResult.Stop.END;
                            case LENGTH -> ChatResult.Stop.LENGTH;
                            case FILTER, REFUSAL -> ChatResult.Stop.FILTER;
                        },
                        answered.inputTokens(),
                        answered.outputTokens());
        outcome = reader -> reader.completed(result);
    }

    private synchronized void failed(FailureException failure) {
        outcome = reader -> reader.failed(failure);
    }

    /// Reports the end of the turn to its listener, after the answer was stored.
    void deliver() {
        Listener reader;
        Consumer<Listener> result;
        synchronized (this) {
            isOver = true;
            if (abandonment != null) {
                abandonment.cancel();
            }
            reader = listener;
            result = outcome;
        }
        if (reader != null) {
            result.accept(reader);
        }
        hasEnded.countDown();
    }

    private synchronized Failure cancelledBy() {
        return why == null ? Failure.SERVER_STOPPING : why;
    }

    private void cancelUnlessResumed() {
        synchronized (this) {
            if (listener != null) {
                return;
            }
        }
        cancel();
    }
}
