package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.Model;
import java.io.InputStream;
import java.util.function.Consumer;

/// The API of a provider: encodes requests and decodes answers.
interface Dialect {
    /// Encodes a request for the provider's API.
    HttpCall encode(Model model, ModelRequest request);

    /// Splits the body of a response into frames.
    Frames frames(InputStream body);

    /// A decoder for one answer.
    Decoder decoder();

    /// Reads the frames of one answer. Owned by one thread.
    interface Decoder {
        /// Decodes one frame.
        ///
        /// @throws com.google.gson.JsonParseException or another runtime exception when the frame
        ///   does not have the dialect's shape
        void decode(JsonObject frame, Consumer<ModelEvent> sink);

        /// Emits the events that the dialect expresses only by ending the stream.
        default void end(Consumer<ModelEvent> sink) {}
    }

    /// The frames of one answer.
    interface Frames {
        /// The next frame; null at the end.
        @org.jspecify.annotations.Nullable
        String next() throws java.io.IOException;
    }
}
