package dev.qide.yjs;

import org.jspecify.annotations.Nullable;

/// The messages with which two replicas become equal and stay so (y-protocols, `sync.js`).
///
/// Each side says what it has (step 1); the other answers with what is lacking (step 2); later
/// changes follow as updates:
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
        /// "This is what I have."
        record Step1(StateVector known) implements Message {}

        /// "This is what you lack."
        record Step2(byte[] update) implements Message {}

        /// "This has just changed."
        record Update(byte[] update) implements Message {}
    }

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

    /// Reads one message; what follows it in the input is left to the caller.
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

    /// Does to `doc` what a message asks for.
    ///
    /// @param origin what the listeners of `doc` are told as the reason
    /// @return the answer to send; null when there is none
    /// @throws MalformedUpdateException when the update in it is malformed
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
