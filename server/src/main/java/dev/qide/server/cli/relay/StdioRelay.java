package dev.qide.server.cli.relay;

import dev.qide.server.cli.relay.ServerConnection.UnreachableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Relays messages between an editor's stdio and a server's WebSocket.
///
/// [#run] blocks the calling thread until the editor closes its end or sends `exit`. When the
/// connection is lost it connects again, for as long as that takes, and tells the server what the
/// editor has open ([ReplayState]): the editor's client goes on. It buffers one message per
/// direction, and answers that wait for the files to which they lead ([ExternalFiles]): a slow
/// reader blocks its writer.
public final class StdioRelay {
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);
    private static final Duration INITIALIZE_WITHIN = Duration.ofMinutes(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    /// After a shorter connection the pause grows: the server may refuse what it is told.
    private static final Duration STABLE_AFTER = Duration.ofSeconds(10);

    private static final int LONGEST_DOUBLING = 10;

    /// Attempts after which the person is told.
    private static final int QUIET_ATTEMPTS = 3;

    /// `MessageType` (LSP 3.18).
    private static final int ERROR = 1;

    private static final int WARNING = 2;

    private static final int INFO = 3;

    private static final String OPENED = "textDocument/didOpen";
    private static final String CLOSED = "textDocument/didClose";
    private static final String SHUTDOWN = "shutdown";
    private static final String EXIT = "exit";

    private final Endpoint endpoint;
    private final EditorStream editor;
    private final ExternalFiles files;
    private final ReplayState state = new ReplayState();

    /// Guarded by `sending`.
    private final LargeDocuments large = new LargeDocuments();

    private final CompletableFuture<Boolean> leaving = new CompletableFuture<>();

    /// Guards `connection`, and the order of what is sent. Nobody waits for an answer of the server
    /// or for the editor while holding it; sending ends at the latest when the connection does.
    private final ReentrantLock sending = new ReentrantLock();

    private @Nullable ServerConnection connection;
    private volatile @Nullable String malformed;

    /// @param in what the editor writes
    /// @param out what the editor reads
    /// @param copies folder for documents outside the workspace
    /// @throws IOException when the folder cannot be made
    public StdioRelay(Endpoint endpoint, InputStream in, PrintStream out, Path copies)
            throws IOException {
        this.endpoint = endpoint;
        editor = new EditorStream(in, out);
        files = new ExternalFiles(copies, this::send, this::toEditor);
    }

    /// @throws IllegalArgumentException with a sentence when the server cannot be reached at first,
    ///   or refuses, or when the editor sends no LSP message
    public void run() throws InterruptedException {
        var open = first();
        int shortConnections = 0;
        use(open);
        var _ = Thread.ofPlatform().daemon().name("stdin").start(this::relayInput);
        while (open != null) {
            long begun = System.nanoTime();
            open.awaitEnd();
            boolean isShort = System.nanoTime() - begun < STABLE_AFTER.toNanos();
            shortConnections = isShort ? shortConnections + 1 : 0;
            if (open.isNormal()) {
                var _ = leaving.complete(true);
            }
            lost();
            open.abort("");
            open = isLeaving() ? null : again(open.closeReason(), shortConnections);
        }
        if (malformed != null) {
            throw new IllegalArgumentException(malformed);
        }
    }

    private ServerConnection first() {
        try {
            return connected();
        } catch (UnreachableException failure) {
            throw new IllegalArgumentException(failure.getMessage(), failure);
        }
    }

    private ServerConnection connected() throws UnreachableException {
        return ServerConnection.open(endpoint, files::fromServer);
    }

    /// Connects until it succeeds; null when the editor has left meanwhile.
    ///
    /// @param attempts that have failed before, or were followed by a short connection
    private @Nullable ServerConnection again(String reason, int attempts)
            throws InterruptedException {
        for (int attempt = attempts + 1; !isLeavingWithin(pause(attempt)); attempt++) {
            if (attempt == QUIET_ATTEMPTS) {
                show(
                        WARNING,
                        "The connection to %s is lost (%s): connecting again."
                                .formatted(endpoint, reason));
            }
            try {
                var open = connected();
                // An editor that leaves later finds the connection and ends it.
                if (isReplayed(open) && !isLeaving()) {
                    if (attempt >= QUIET_ATTEMPTS) {
                        show(INFO, "Connected to %s again.".formatted(endpoint));
                    }
                    return open;
                }
                open.abort("");
                lost();
            } catch (UnreachableException _) {
                // The next attempt comes after a longer pause.
            } catch (IllegalArgumentException refused) {
                // Editors hide what a language server writes to stderr.
                show(ERROR, String.valueOf(refused.getMessage()));
                throw refused;
            }
        }
        return null;
    }

    /// Milliseconds, doubled with each attempt, and jittered.
    private static long pause(int attempt) {
        long longer = FIRST_PAUSE.toMillis() << Math.min(attempt - 1, LONGEST_DOUBLING);
        long pause = Math.min(longer, LONGEST_PAUSE.toMillis());
        return pause / 2 + ThreadLocalRandom.current().nextLong(pause);
    }

    private void show(int type, String sentence) {
        editor.write(ReplayState.shown(type, sentence));
    }

    /// Tells the server of a new connection what the editor has open, and uses it. Until then the
    /// editor's requests fail as without a connection.
    private boolean isReplayed(ServerConnection open) throws InterruptedException {
        try {
            if (isInitializing(open)) {
                if (!isInitialized(open)) {
                    return false;
                }
                replayRest(open);
            }
            return true;
        } catch (CompletionException _) {
            return false;
        }
    }

    /// Sends the editor's `initialize`, or uses the connection at once if it has not sent any yet.
    private boolean isInitializing(ServerConnection open) {
        sending.lock();
        try {
            var initialize = state.initialize();
            if (initialize == null) {
                connection = open;
                return false;
            }
            open.send(files.fromEditor(initialize));
            return true;
        } finally {
            sending.unlock();
        }
    }

    /// Waits for the answer to `initialize`, as long as there is a server and an editor. On `/lsp`
    /// it takes as long as the start of the language server.
    private boolean isInitialized(ServerConnection open) throws InterruptedException {
        var answered = state.initializeAnswered();
        try {
            var _ =
                    CompletableFuture.anyOf(answered, open.end(), leaving)
                            .get(INITIALIZE_WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException _) {
            return false;
        }
        return answered.isDone();
    }

    private void replayRest(ServerConnection open) {
        var sentences = new ArrayList<String>();
        sending.lock();
        try {
            for (var message : state.afterInitialize()) {
                if (LargeDocuments.isTooLong(message)) {
                    sentences.addAll(withheld(message));
                } else if (!large.concerns(message)) {
                    open.send(files.fromEditor(message));
                }
            }
            connection = open;
        } finally {
            sending.unlock();
        }
        sentences.forEach(editor::write);
    }

    /// Notes that a document is too large.
    ///
    /// @return what the editor is told
    private List<String> withheld(String message) {
        var uri = LargeDocuments.documentOf(message);
        return uri == null || !large.add(uri)
                ? List.of()
                : List.of(ReplayState.shown(WARNING, LargeDocuments.refusal(uri)));
    }

    private void use(@Nullable ServerConnection open) {
        sending.lock();
        try {
            connection = open;
        } finally {
            sending.unlock();
        }
    }

    private @Nullable ServerConnection current() {
        sending.lock();
        try {
            return connection;
        } finally {
            sending.unlock();
        }
    }

    private void lost() {
        use(null);
        state.lost().forEach(editor::write);
    }

    /// The editor's messages, until it closes its end.
    private void relayInput() {
        try {
            for (var message = editor.next(); message != null; message = editor.next()) {
                fromEditor(message);
            }
        } catch (IOException failure) {
            malformed = "the editor sent no LSP message: " + failure.getMessage();
        }
        leave();
    }

    private void fromEditor(String message) {
        var head = JsonRpcMembers.of(message);
        List<String> answers = List.of();
        boolean isSent = false;
        sending.lock();
        try {
            answers = answered(message, head);
            isSent = connection != null;
        } catch (CompletionException _) {
            // The thread of #run notices the end, and connects again.
        } finally {
            sending.unlock();
        }
        answers.forEach(editor::write);
        if (head.is(EXIT) && !isSent) {
            leave();
        }
    }

    /// Sends a message to the server, if there is a connection and the server takes the message.
    ///
    /// @return what the editor is sent at once
    private List<String> answered(String message, JsonRpcMembers head) {
        if (LargeDocuments.isTooLong(message)) {
            return tooLong(message, head);
        }
        if (large.concerns(message)) {
            if (head.is(CLOSED)) {
                large.remove(LargeDocuments.documentOf(message));
                state.fromEditor(message);
            }
            return head.isRequest()
                    ? List.of(ReplayState.nothing(String.valueOf(head.id())))
                    : List.of();
        }
        if (connection == null && head.is(SHUTDOWN)) {
            return List.of(ReplayState.nothing(String.valueOf(head.id())));
        }
        if (!state.fromEditor(message)) {
            return List.of();
        }
        if (connection == null) {
            return state.failures();
        }
        connection.send(files.fromEditor(message));
        return List.of();
    }

    /// A message that would end the connection is not sent. A document that has grown too large is
    /// closed there.
    private List<String> tooLong(String message, JsonRpcMembers head) {
        if (head.isRequest()) {
            return List.of(
                    ReplayState.refused(String.valueOf(head.id()), "The message is too long."));
        }
        var uri = LargeDocuments.documentOf(message);
        var sentences = withheld(message);
        if (uri != null && !sentences.isEmpty() && !head.is(OPENED)) {
            var closed = ReplayState.closed(uri);
            if (state.fromEditor(closed) && connection != null) {
                connection.send(files.fromEditor(closed));
            }
        }
        return sentences;
    }

    private void leave() {
        var _ = leaving.complete(true);
        var open = current();
        if (open == null) {
            return;
        }
        // A server that does not read must not hold the editor up.
        var _ = Thread.ofPlatform().daemon().name("close").start(open::close);
        try {
            // Messages that the server still sends reach the editor.
            var _ = open.hasEnded(CLOSE_WITHIN);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        open.abort("");
    }

    private boolean isLeaving() {
        return leaving.isDone();
    }

    private boolean isLeavingWithin(long millis) throws InterruptedException {
        try {
            return leaving.get(millis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException _) {
            return false;
        }
    }

    /// Sends a request of the relay itself.
    ///
    /// @throws CompletionException when there is no connection
    private void send(String message) {
        sending.lock();
        try {
            if (connection == null) {
                throw new CompletionException(new IOException("there is no connection"));
            }
            connection.send(message);
        } finally {
            sending.unlock();
        }
    }

    private void toEditor(String message) {
        if (state.fromServer(message)) {
            editor.write(message);
        }
    }
}
