package dev.qide.server.collab;

import dev.qide.yjs.Lib0Encoder;

/// A Yjs client that types at the end of its own text, as updates in format v1.
final class Typist {
    private static final int STRING = 0x04;
    private static final int ORIGIN_FOLLOWS = 0x80;

    final long client;
    private final StringBuilder typed = new StringBuilder();

    Typist(long client) {
        this.client = client;
    }

    /// Types text after everything typed before.
    byte[] type(String text) {
        int clock = typed.length();
        typed.append(text);
        return clock == 0
                ? atRoot(client, 0, text)
                : behind(client, clock, client, clock - 1, text);
    }

    /// Everything typed, as one update.
    byte[] everything() {
        return atRoot(client, 0, typed.toString());
    }

    /// The state vector in the format of [FrameClient#step1].
    String vector() {
        return client + ":" + typed.length();
    }

    /// An update that inserts text after a letter of another client.
    static byte[] behind(long client, long clock, long leftClient, long leftClock, String text) {
        return head(client, clock)
                .writeByte(STRING | ORIGIN_FOLLOWS)
                .writeVarUint(leftClient)
                .writeVarUint(leftClock)
                .writeVarString(text)
                .writeVarUint(0)
                .toBytes();
    }

    /// An update that inserts text without a left neighbour.
    static byte[] atRoot(long client, long clock, String text) {
        return head(client, clock)
                .writeByte(STRING)
                .writeVarUint(1)
                .writeVarString("content")
                .writeVarString(text)
                .writeVarUint(0)
                .toBytes();
    }

    /// An update that only deletes.
    static byte[] delete(long client, long clock, long length) {
        return new Lib0Encoder()
                .writeVarUint(0)
                .writeVarUint(1)
                .writeVarUint(client)
                .writeVarUint(1)
                .writeVarUint(clock)
                .writeVarUint(length)
                .toBytes();
    }

    private static Lib0Encoder head(long client, long clock) {
        return new Lib0Encoder()
                .writeVarUint(1)
                .writeVarUint(1)
                .writeVarUint(client)
                .writeVarUint(clock);
    }
}
