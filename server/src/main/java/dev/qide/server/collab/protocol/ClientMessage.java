package dev.qide.server.collab.protocol;

import dev.qide.server.collab.Genesis;
import dev.qide.server.collab.awareness.AwarenessState;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.MalformedUpdateException;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A client's message for one document, read and validated before the document receives it.
///
/// Source: Hocuspocus framing; y-protocols for sync and awareness.
public sealed interface ClientMessage {
    /// The number of states that are read from one awareness message: stock clients send back all
    /// states that they receive, and a document has no more.
    int PRESENCE_ENTRIES = 4_096;

    /// @param version of the provider, which names it from version 4 on; null for an earlier one
    record Auth(String token, @Nullable String version) implements ClientMessage {
        private static final Pattern BEFORE_4 = Pattern.compile("[0-3]\\..*");

        /// Whether the provider supports Ping and CLOSE. Receiving one makes an earlier provider in
        /// Node end its process with an uncaught error.
        public boolean isOfVersion4() {
            return version != null && !BEFORE_4.matcher(version).matches();
        }
    }

    /// The client's state vector, which requests everything else.
    record Step1(StateVector vector) implements ClientMessage {}

    /// New content: an answer to the server's step 1, or an edit.
    ///
    /// @param isPonged whether the client had answered the server's first Ping before it sent this
    /// @param receivedNanos when it was read from the socket, by `System.nanoTime`
    record Content(
            boolean isStep2,
            byte[] update,
            UpdateHeader header,
            boolean isPonged,
            long receivedNanos)
            implements ClientMessage {}

    /// Content that was dropped while its document was being opened; the server requests it again.
    record LostContent(boolean isStep2) implements ClientMessage {}

    record Presence(List<Entry> entries) implements ClientMessage {}

    record PresenceQuery() implements ClientMessage {}

    /// The client leaves the document.
    record Leave() implements ClientMessage {}

    /// A valid message without meaning for the server.
    record Nothing() implements ClientMessage {}

    /// A message that cannot be read or that only servers may send.
    record Refused(Failure why) implements ClientMessage {}

    /// The awareness state of one Yjs client.
    ///
    /// @param state JSON text of an object, or `null` when the client has left
    record Entry(long client, long clock, String state) {
        /// Whether the client has left.
        public boolean isGone() {
            return state.equals(AwarenessState.GONE);
        }
    }

    /// The client ids in the message that are large enough for a genesis author.
    default List<Long> possibleGeneses() {
        return switch (this) {
            case Step1(var vector) ->
                    vector.clients().stream()
                            .filter(client -> client >= Genesis.FIRST_AUTHOR)
                            .toList();
            case Content(_, _, var header, _, _) -> {
                var clients = new TreeSet<Long>();
                header.structs()
                        .forEachRange((client, _, _) -> {
                            if (client >= Genesis.FIRST_AUTHOR) {
                                clients.add(client);
                            }
                        });
                yield List.copyOf(clients);
            }
            case Auth _,
                    LostContent _,
                    Presence _,
                    PresenceQuery _,
                    Leave _,
                    Nothing _,
                    Refused _ ->
                    List.of();
        };
    }

    /// Reads the bytes after the address. Never throws for malformed input.
    static ClientMessage read(Lib0Decoder in, boolean isPonged) {
        try {
            return body(in, isPonged);
        } catch (MalformedUpdateException _) {
            return new Refused(Failure.FRAME_MALFORMED);
        } catch (FailureException failure) {
            return new Refused(failure.failure());
        }
    }

    /// Reads one message in y-websocket framing; more may follow. A malformed update becomes
    /// [Refused], as in Hocuspocus framing.
    ///
    /// @throws MalformedUpdateException when the framing cannot be read
    static ClientMessage readPlain(Lib0Decoder in) {
        try {
            return switch ((int) Math.min(in.readVarUint(), Integer.MAX_VALUE)) {
                case 0 -> sync(in.readVarUint(), in.readVarBytes(), true);
                case 1 -> presence(in.readVarBytes());
                case 3 -> new PresenceQuery();
                default -> new Refused(Failure.FRAME_MALFORMED);
            };
        } catch (FailureException failure) {
            return new Refused(failure.failure());
        }
    }

    private static ClientMessage body(Lib0Decoder in, boolean isPonged) {
        long type = in.readVarUint();
        return switch ((int) Math.min(type, Integer.MAX_VALUE)) {
            case 0, 4 -> sync(in, isPonged);
            case 1 -> presence(in.readVarBytes());
            case 2 -> auth(in);
            case 3 -> new PresenceQuery();
            case 5, 8 -> new Nothing();
            case 7 -> new Leave();
            default -> new Refused(Failure.FRAME_MALFORMED);
        };
    }

    private static ClientMessage auth(Lib0Decoder in) {
        if (in.readVarUint() != 0) {
            return new Refused(Failure.FRAME_MALFORMED);
        }
        return new Auth(in.readVarString(), in.hasMore() ? in.readVarString() : null);
    }

    private static ClientMessage sync(Lib0Decoder in, boolean isPonged) {
        long step = in.readVarUint();
        var content = in.readVarBytes();
        return in.hasMore() ? new Refused(Failure.FRAME_MALFORMED) : sync(step, content, isPonged);
    }

    private static ClientMessage sync(long step, byte[] content, boolean isPonged) {
        if (step > 2) {
            return new Refused(Failure.FRAME_MALFORMED);
        }
        try {
            return step == 0
                    ? new Step1(StateVector.decode(content))
                    : new Content(
                            step == 1,
                            content,
                            UpdateHeader.read(content),
                            isPonged,
                            System.nanoTime());
        } catch (MalformedUpdateException _) {
            return new Refused(Failure.UPDATE_MALFORMED);
        }
    }

    /// Reads awareness states without those beyond the bounds. They are no reason for a refusal:
    /// stock clients send back the states of others, which are longer in their notation of numbers
    /// and with the identity that the server added.
    private static ClientMessage presence(byte[] payload) {
        var in = new Lib0Decoder(payload);
        long count = Math.min(in.readVarUint(), PRESENCE_ENTRIES);
        var entries = new ArrayList<Entry>();
        for (long i = 0; i < count; i++) {
            var entry = new Entry(in.readVarUint(), in.readVarUint(), in.readVarString());
            if (AwarenessState.isWithinBounds(entry.state())) {
                entries.add(entry);
            }
        }
        return new Presence(List.copyOf(entries));
    }
}
