package dev.qide.server.transport.http;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.HttpHandler;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Detects that the client of a request has disconnected while the endpoint sends nothing. A thread
/// reads the raw channel, which ends at once on a FIN or a reset, with and without TLS. Bytes that
/// the client sends after its request are lost, so the connection ends with the answer.
/// Thread-safe.
final class DisconnectDetector implements HttpHandler.DisconnectSignal {
    private final AcceptedChannel channel;
    private final BooleanSupplier isContentRead;
    private final RequestMemory.Share memory;
    private final AtomicReference<@Nullable Runnable> task = new AtomicReference<>();
    private volatile boolean isWatched;

    /// @param memory what the request holds
    DisconnectDetector(
            AcceptedChannel channel, BooleanSupplier isContentRead, RequestMemory.Share memory) {
        this.channel = channel;
        this.memory = memory;
        this.isContentRead = isContentRead;
    }

    @Override
    public void onDisconnect(Runnable task) {
        if (isWatched || !isContentRead.getAsBoolean()) {
            throw new IllegalStateException("watched already, or the content was not read");
        }
        isWatched = true;
        this.task.set(task);
        BackgroundTask.start(
                Thread.ofVirtual().name("asker-" + channel.remote().getPort()),
                () -> {
                    channel.awaitEnd();
                    var waiting = this.task.getAndSet(null);
                    if (waiting != null) {
                        waiting.run();
                    }
                });
    }

    @Override
    public void setMemoryOwner(String principal) {
        memory.belongsTo(principal);
    }

    @Override
    public void reserve(long bytes) throws InterruptedException {
        memory.reserve(bytes);
    }

    AcceptedChannel channel() {
        return channel;
    }

    /// Whether the connection cannot be used for a further request.
    boolean isWatched() {
        return isWatched;
    }

    /// The endpoint has answered: the task does not run any more.
    void answered() {
        task.set(null);
    }
}
