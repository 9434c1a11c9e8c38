package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.HttpHandler;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// Sends the answers of endpoints, piece by piece: each write has to make progress in time.
/// Thread-safe.
final class ResponseSender {
    /// The size of one write, and the memory of an answer that is generated while it is sent.
    static final int WRITE_BYTES = 64 << 10;

    /// The chunk size of a stream that is written in small pieces.
    private static final int CHUNK_BYTES = 8 << 10;

    /// The buffer that combines the head with small content, and small chunks with each other.
    private static final int BUFFER_BYTES = 32 << 10;

    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

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

    /// The memory that a content takes while it is sent.
    static long heldBytes(HttpHandler.Content content) {
        return switch (content) {
            case HttpHandler.Content.Bytes(_, var bytes) -> bytes.length;
            case HttpHandler.Content.Resident(_, var bytes) -> Math.min(WRITE_BYTES, bytes.length);
            case HttpHandler.Content.Stream _ -> WRITE_BYTES;
            case HttpHandler.Content.Sized(_, long length, _) -> Math.min(WRITE_BYTES, length);
        };
    }

    /// The form in which an answer is sent.
    ///
    /// @param isHead whether the content is left out
    /// @param isHttp10 whether the client speaks HTTP/1.0 and knows no chunks
    /// @param isLast whether the connection ends with it
    record ResponseOptions(boolean isHead, boolean isHttp10, boolean isLast) {}

    /// @throws IOException when the client left or does not read, or the content failed: the
    ///   connection must be closed then, so that the client sees that the answer is cut
    void send(HttpHandler.Answer answer, ResponseOptions options, ClientConnection connection)
            throws IOException {
        var head = new ResponseHead(answer.status());
        answer.headers().forEach(head::with);
        answer.cookies().forEach(head::withCookie);
        var connectionOptions = connectionOptions(answer, options);
        if (!connectionOptions.isEmpty()) {
            head.with("Connection", connectionOptions);
        }
        var out =
                new BufferedOutputStream(
                        new TimedSink(connection.output(), connection.channel()), BUFFER_BYTES);
        if (hasNoContent(answer.status())) {
            out.write(head.bytes());
        } else {
            send(answer.content(), head, options, out);
        }
        out.flush();
    }

    /// RFC 9110, section 8.6: such an answer has no length either.
    private static boolean hasNoContent(int status) {
        return status < 200 || status == 204 || status == 304;
    }

    private static String connectionOptions(HttpHandler.Answer answer, ResponseOptions options) {
        if (!answer.headers().containsKey("Upgrade")) {
            return options.isLast ? "close" : "";
        }
        return options.isLast ? "close, Upgrade" : "Upgrade";
    }

    private static void send(
            HttpHandler.Content content,
            ResponseHead head,
            ResponseOptions options,
            OutputStream out)
            throws IOException {
        switch (content) {
            case HttpHandler.Content.Bytes(var mediaType, var bytes) ->
                    send(bytes, typed(head, mediaType), options, out);
            case HttpHandler.Content.Resident(var mediaType, var bytes) ->
                    send(bytes, typed(head, mediaType), options, out);
            case HttpHandler.Content.Sized(var mediaType, long length, var writer) -> {
                out.write(
                        typed(head, mediaType)
                                .with("Content-Length", Long.toString(length))
                                .bytes());
                if (!options.isHead) {
                    var sized = new SizedSink(out, length);
                    writer.writeTo(sized);
                    sized.requireWhole();
                }
            }
            case HttpHandler.Content.Stream(var mediaType, var writer) -> {
                if (!options.isHttp10) {
                    head.with("Transfer-Encoding", "chunked");
                }
                out.write(typed(head, mediaType).bytes());
                if (!options.isHead) {
                    stream(writer, options, out);
                }
            }
        }
    }

    /// To a client of HTTP/1.0 the end of the connection is the end of the content.
    private static void stream(HttpHandler.Writer writer, ResponseOptions options, OutputStream out)
            throws IOException {
        if (options.isHttp10) {
            writer.writeTo(out);
            return;
        }
        // Ended only when all is written: content that is cut has no last chunk.
        var chunks = new BufferedOutputStream(new ChunkSink(out), CHUNK_BYTES);
        writer.writeTo(chunks);
        chunks.flush();
        out.write(LAST_CHUNK);
    }

    private static ResponseHead typed(ResponseHead head, String mediaType) {
        return mediaType.isEmpty() ? head : head.with("Content-Type", mediaType);
    }

    private static void send(
            byte[] bytes, ResponseHead head, ResponseOptions options, OutputStream out)
            throws IOException {
        out.write(head.with("Content-Length", Integer.toString(bytes.length)).bytes());
        if (!options.isHead) {
            out.write(bytes);
        }
    }

    /// Makes one chunk of each write. Flushing it flushes what was made.
    private static final class ChunkSink extends FilterOutputStream {
        ChunkSink(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length > 0) {
                out.write(
                        (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(bytes, offset, length);
                out.write(LINE_END);
            }
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

    /// An answer's content: each write has to make progress in time, and what makes it may take its
    /// own.
    private final class TimedSink extends FilterOutputStream {
        private final AcceptedChannel channel;

        TimedSink(OutputStream content, AcceptedChannel channel) {
            super(content);
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
    }
}
