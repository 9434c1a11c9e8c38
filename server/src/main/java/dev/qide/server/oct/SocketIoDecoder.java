package dev.qide.server.oct;

import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/// The packets of Socket.IO 5 that an editor sends: to connect, to disconnect, and the event
/// `message` with one binary attachment. Messages are handled one at a time, in their order.
/// Thread-safe.
///
/// Source: Socket.IO protocol, revision 5.
final class SocketIoDecoder {
    private static final String MESSAGE = "[\"message\",{\"_placeholder\":true,\"num\":0}]";
    private static final Pattern NAMESPACE = Pattern.compile("/[A-Za-z0-9._~/-]{0,200}");

    private final Receiver receiver;
    private final ReentrantLock lock = new ReentrantLock();

    /// Before the payload of a packet: empty for the main namespace, else its name and a comma.
    private volatile String namespace = "";

    private boolean isConnected;
    private boolean isAttachmentNext;

    /// The receiver of decoded packets.
    interface Receiver {
        void connected();

        void disconnected();

        void message(byte[] message);
    }

    SocketIoDecoder(Receiver receiver) {
        this.receiver = receiver;
    }

    /// The packet before a binary attachment, as a packet of Engine.IO.
    String binaryEvent() {
        return "451-" + namespace + MESSAGE;
    }

    /// The answer to a client that connects.
    ///
    /// @param id of the connection
    String connect(String id) {
        return "40" + namespace + "{\"sid\":\"" + id + "\"}";
    }

    /// The answer to a client that may not connect.
    ///
    /// @param sentence without quotation marks
    String connectError(String sentence) {
        return "44" + namespace + "{\"message\":\"" + sentence + "\"}";
    }

    /// The packet that ends the connection for good.
    String disconnect() {
        return "41" + namespace;
    }

    /// Handles a text packet.
    ///
    /// @throws MalformedMessageException for any other packet
    void text(String packet) {
        lock.lock();
        try {
            if (isAttachmentNext || packet.isEmpty()) {
                throw new MalformedMessageException("an attachment is missing");
            }
            switch (packet.charAt(0)) {
                case '0' -> begin(packet.substring(1));
                case '1' -> receiver.disconnected();
                case '5' -> {
                    if (!isConnected || !packet.equals("51-" + namespace + MESSAGE)) {
                        throw new MalformedMessageException("not the event message");
                    }
                    isAttachmentNext = true;
                }
                default -> throw new MalformedMessageException("not a binary event");
            }
        } finally {
            lock.unlock();
        }
    }

    /// Handles an attachment.
    ///
    /// @throws MalformedMessageException when none is expected
    void binary(byte[] attachment) {
        lock.lock();
        try {
            if (!isAttachmentNext) {
                throw new MalformedMessageException("an attachment without event");
            }
            isAttachmentNext = false;
            receiver.message(attachment);
        } finally {
            lock.unlock();
        }
    }

    /// A second connect is ignored: a session has one namespace.
    private void begin(String rest) {
        if (isConnected) {
            return;
        }
        if (rest.startsWith("/")) {
            int comma = rest.indexOf(',');
            var name = comma < 0 ? rest : rest.substring(0, comma);
            if (!NAMESPACE.matcher(name).matches()) {
                throw new MalformedMessageException("not a namespace");
            }
            namespace = name + ",";
        }
        isConnected = true;
        receiver.connected();
    }
}
