package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The events of one response. Read by one thread; [#close()] is thread-safe.
final class HttpModelStream implements ModelStream {
    private final Dialect.Frames frames;
    private final Dialect.Decoder decoder;
    private final UpstreamCall upstream;
    private final Listener listener;
    private final Deque<ModelEvent> events = new ArrayDeque<>();
    private boolean hasContent;
    private boolean isFinished;
    private volatile boolean isWhole;

    /// The callbacks of a stream.
    ///
    /// @param registration removes the upstream call from its cancellation
    /// @param onFirst called at the first token
    /// @param onEnd called at each close, with whether the response was whole
    record Listener(Runnable registration, Runnable onFirst, Consumer<Boolean> onEnd) {}

    HttpModelStream(Dialect dialect, UpstreamCall upstream, InputStream body, Listener listener) {
        this.upstream = upstream;
        this.listener = listener;
        frames = dialect.frames(upstream.watched(body));
        decoder = dialect.decoder();
    }

    @Override
    public @Nullable ModelEvent next() {
        while (events.isEmpty() && !isFinished) {
            read();
        }
        var event = events.poll();
        if (event != null && event.isContent() && !hasContent) {
            hasContent = true;
            listener.onFirst().run();
        }
        return event;
    }

    @Override
    public void close() {
        listener.registration().run();
        upstream.close();
        listener.onEnd().accept(isWhole);
    }

    private void read() {
        String frame;
        try {
            frame = frames.next();
        } catch (IOException failure) {
            throw upstream.readFailed(failure);
        }
        try {
            if (frame == null) {
                isFinished = true;
                decoder.end(this::add);
                requireWhole();
            } else if (!frame.equals("[DONE]")) {
                decode(frame);
            }
        } catch (FailureException failure) {
            throw failure;
        } catch (RuntimeException malformed) {
            throw ProviderFailures.of("malformed-answer", malformed);
        }
    }

    private void decode(String frame) {
        if (!(JsonParser.parseString(frame) instanceof JsonObject object)) {
            throw ProviderFailures.of("malformed-answer");
        }
        var error = object.get("error");
        if (error != null && !error.isJsonNull()) {
            throw ProviderFailures.inStream(error);
        }
        decoder.decode(object, this::add);
    }

    /// A stream without the dialect's last frame was cut off, whatever HTTP says.
    private void requireWhole() {
        if (!isWhole) {
            throw ProviderFailures.of("interrupted");
        }
    }

    private void add(ModelEvent event) {
        if (event instanceof ModelEvent.Finished) {
            isWhole = true;
        }
        events.add(event);
    }
}
