package dev.qide.server.tools.change;

import com.google.gson.JsonObject;
import dev.qide.server.collab.Access;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.collab.FrameSender;
import dev.qide.server.collab.HocuspocusConnection;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.Awareness;
import dev.qide.yjs.DecodeLimits;
import dev.qide.yjs.Doc;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.SyncProtocol;
import dev.qide.yjs.YText;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A client of one shared document within the server, in Hocuspocus framing: it has its own name in
/// presence, and its edits take the same path as those of every other client.
///
/// Its replica is owned by its actor. Thread-safe; calls block.
final class DocumentParticipant implements FrameSender, AutoCloseable {
    /// The root type of the text, as in every editor.
    static final String TEXT_ROOT = "content";

    /// The wait for a commit, and for the document to load.
    private static final Duration WAIT = Duration.ofSeconds(20);

    private static final int FRAMES = 8_192;
    private static final int WRITABLE_FRAMES = 1_024;
    private static final byte[] PONG = {10};
    private static final int PING = 9;
    private static final int SYNC = 0;
    private static final int AWARENESS = 1;
    private static final int AUTH = 2;
    private static final int CLOSE = 7;
    private static final int SYNC_STATUS = 8;
    private static final int DENIED = 1;
    private static final String COLOR = "#7c3aed";
    private static final Object OWN = new Object();

    private final String path;
    private final String name;
    private final Doc doc;
    private final YText text;
    private final Actor actor;
    private final HocuspocusConnection connection;
    private final CompletableFuture<Boolean> synced = new CompletableFuture<>();
    private final Deque<CompletableFuture<Boolean>> unacknowledged = new ArrayDeque<>();
    private volatile @Nullable Runnable onWritable;
    private volatile @Nullable Failure end;
    private boolean hasAnswered;
    private boolean isPresent;
    private long awarenessClock;

    /// Joins a document; the file must exist.
    ///
    /// @param access checked at every edit
    /// @param member the name that others see, and a key of its own
    DocumentParticipant(
            Collaboration documents,
            WorkspaceId workspace,
            String path,
            Access access,
            Access.Member member,
            RandomGenerator random) {
        this.path = path;
        name = member.name();
        doc =
                new Doc(
                        new Doc.Options(
                                random.nextLong(1L << 32), false, false, DecodeLimits.STANDARD));
        text = doc.text(TEXT_ROOT);
        actor = new Actor("participant", FRAMES);
        connection = documents.connect(workspace, access, member, this);
        var _ =
                actor.offer(() -> {
                    send(type(AUTH).writeVarUint(0).writeVarString("").writeVarString("4.0.0"));
                    sync(new SyncProtocol.Message.Step1(StateVector.EMPTY));
                });
    }

    /// Computes on the replica, once it has the document.
    ///
    /// @throws FailureException the reason why the document has ended or could not be opened
    <T> T compute(Computation<T> computation) throws InterruptedException {
        var _ = await(synced);
        return onActor(() -> computation.on(doc, text));
    }

    /// A computation on the replica.
    interface Computation<T> {
        T on(Doc doc, YText text);
    }

    /// An edit of the replica.
    interface Edit {
        void on(Doc doc, YText text);
    }

    /// Makes edits in one transaction and waits until they are committed. Where the replica has all
    /// of them already, waits until what was sent before is committed.
    ///
    /// @param updates are applied first
    /// @throws FailureException `FORBIDDEN`, or the reason why the document has ended
    void edit(List<byte[]> updates, Edit edit) throws InterruptedException {
        var _ = await(synced);
        var committed =
                onActor(() -> {
                    var acknowledgement = new CompletableFuture<Boolean>();
                    var remove =
                            doc.onUpdate((update, origin) -> {
                                if (OWN.equals(origin)) {
                                    unacknowledged.add(acknowledgement);
                                    sync(new SyncProtocol.Message.Update(update));
                                }
                            });
                    int before = unacknowledged.size();
                    try {
                        doc.transact(
                                OWN,
                                _ -> {
                                    updates.forEach(update -> doc.applyUpdate(update, OWN));
                                    edit.on(doc, text);
                                });
                    } finally {
                        remove.run();
                    }
                    if (unacknowledged.size() > before) {
                        return acknowledgement;
                    }
                    var newest = unacknowledged.peekLast();
                    return newest != null ? newest : CompletableFuture.completedFuture(true);
                });
        if (!await(committed)) {
            throw new FailureException(Failure.FORBIDDEN);
        }
    }

