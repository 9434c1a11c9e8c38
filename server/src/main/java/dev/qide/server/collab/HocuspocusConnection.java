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
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The binary frames of one socket: many documents, each logged in to by an Auth of its own.
///
/// Nothing is served before an Auth, and nothing is sent before the client has sent a binary frame:
/// clients that speak text only die of one. Messages for a document that come before its Auth wait,
/// bounded; those after a denial or a CLOSE are dropped until a new Auth, for stock providers go on
/// sending.
///
/// [#receive] and [#closed] are called by the socket's reader thread; the rest is thread-safe.
public final class HocuspocusConnection implements DocumentConnection {
    private static final byte[] PING = {ServerMessage.PING};
    private static final byte[] PONG = {ServerMessage.PONG};
    private static final int EARLY_MESSAGES = 256;
    private static final long EARLY_BYTES = 1 << 20;
    private static final long EARLY_BYTES_OF_A_STRANGER = 64 << 10;
    private static final int ADDRESS_CHARACTERS = 4_096;
    private static final int FAILED_LOGINS = 8;
    private static final int CLOSE_INVALID = 1007;
    private static final int CLOSE_TRY_LATER = 1013;
    private static final int CLOSE_UNAUTHENTICATED = 4401;
    private static final int CLOSE_LOGIN_TIMEOUT = 4408;

    private final Collaboration collaboration;
    private final WorkspaceId workspace;
    private final Access access;
    private final FrameReceiver out;
    private final Map<DocumentAddress, JoinedDocument> places = new ConcurrentHashMap<>();
    private final Set<DocumentAddress> denied = new HashSet<>();
    private final ArrayDeque<Early> early = new ArrayDeque<>();
    private long earlyBytes;
    private int failedLogins;
    private boolean isPonged;
    private volatile boolean knowsPing;
    private volatile @Nullable Member member;
    private volatile boolean isServed;

    /// Where messages of an address go.
    private record JoinedDocument(SharedDocument document, Subscription subscription) {}

    /// A message that came before its document's Auth.
    private record Early(DocumentAddress documentAddress, ClientMessage message, int bytes) {}

    HocuspocusConnection(
            Collaboration collaboration,
            WorkspaceId workspace,
            Access access,
            @Nullable Member loggedIn,
            FrameReceiver out) {
        this.collaboration = collaboration;
        this.workspace = workspace;
        this.access = access;
        this.out = out;
        member = loggedIn;
        out.whenRoom(this::roomAgain);
    }

