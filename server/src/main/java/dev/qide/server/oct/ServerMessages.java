package dev.qide.server.oct;

import java.util.function.UnaryOperator;

/// The messages that the server itself sends: they are not encrypted, and their origin is empty or
/// the peer that they tell of.
///
/// Source: open-collaboration-protocol 0.3, `messages.ts`.
final class ServerMessages {
    private static final int BYTES = 2 << 10;

    private ServerMessages() {}

    /// Sends a peer its own description (`peer/info`).
    static byte[] info(Peer peer) {
        return addressed("notification", "", peer.id(), "peer/info", peer);
    }

    /// Tells the others that a peer has come.
    static byte[] joined(Peer peer) {
        return toAll(peer.id(), "room/joined", 1, writer -> peer(writer, peer));
    }

    /// Tells the others that a peer has gone.
    static byte[] left(Peer peer) {
        return toAll(peer.id(), "room/left", 1, writer -> peer(writer, peer));
    }

    /// Tells the guests that the room has ended.
    static byte[] closed(Peer host) {
        return toAll(host.id(), "room/closed", 0, writer -> writer);
    }

    /// Asks the host to let somebody in.
    ///
    /// @param id under which the host answers
    /// @param name of the person
    static byte[] joinRequest(String id, Peer host, String name) {
        var writer = begun("request", 3).string("id").string(id);
        writer.string("origin").string("").string("target").string(host.id());
        return content(writer, "peer/join", 1)
                .map(2)
                .string("name")
                .string(name)
                .string("authProvider")
                .string("Q-IDE")
                .bytes();
    }

    /// Answers a request that its target did not answer.
    ///
    /// @param id of the request, encoded
    static byte[] requestFailed(byte[] id) {
        return message(
                begun("response-error", 1).string("id").encoded(id, 0, id.length),
                "The other editor did not answer.");
    }

    /// Informs a peer of the error in a message that it sent.
    static byte[] error(String sentence) {
        return message(begun("error", 0), sentence);
    }

    private static byte[] message(MsgPackWriter writer, String sentence) {
        return writer.string("content").map(1).string("message").string(sentence).bytes();
    }

    private static byte[] addressed(
            String kind, String origin, String target, String method, Peer about) {
        var writer = begun(kind, 2).string("origin").string(origin).string("target").string(target);
        return peer(content(writer, method, 1), about).bytes();
    }

    private static byte[] toAll(
            String origin, String method, int parameters, UnaryOperator<MsgPackWriter> rest) {
        var writer = begun("broadcast", 1).string("origin").string(origin);
        return rest.apply(content(writer, method, parameters)).bytes();
    }

    /// @param more the number of members besides version, kind, metadata and content
    private static MsgPackWriter begun(String kind, int more) {
        return new MsgPackWriter(BYTES)
                .map(4 + more)
                .string("version")
                .string(OctMessage.VERSION)
                .string("kind")
                .string(kind)
                .string("metadata")
                .map(2)
                .string("encryption")
                .map(1)
                .string("keys")
                .array(0)
                .string("compression")
                .map(1)
                .string("algorithm")
                .string("none");
    }

    private static MsgPackWriter content(MsgPackWriter writer, String method, int parameters) {
        return writer.string("content")
                .map(2)
                .string("method")
                .string(method)
                .string("params")
                .array(parameters);
    }

    private static MsgPackWriter peer(MsgPackWriter writer, Peer peer) {
        writer.map(4).string("id").string(peer.id()).string("host").bool(peer.isHost());
        writer.string("name").string(peer.name()).string("metadata").map(2);
        var client = peer.client();
        writer.string("encryption").map(1).string("publicKey").string(client.publicKey());
        writer.string("compression").map(1).string("supported").array(client.compression().size());
        client.compression().forEach(writer::string);
        return writer;
    }
}
