package dev.qide.server.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/// Answers HTTP requests that are not WebSocket handshakes. Called on a virtual thread of the
/// connection.
public interface HttpHandler {
    Answer answer(Request request) throws IOException, InterruptedException;

    /// @param body the request's entity, empty when there is none; not bounded: read it with
    ///   [#bodyBytes(int)]
    record Request(RequestHead head, InputStream body, DisconnectSignal disconnectSignal) {
        /// Reads the whole entity.
        ///
        /// @throws dev.qide.wire.FailureException `MESSAGE_TOO_LARGE` when it is longer than
        ///   `atMost` bytes
        public byte[] bodyBytes(int atMost) throws IOException {
            var announced = head.header("Content-Length");
            if (announced != null && Long.parseLong(announced) <= atMost) {
                // One array: what grows as it comes takes twice as much in the end.
                var bytes = new byte[Integer.parseInt(announced)];
                int read = body.readNBytes(bytes, 0, bytes.length);
                // The end has to be seen too: only then is the entity read.
                var _ = body.read();
                return read == bytes.length ? bytes : Arrays.copyOf(bytes, read);
            }
            var bytes = announced == null ? body.readNBytes(atMost + 1) : null;
            if (bytes == null || bytes.length > atMost) {
                throw new dev.qide.wire.FailureException(
                        dev.qide.wire.Failure.MESSAGE_TOO_LARGE,
                        Map.of("limit", Integer.toString(atMost)));
            }
            return bytes;
        }
    }

    /// The client that waits for the answer.
    interface DisconnectSignal {
        /// Runs the task, once and on a thread of its own, if the client leaves before the endpoint
        /// has answered. For endpoints that are silent for long: who writes now and then finds out
        /// anyway.
        ///
        /// Read the whole entity before. The connection ends with this answer, and a client that
        /// ends its own side, still reading, counts as gone.
        ///
        /// @throws IllegalStateException when called twice, or before the entity was read
        void whenGone(Runnable task);

        /// Who the client is: what the server holds in memory for this request counts as that
        /// person's, no longer as its address's.
        void knownAs(String principal);

        /// Waits until the server may hold so much more for this request: call it before an answer
        /// is made that is whole in memory. It is given back by itself.
        ///
        /// @param bytes the most that making the answer takes
        /// @throws dev.qide.wire.FailureException `SERVER_CANCELLED` when there is no room in time
        void reserve(long bytes) throws InterruptedException;
    }

    /// @param headers names as they are sent, one value each
    record Answer(int status, Map<String, String> headers, Content content) {
        public Answer {
            headers = Map.copyOf(headers);
        }

        public static Answer empty(int status) {
            return new Answer(status, Map.of(), new Content.Bytes("", new byte[0]));
        }

        public static Answer json(int status, String json) {
            return new Answer(
                    status,
                    Map.of("Cache-Control", "no-store"),
                    new Content.Bytes("application/json", json.getBytes(StandardCharsets.UTF_8)));
        }

        public Answer with(String header, String value) {
            var more = new java.util.LinkedHashMap<>(headers);
            more.put(header, value);
            return new Answer(status, more, content);
        }

        public Answer with(Content other) {
            return new Answer(status, headers, other);
        }
    }

    /// Writes an entity, piece by piece. A failure cuts the answer, and the client sees that it is
    /// cut.
    interface Writer extends AutoCloseable {
        void writeTo(OutputStream out) throws IOException;

        /// Gives back what it holds. Called once, on whatever way the answer ended, also when
        /// nothing was written.
        @Override
        default void close() throws IOException {}
    }

    /// The entity of an answer.
    sealed interface Content {
        /// Made for this answer; it counts against the memory of all answers until it is sent.
        ///
        /// @param mediaType empty for no `Content-Type`
        record Bytes(String mediaType, byte[] bytes) implements Content {}

        /// In memory anyway, for every answer the same array.
        record Resident(String mediaType, byte[] bytes) implements Content {}

        /// Made while it is sent, of unknown length.
        record Stream(String mediaType, Writer writer) implements Content {}

        /// Made while it is sent.
        ///
        /// @param length in bytes; a writer that writes another number of them cuts the answer
        record Sized(String mediaType, long length, Writer writer) implements Content {}
    }
}
