package dev.qide.yjs;

import org.jspecify.annotations.Nullable;

/// The messages that make two replicas equal and keep them equal (y-protocols, `sync.js`).
///
/// Each side sends its state vector (step 1); the other answers with the missing content (step 2);
/// later changes follow as updates:
///
/// ```
/// step 1 = 0 · varBytes(state vector)    step 2 = 1 · varBytes(update)    update = 2 · varBytes(update)
/// ```
public final class SyncProtocol {
    private static final int STEP_1 = 0;
    private static final int STEP_2 = 1;
    private static final int UPDATE = 2;

    private SyncProtocol() {}

    /// A message of the protocol.
    public sealed interface Message {
        /// The sender's state vector.
        record Step1(StateVector known) implements Message {}

        /// The content that the receiver lacks.
        record Step2(byte[] update) implements Message {}

        /// A new change.
        record Update(byte[] update) implements Message {}
    }

    /// Encodes a message: its type as varUint, then its content as varUint8Array.
    public static byte[] encode(Message message) {
        var encoder = new Lib0Encoder();
        switch (message) {
            case Message.Step1(var known) ->
                    encoder.writeByte(STEP_1).writeVarBytes(known.encode());
            case Message.Step2(var update) -> encoder.writeByte(STEP_2).writeVarBytes(update);
            case Message.Update(var update) -> encoder.writeByte(UPDATE).writeVarBytes(update);
        }
        return encoder.toBytes();
    }

    /// Reads one message; the rest of the input is left to the caller.
    ///
    /// @throws MalformedUpdateException for anything else
    public static Message decode(Lib0Decoder decoder) {
        long kind = decoder.readVarUint();
        byte[] body = decoder.readVarBytes();
        if (kind == STEP_1) {
            return new Message.Step1(StateVector.decode(body));
        }
        if (kind == STEP_2) {
            return new Message.Step2(body);
        }
        if (kind == UPDATE) {
            return new Message.Update(body);
        }
        throw decoder.malformed("unknown sync message");
    }

    /// Applies a message to `doc`.
    ///
    /// @param origin the origin that the listeners of `doc` get
    /// @return the answer to send, or null
    /// @throws MalformedUpdateException when the update in the message is malformed
    public static byte @Nullable [] receive(Doc doc, Message message, @Nullable Object origin) {
        return switch (message) {
            case Message.Step1(var known) ->
                    encode(new Message.Step2(doc.encodeStateAsUpdate(known)));
            case Message.Step2(var update) -> {
                doc.applyUpdate(update, origin);
                yield null;
            }
            case Message.Update(var update) -> {
                doc.applyUpdate(update, origin);
                yield null;
            }
        };
    }
}
