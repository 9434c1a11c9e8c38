package dev.qide.server.ai;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/// An answer of the server's model APIs, before its conversion to HTTP.
public sealed interface ModelReply {
    int status();

    Map<String, String> headers();

    /// @param json the body
    record Whole(int status, Map<String, String> headers, String json) implements ModelReply {
        public Whole {
            headers = Map.copyOf(headers);
        }
    }

    /// Server-sent events.
    record Streamed(Map<String, String> headers, Events events) implements ModelReply {
        public Streamed {
            headers = Map.copyOf(headers);
        }

        @Override
        public int status() {
            return 200;
        }
    }

    /// Events that are generated while they are written.
    interface Events extends AutoCloseable {
        /// Writes and flushes each event as it arrives. Blocks.
        void writeTo(OutputStream out) throws IOException;

        /// Ends the provider's work unless it has ended.
        @Override
        void close();
    }
}
