package dev.qide.server.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Answers HTTP requests that are not WebSocket handshakes. Called on the connection's virtual
/// thread.
public interface HttpHandler {
    /// Answers a request; may block.
    ///
    /// @throws IOException when the client has disconnected
    Answer answer(Request request) throws IOException, InterruptedException;

    /// Adds the headers that every answer has, failures included.
    ///
    /// @param head null for a request that was refused before its head could be used
    default Answer completed(@Nullable RequestHead head, Answer answer) {
        return answer;
    }

    /// Whether monitoring asked, not a person or a program: metrics of answers leave it out.
    default boolean isMonitoring(RequestHead head) {
        return false;
    }

    /// One HTTP request.
    ///
    /// @param body the request's body, empty if there is none. It has no bound; read it with
    ///   [#bodyBytes(int)]
    record Request(RequestHead head, InputStream body, DisconnectSignal disconnectSignal) {
        /// Reads the whole body.
        ///
        /// @throws dev.qide.wire.FailureException `MESSAGE_TOO_LARGE` when it is longer than
        ///   `atMost` bytes
        public byte[] bodyBytes(int atMost) throws IOException {
            var announced = head.header("Content-Length");
            if (announced != null && Long.parseLong(announced) <= atMost) {
                // A single array: one that grows while reading would need twice the memory.
                var bytes = new byte[Integer.parseInt(announced)];
                int read = body.readNBytes(bytes, 0, bytes.length);
                // Reading the end marks the body as consumed.
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

    /// The client that waits for the response.
    interface DisconnectSignal {
        /// Runs the task, once and on a separate thread, if the client disconnects before the
        /// endpoint has answered, or, for a streamed response, before it is sent. For endpoints
        /// that do not write for long; those that write notice a disconnect anyway.
        ///
        /// Read the whole body first. The connection ends with this response, and a client that
        /// closes its sending side, though it still reads, counts as disconnected.
        ///
        /// @throws IllegalStateException when called twice, or before the body was read
        void onDisconnect(Runnable task);

        /// Sets the person behind the request: its memory then counts for that person instead of
        /// the address.
        void setMemoryOwner(String principal);

        /// Reserves memory for this request, and waits until it is available. Call it before
        /// building a response in memory. The memory is released automatically.
        ///
        /// @param bytes the most that building the response takes
        /// @throws dev.qide.wire.FailureException `SERVER_CANCELLED` when it is not available in
        ///   time
        void reserve(long bytes) throws InterruptedException;
    }

    /// One HTTP response.
    ///
    /// @param headers one value per name
    /// @param cookies the values of the `Set-Cookie` headers, one header each (RFC 6265, section 3)
    record Answer(int status, Map<String, String> headers, List<String> cookies, Content content) {
        public Answer {
            headers = Map.copyOf(headers);
            cookies = List.copyOf(cookies);
        }

        /// A response without cookies.
        public Answer(int status, Map<String, String> headers, Content content) {
            this(status, headers, List.of(), content);
        }

        /// A response without content.
        public static Answer empty(int status) {
            return new Answer(status, Map.of(), new Content.Bytes("", new byte[0]));
        }

        /// A JSON response that no cache stores.
        public static Answer json(int status, String json) {
            return new Answer(
                    status,
                    Map.of("Cache-Control", "no-store"),
                    new Content.Bytes("application/json", json.getBytes(StandardCharsets.UTF_8)));
        }

        /// This response with a header set; an existing one of that name is replaced.
        public Answer with(String header, String value) {
            var more = new java.util.LinkedHashMap<>(headers);
            more.put(header, value);
            return new Answer(status, more, cookies, content);
        }

        /// This response with other content.
        public Answer with(Content other) {
            return new Answer(status, headers, cookies, other);
        }

        /// @param cookie the value of one more `Set-Cookie` header
        public Answer withCookie(String cookie) {
            var more = new ArrayList<>(cookies);
            more.add(cookie);
            return new Answer(status, headers, more, content);
        }
    }

    /// Writes a body in parts. A failure ends the response early in a way that the client notices.
    interface Writer extends AutoCloseable {
        /// Writes the whole body; blocks while the client does not read.
        void writeTo(OutputStream out) throws IOException;

        /// Releases resources. Called exactly once, however the response ended, even if nothing was
        /// written.
        @Override
        default void close() throws IOException {}
    }

    /// The body of a response.
    sealed interface Content {
        /// Bytes built for this response; they count as its memory until they are sent.
        ///
        /// @param mediaType empty for no `Content-Type`
        record Bytes(String mediaType, byte[] bytes) implements Content {}

        /// Bytes that are always in memory, the same array for every response.
        record Resident(String mediaType, byte[] bytes) implements Content {}

        /// Written while it is sent, with unknown length.
        record Stream(String mediaType, Writer writer) implements Content {}

        /// Written while it is sent.
        ///
        /// @param length in bytes; if the writer writes another number of bytes, the response ends
        ///   early
        record Sized(String mediaType, long length, Writer writer) implements Content {}
    }
}
