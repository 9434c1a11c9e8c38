package dev.qide.server.collab;

import dev.qide.server.collab.Access.Member;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.collab.protocol.DocumentAddress;
import dev.qide.server.collab.protocol.FrameSink;
import dev.qide.server.collab.protocol.ServerMessage;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.MalformedUpdateException;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// One socket in Hocuspocus framing: many documents, each with its own Auth message.
///
/// The connection serves no document before its Auth, and sends nothing before the first binary
/// frame, because text-only clients fail on binary frames. Messages for a document that arrive
/// before its Auth are queued, bounded. Messages after a denial or a CLOSE are dropped until the
/// next Auth, because stock providers keep sending. Denials are remembered, bounded; after more of
/// them, all messages are dropped for documents that are not open.
///
/// The socket's reader thread calls [#receive] and [#closed]; the rest is thread-safe.
public final class HocuspocusConnection implements DocumentConnection {
    private static final byte[] PING = {ServerMessage.PING};
    private static final byte[] PONG = {ServerMessage.PONG};
    private static final int EARLY_MESSAGES = 256;
    private static final long EARLY_BYTES = 1 << 20;
    private static final long ANONYMOUS_EARLY_BYTES = 64 << 10;
    private static final int ADDRESS_CHARACTERS = 4_096;
    private static final int FAILED_LOGINS = 8;
    private static final int CLOSE_INVALID = 1007;
    private static final int CLOSE_UNAUTHENTICATED = 4401;
    private static final int CLOSE_LOGIN_TIMEOUT = 4408;

    private final Collaboration collaboration;
    private final WorkspaceId workspace;
    private final Access access;
    private final FrameSender out;
    private final Map<DocumentAddress, JoinedDocument> joined = new ConcurrentHashMap<>();

    /// The oldest first.
    private final SequencedSet<DocumentAddress> denied = new LinkedHashSet<>();

    private boolean hasForgottenDenials;
    private final ArrayDeque<EarlyMessage> early = new ArrayDeque<>();
    private long earlyBytes;
    private int failedLogins;
    private boolean isPonged;
    private volatile boolean knowsPing;
    private volatile @Nullable Member member;
    private volatile boolean isServed;

    /// The document and subscription that receive the messages of an address.
    private record JoinedDocument(SharedDocument document, Subscription subscription) {}

    /// A message that arrived before its document's Auth.
    private record EarlyMessage(
            DocumentAddress documentAddress, ClientMessage message, int bytes) {}

    HocuspocusConnection(
            Collaboration collaboration,
            WorkspaceId workspace,
            Access access,
            @Nullable Member loggedIn,
            FrameSender out) {
        this.collaboration = collaboration;
        this.workspace = workspace;
        this.access = access;
        this.out = out;
        member = loggedIn;
        out.onWritable(this::resumeAll);
    }

