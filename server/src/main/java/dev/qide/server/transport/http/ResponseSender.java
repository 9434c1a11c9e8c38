package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.HttpHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerResponse;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/// Sends the answers of endpoints, piece by piece: each write has to make progress in time.
/// Thread-safe.
final class ResponseSender {
    /// How much is written at once, and what one answer holds that is made while it is sent.
    static final int WRITE_BYTES = 64 << 10;

    private final Duration entityWait;

    /// @param entityWait how long one write may make no progress
    ResponseSender(Duration entityWait) {
        this.entityWait = entityWait;
    }

    /// Closes the writer of a content that has one.
    interface Closing extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    static Closing closing(HttpHandler.Content content) {
        return switch (content) {
            case HttpHandler.Content.Bytes _, HttpHandler.Content.Resident _ -> () -> {};
            case HttpHandler.Content.Stream(_, var writer) -> writer::close;
            case HttpHandler.Content.Sized(_, _, var writer) -> writer::close;
        };
    }

    /// How much memory a content takes as long as it is sent.
    static long heldBytes(HttpHandler.Content content) {
        return switch (content) {
            case HttpHandler.Content.Bytes(_, var bytes) -> bytes.length;
            case HttpHandler.Content.Resident(_, var bytes) -> Math.min(WRITE_BYTES, bytes.length);
            case HttpHandler.Content.Stream _ -> WRITE_BYTES;
            case HttpHandler.Content.Sized(_, long length, _) -> Math.min(WRITE_BYTES, length);
        };
    }

    /// @throws IOException when the client left or does not read, or the content failed: the
    ///   connection must be closed then, so that the client sees that the answer is cut
    void send(
            HttpHandler.Answer answer,
            boolean isHead,
            ServerResponse response,
            AcceptedChannel channel)
            throws IOException {
        response.status(Status.create(answer.status()));
        answer.headers().forEach((name, value) -> response.header(HeaderNames.create(name), value));
        channel.expectWithin(entityWait);
        switch (answer.content()) {
            case HttpHandler.Content.Bytes(var mediaType, var bytes) -> {
                head(response, mediaType, bytes.length);
                send(bytes, isHead, response, channel);
            }
            case HttpHandler.Content.Resident(var mediaType, var bytes) -> {
                head(response, mediaType, bytes.length);
                send(bytes, isHead, response, channel);
            }
            case HttpHandler.Content.Stream(var mediaType, var writer) -> {
                head(response, mediaType, 0);
                send(writer, isHead, response, channel);
            }
            case HttpHandler.Content.Sized(var mediaType, long length, var writer) -> {
                head(response, mediaType, length);
                send(
                        out -> {
                            var sized = new SizedSink(out, length);
                            writer.writeTo(sized);
                            sized.requireWhole();
                        },
                        isHead || length == 0,
                        response,
                        channel);
            }
        }
    }

    private static void head(ServerResponse response, String mediaType, long length) {
        if (!mediaType.isEmpty()) {
            response.header(HeaderNames.CONTENT_TYPE, mediaType);
        }
        if (length > 0) {
            response.header(HeaderNames.CONTENT_LENGTH, Long.toString(length));
        }
    }

    private void send(
            byte[] bytes, boolean isHead, ServerResponse response, AcceptedChannel channel)
            throws IOException {
        if (isHead || bytes.length <= WRITE_BYTES) {
            response.send(isHead ? new byte[0] : bytes);
        } else {
            send(out -> out.write(bytes), false, response, channel);
        }
    }

    private void send(
            HttpHandler.Writer writer,
            boolean isBare,
            ServerResponse response,
            AcceptedChannel channel)
            throws IOException {
        if (isBare) {
            response.send(new byte[0]);
            return;
        }
        // Closed only when all is written: an answer that is cut has no end.
        var sink = new TimedSink(response.outputStream(), channel);
        writer.writeTo(sink);
        sink.close();
        // The host sends what is buffered, and the end, only when the handler returns; who asked
        // for the end of the connection would never see them.
        if (response instanceof RoutingResponse routed) {
            routed.commit();
        }
    }

    /// Knows whether as much was written as was announced.
    private static final class SizedSink extends FilterOutputStream {
        private long left;

        SizedSink(OutputStream out, long length) {
            super(out);
            left = length;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            left -= length;
            if (left < 0) {
                throw new IOException("an answer is longer than it was announced");
            }
            out.write(bytes, offset, length);
        }

        void requireWhole() throws IOException {
            if (left > 0) {
                throw new IOException("an answer is shorter than it was announced");
            }
        }
    }

    /// An answer's entity: each write has to make progress in time, and what makes it may take its
    /// own.
    private final class TimedSink extends FilterOutputStream {
        private final AcceptedChannel channel;

        TimedSink(OutputStream entity, AcceptedChannel channel) {
            super(entity);
            this.channel = channel;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int done = 0; done < length; done += WRITE_BYTES) {
                channel.expectWithin(entityWait);
                out.write(bytes, offset + done, Math.min(WRITE_BYTES, length - done));
                channel.expectNothing();
            }
        }

        @Override
        public void close() throws IOException {
            channel.expectWithin(entityWait);
            out.close();
        }
    }
}