    /// Shows or hides the participant in presence; also renews a state, which expires after 30 s.
    void present(boolean isShown) {
        var _ =
                actor.offer(() -> {
                    if (!isShown && !isPresent) {
                        return;
                    }
                    isPresent = isShown;
                    awarenessClock++;
                    var entry =
                            new Awareness.Entry(
                                    doc.clientId(), awarenessClock, isShown ? state() : null);
                    send(type(AWARENESS).writeVarBytes(Awareness.encode(List.of(entry))));
                });
    }

    /// Why the document has ended for this participant; null while it has not.
    @Nullable Failure end() {
        return end;
    }

    @Override
    public void close() {
        ended(Failure.SERVER_CANCELLED);
        actor.close();
        connection.closed();
    }

    @Override
    public void frame(byte[] frame) {
        if (!actor.offer(() -> take(frame))) {
            ended(Failure.DOCUMENT_UNAVAILABLE);
        }
    }

    @Override
    public boolean isWritable() {
        return actor.waiting() < WRITABLE_FRAMES;
    }

    @Override
    public void onWritable(Runnable callback) {
        onWritable = callback;
    }

    @Override
    public boolean isDocumentsOnly() {
        return false;
    }

    @Override
    public void close(int code, String reason) {
        ended(named(reason));
    }

    private String state() {
        var user = new JsonObject();
        user.addProperty("name", name);
        user.addProperty("color", COLOR);
        user.addProperty("type", "agent");
        var state = new JsonObject();
        state.add("user", user);
        return state.toString();
    }

    private void take(byte[] frame) {
        if (frame.length == 1) {
            if (frame[0] == PING) {
                connection.receive(PONG);
            }
            return;
        }
        var in = new Lib0Decoder(frame);
        var _ = in.readVarString();
        switch ((int) in.readVarUint()) {
            case SYNC -> take(SyncProtocol.decode(in));
            case AUTH -> {
                if (in.readVarUint() == DENIED) {
                    ended(named(in.readVarString()));
                }
            }
            case CLOSE -> ended(named(in.readVarString()));
            case SYNC_STATUS -> acknowledge(in.readVarUint() == 1);
            default -> {}
        }
        var writable = onWritable;
        if (writable != null && actor.waiting() == 0) {
            writable.run();
        }
    }

    private void take(SyncProtocol.Message message) {
        switch (message) {
            // The server asks again for an update that it dropped.
            case SyncProtocol.Message.Step1(var vector) -> {
                if (!hasAnswered) {
                    hasAnswered = true;
                    // It acknowledges the first answer alone.
                    unacknowledged.add(new CompletableFuture<>());
                }
                sync(new SyncProtocol.Message.Step2(doc.encodeStateAsUpdate(vector)));
            }
            case SyncProtocol.Message.Step2(var update) -> {
                doc.applyUpdate(update);
                synced.complete(true);
            }
            case SyncProtocol.Message.Update(var update) -> doc.applyUpdate(update);
        }
    }

    private void acknowledge(boolean isSaved) {
        var oldest = unacknowledged.poll();
        if (oldest != null) {
            oldest.complete(isSaved);
        }
    }

    private void ended(Failure why) {
        if (end == null) {
            end = why;
        }
        synced.completeExceptionally(new FailureException(why));
        var _ =
                actor.offer(() -> {
                    unacknowledged.forEach(
                            waiting -> waiting.completeExceptionally(new FailureException(why)));
                    unacknowledged.clear();
                });
    }

    private static Failure named(String wireName) {
        return Arrays.stream(Failure.values())
                .filter(failure -> failure.wireName().equals(wireName))
                .findFirst()
                .orElse(Failure.DOCUMENT_UNAVAILABLE);
    }

    private void sync(SyncProtocol.Message message) {
        send(type(SYNC).writeRaw(SyncProtocol.encode(message)));
    }

    private Lib0Encoder type(int type) {
        return new Lib0Encoder().writeVarString(path).writeVarUint(type);
    }

    private void send(Lib0Encoder frame) {
        connection.receive(frame.toBytes());
    }

    private <T> T onActor(Callable<T> task) throws InterruptedException {
        var result = new CompletableFuture<T>();
        boolean isQueued =
                actor.put(
                        () -> {
                            try {
                                result.complete(task.call());
                            } catch (Exception failure) {
                                result.completeExceptionally(failure);
                            }
                        },
                        WAIT);
        if (!isQueued) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        return await(result);
    }

    private <T> T await(CompletableFuture<T> result) throws InterruptedException {
        var why = end;
        if (why != null) {
            throw new FailureException(why);
        }
        try {
            return result.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE, Map.of(), late);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof FailureException named
                    ? named
                    : new FailureException(Failure.INTERNAL, Map.of(), failure);
        }
    }
}