    /// Takes one binary frame in. Waits, bounded, for room in the inbox of the document; a login
    /// waits for [Access#login].
    @Override
    public void receive(byte[] frame) {
        try {
            if (frame.length == 1) {
                control(frame[0]);
                return;
            }
            var in = new Lib0Decoder(frame);
            var documentAddress = new DocumentAddress(in.readVarString());
            if (documentAddress.wire().length() > ADDRESS_CHARACTERS) {
                out.close(CLOSE_INVALID, Failure.FRAME_MALFORMED.wireName());
                return;
            }
            dispatch(documentAddress, read(in, frame.length), frame.length);
        } catch (MalformedUpdateException _) {
            out.close(CLOSE_INVALID, Failure.FRAME_MALFORMED.wireName());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// The socket has ended: its clients leave their documents.
    @Override
    public void closed() {
        isServed = false;
        collaboration.disconnected(this);
        try {
            for (var joinedDocument : places.values()) {
                joinedDocument.document().depart(joinedDocument.subscription());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        places.clear();
    }

    /// Whether somebody has logged in on this socket, at its handshake or in-band.
    @Override
    public boolean isLoggedIn() {
        return member != null;
    }

    /// Whether this socket has the document open on its binary side.
    public boolean hasOpen(String path) {
        return places.entrySet().stream()
                .anyMatch(place ->
                        place.getValue().subscription().isOpen()
                                && place.getKey().path().equals(path));
    }

    /// Keeps a provider connected, which connects again when it receives no message for 30 s: one
    /// of version 4 by a Ping, an earlier one by an awareness message without states.
    void ping() {
        if (!isServed) {
            return;
        }
        if (knowsPing) {
            out.frame(PING);
        } else {
            places.keySet().stream()
                    .findFirst()
                    .ifPresent(address -> out.frame(ServerMessage.keepAlive().at(address)));
        }
    }

    /// Ends a socket that has not logged in.
    void loginTimedOut() {
        if (member == null) {
            out.close(CLOSE_LOGIN_TIMEOUT, Failure.UNAUTHENTICATED.wireName());
        }
    }

    private void control(byte type) {
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
        var joinedDocument = places.get(documentAddress);
        if (joinedDocument != null) {
            forward(joinedDocument, message, bytes);
            if (message instanceof ClientMessage.Leave) {
                places.remove(documentAddress);
            }
        } else if (!denied.contains(documentAddress) && !(message instanceof ClientMessage.Leave)) {
            keep(new Early(documentAddress, message, bytes));
        }
    }

    private void keep(Early message) {
        earlyBytes += message.bytes();
        // A stranger costs next to nothing to be, so that thousands must fit into the memory.
        long bytes = member == null ? EARLY_BYTES_OF_A_STRANGER : EARLY_BYTES;
        if (early.size() >= EARLY_MESSAGES || earlyBytes > bytes) {
            early.clear();
            if (member == null) {
                out.close(CLOSE_UNAUTHENTICATED, Failure.UNAUTHENTICATED.wireName());
            } else {
                out.close(CLOSE_TRY_LATER, Failure.TOO_MANY_REQUESTS.wireName());
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
            boolean isNew = !places.containsKey(documentAddress);
            if (isNew && places.size() >= collaboration.limits().documentsOfASocket()) {
                throw new FailureException(Failure.TOO_MANY_DOCUMENTS);
            }
            member = loggedIn;
            var joinedDocument = places.get(documentAddress);
            if (joinedDocument != null
                    && joinedDocument.subscription().isOpen()
                    && joinedDocument.subscription().member.equals(loggedIn)) {
                // A renewed login: what the document knows of this client stays.
                forward(joinedDocument, auth, auth.token().length());
            } else {
                open(documentAddress, loggedIn);
            }
        } catch (FailureException failure) {
            deny(documentAddress, failure.failure());
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
        var before = places.put(documentAddress, new JoinedDocument(document, subscription));
        denied.remove(documentAddress);
        if (!document.join(subscription, before == null ? null : before.subscription())) {
            collaboration.release(document);
            // The former subscription is still at the document, and leaves it with the socket.
            if (before == null) {
                places.remove(documentAddress);
            } else {
                places.put(documentAddress, before);
            }
            giveUp();
            return;
        }
        for (var waiting = early.iterator(); waiting.hasNext(); ) {
            var message = waiting.next();
            if (message.documentAddress().equals(documentAddress)) {
                waiting.remove();
                earlyBytes -= message.bytes();
                forward(
                        new JoinedDocument(document, subscription),
                        message.message(),
                        message.bytes());
            }
        }
    }

    private void deny(DocumentAddress documentAddress, Failure why) throws InterruptedException {
        var joinedDocument = places.remove(documentAddress);
        if (joinedDocument != null) {
            joinedDocument.document().depart(joinedDocument.subscription());
        }
        out.frame(ServerMessage.denied(why).at(documentAddress));
        early.removeIf(message -> message.documentAddress().equals(documentAddress));
        earlyBytes = early.stream().mapToLong(Early::bytes).sum();
        denied.add(documentAddress);
        failedLogins += why == Failure.UNAUTHENTICATED ? 1 : 0;
        if (failedLogins >= FAILED_LOGINS) {
            out.close(CLOSE_UNAUTHENTICATED, Failure.UNAUTHENTICATED.wireName());
        } else if (denied.size() > collaboration.limits().documentsOfASocket()) {
            out.close(CLOSE_TRY_LATER, Failure.TOO_MANY_DOCUMENTS.wireName());
        }
    }

    private void forward(JoinedDocument joinedDocument, ClientMessage message, int bytes)
            throws InterruptedException {
        if (!joinedDocument.subscription().isShut()
                && !joinedDocument
                        .document()
                        .receive(joinedDocument.subscription(), message, bytes)) {
            giveUp();
        }
    }

    /// A document took no message for long: a lost one would leave its sender waiting for ever, so
    /// that the socket ends and the client begins anew.
    private void giveUp() {
        out.close(CLOSE_TRY_LATER, Failure.DOCUMENT_UNAVAILABLE.wireName());
    }

    private void roomAgain() {
        places.values().forEach(joinedDocument -> joinedDocument.document().roomAgain());
    }
}