    /// Handles one binary frame. Waits, bounded, while the document's inbox is full; an Auth also
    /// waits for [Access#login].
    @Override
    public void receive(byte[] frame) {
        try {
            if (frame.length == 1) {
                handleControl(frame[0]);
                return;
            }
            var in = new Lib0Decoder(frame);
            var documentAddress = new DocumentAddress(in.readVarString());
            if (documentAddress.wire().length() > ADDRESS_CHARACTERS) {
                out.close(CLOSE_INVALID, Failure.FRAME_MALFORMED.wireName());
                return;
            }
            receive(documentAddress, in, frame.length);
        } catch (MalformedUpdateException _) {
            out.close(CLOSE_INVALID, Failure.FRAME_MALFORMED.wireName());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Handles the end of the socket: its clients leave their documents.
    @Override
    public void closed() {
        isServed = false;
        collaboration.disconnected(this);
        try {
            for (var joinedDocument : joined.values()) {
                joinedDocument.document().leave(joinedDocument.subscription());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        joined.clear();
    }

    /// Whether the socket has logged in, at its handshake or in-band.
    @Override
    public boolean isLoggedIn() {
        return member != null;
    }

    /// Whether this socket has the document open.
    public boolean hasOpen(String path) {
        return joined.entrySet().stream()
                .anyMatch(entry ->
                        entry.getValue().subscription().isOpen()
                                && entry.getKey().path().equals(path));
    }

    /// Keeps a provider connected, which reconnects when it receives no message for 30 s: one of
    /// version 4 by a Ping, an earlier one by an awareness message without states.
    void ping() {
        if (!isServed) {
            return;
        }
        if (knowsPing) {
            out.frame(PING);
        } else {
            joined.keySet().stream()
                    .findFirst()
                    .ifPresent(address -> out.frame(ServerMessage.keepAlive().at(address)));
        }
    }

    /// Closes the socket if it has not logged in.
    void loginTimedOut() {
        if (member == null) {
            out.close(CLOSE_LOGIN_TIMEOUT, Failure.UNAUTHENTICATED.wireName());
        }
    }

    private void handleControl(byte type) {
        switch (type) {
            case ServerMessage.PING -> {
                if (isServed) {
                    out.frame(PONG);
                }
            }
            case ServerMessage.PONG -> isPonged = true;
            default -> out.close(CLOSE_INVALID, Failure.FRAME_MALFORMED.wireName());
        }
    }

    private void receive(DocumentAddress documentAddress, Lib0Decoder in, int bytes)
            throws InterruptedException {
        var joinedDocument = joined.get(documentAddress);
        if (joinedDocument == null) {
            dispatch(documentAddress, read(in, bytes), bytes);
            return;
        }
        joinedDocument.subscription().beginArrival();
        try {
            dispatch(documentAddress, read(in, bytes), bytes);
        } finally {
            joinedDocument.subscription().endArrival();
        }
    }

    private ClientMessage read(Lib0Decoder in, int bytes) throws InterruptedException {
        return collaboration.compute(workspace, bytes, () -> ClientMessage.read(in, isPonged));
    }

    private void dispatch(DocumentAddress documentAddress, ClientMessage message, int bytes)
            throws InterruptedException {
        if (message instanceof ClientMessage.Auth auth) {
            knowsPing |= auth.isOfVersion4();
            logIn(documentAddress, auth);
            return;
        }
        var joinedDocument = joined.get(documentAddress);
        if (joinedDocument != null) {
            forward(joinedDocument, message, bytes);
            if (message instanceof ClientMessage.Leave) {
                joined.remove(documentAddress);
            }
        } else if (!hasForgottenDenials
                && !denied.contains(documentAddress)
                && !(message instanceof ClientMessage.Leave)) {
            queueEarly(new EarlyMessage(documentAddress, message, bytes));
        }
    }

    private void queueEarly(EarlyMessage message) {
        earlyBytes += message.bytes();
        // Anonymous sockets are cheap to open, so thousands of them must fit into memory.
        long bytes = member == null ? ANONYMOUS_EARLY_BYTES : EARLY_BYTES;
        if (early.size() >= EARLY_MESSAGES || earlyBytes > bytes) {
            early.clear();
            if (member == null) {
                out.close(CLOSE_UNAUTHENTICATED, Failure.UNAUTHENTICATED.wireName());
            } else {
                out.close(FrameSink.CLOSE_TRY_LATER, Failure.TOO_MANY_REQUESTS.wireName());
            }
            return;
        }
        early.add(message);
    }

    private void logIn(DocumentAddress documentAddress, ClientMessage.Auth auth)
            throws InterruptedException {
        try {
            var loggedIn = access.login(member, auth.token());
            if (!access.canRead(loggedIn)) {
                throw new FailureException(Failure.FORBIDDEN);
            }
            if (!joined.containsKey(documentAddress)) {
                requireCapacity();
            }
            member = loggedIn;
            var joinedDocument = joined.get(documentAddress);
            if (joinedDocument != null
                    && joinedDocument.subscription().isOpen()
                    && joinedDocument.subscription().member.key().equals(loggedIn.key())) {
                // A renewed login keeps the subscription.
                forward(joinedDocument, auth, auth.token().length());
            } else {
                open(documentAddress, loggedIn);
            }
        } catch (FailureException failure) {
            boolean isClosed =
                    !Access.isTooManyCredentials(failure)
                            && FrameSink.isClosedFor(failure.failure(), out);
            deny(documentAddress, failure.failure(), isClosed);
        }
    }

    /// Requires that the socket may open one more document. Those that the server has denied or
    /// closed do not count: their clients need not send a Leave.
    private void requireCapacity() {
        int documents = collaboration.limits().documentsPerSocket();
        if (joined.size() < documents) {
            return;
        }
        joined.forEach((documentAddress, joinedDocument) -> {
            if (joinedDocument.subscription().isClosed()) {
                joined.remove(documentAddress);
                rememberRemoved(documentAddress);
            }
        });
        if (joined.size() >= documents) {
            throw new FailureException(Failure.TOO_MANY_DOCUMENTS);
        }
    }

    private void open(DocumentAddress documentAddress, Member loggedIn)
            throws InterruptedException {
        var document = collaboration.enter(workspace, documentAddress.path());
        if (!isServed) {
            isServed = true;
            ping();
        }
        var subscription =
                new Subscription(
                        loggedIn, access, new FrameSink.Addressed(documentAddress, knowsPing, out));
        subscription.beginArrival();
        try {
            join(documentAddress, new JoinedDocument(document, subscription));
        } finally {
            subscription.endArrival();
        }
    }

    /// Joins a document and forwards what arrived for it before.
    private void join(DocumentAddress documentAddress, JoinedDocument fresh)
            throws InterruptedException {
        var document = fresh.document();
        var subscription = fresh.subscription();
        var replaced = joined.put(documentAddress, fresh);
        denied.remove(documentAddress);
        if (!document.join(subscription, replaced == null ? null : replaced.subscription())) {
            // The former subscription stays and ends with the socket.
            if (replaced == null) {
                joined.remove(documentAddress);
            } else {
                joined.put(documentAddress, replaced);
            }
            closeOverloaded();
            return;
        }
        for (var waiting = early.iterator(); waiting.hasNext(); ) {
            var message = waiting.next();
            if (message.documentAddress().equals(documentAddress)) {
                waiting.remove();
                earlyBytes -= message.bytes();
                forward(fresh, message.message(), message.bytes());
            }
        }
    }

    private void deny(DocumentAddress documentAddress, Failure why, boolean isClosed)
            throws InterruptedException {
        var joinedDocument = joined.remove(documentAddress);
        if (joinedDocument != null) {
            joinedDocument.document().leave(joinedDocument.subscription());
        }
        if (isClosed) {
            return;
        }
        out.frame(ServerMessage.denied(why).at(documentAddress));
        early.removeIf(message -> message.documentAddress().equals(documentAddress));
        earlyBytes = early.stream().mapToLong(EarlyMessage::bytes).sum();
        rememberRemoved(documentAddress);
        failedLogins += why == Failure.UNAUTHENTICATED ? 1 : 0;
        if (failedLogins >= FAILED_LOGINS) {
            out.close(CLOSE_UNAUTHENTICATED, Failure.UNAUTHENTICATED.wireName());
        }
    }

    private void rememberRemoved(DocumentAddress documentAddress) {
        denied.add(documentAddress);
        if (denied.size() > collaboration.limits().documentsPerSocket()) {
            denied.removeFirst();
            hasForgottenDenials = true;
        }
    }

    private void forward(JoinedDocument joinedDocument, ClientMessage message, int bytes)
            throws InterruptedException {
        if (!joinedDocument.subscription().isClosed()
                && !joinedDocument
                        .document()
                        .receive(joinedDocument.subscription(), message, bytes)) {
            closeOverloaded();
        }
    }

    /// Closes the socket when a document's inbox stays full: the sender of a lost message would
    /// wait forever, so the client must reconnect.
    private void closeOverloaded() {
        out.close(FrameSink.CLOSE_TRY_LATER, Failure.DOCUMENT_UNAVAILABLE.wireName());
    }

    private void resumeAll() {
        joined.values().forEach(joinedDocument -> joinedDocument.document().resume());
    }
}
