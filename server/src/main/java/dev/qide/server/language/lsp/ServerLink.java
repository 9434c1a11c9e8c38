package dev.qide.server.language.lsp;

import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.language.Background;
import dev.qide.server.language.EditorClient;
import dev.qide.server.language.FileEvent;
import dev.qide.server.language.process.ResourceMonitor;
import dev.qide.server.language.process.RestartPolicy;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.process.ServerLauncher;
import dev.qide.server.language.process.ServerProcess;
import dev.qide.server.language.process.ServerUnavailable;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One editor session's server of one language, through all its starts and stops.
///
/// An editor's message is delivered when the server runs, and waits in order while it is being
/// installed or started. A server that ends is started again, when [RestartPolicy] says, with the
/// same `initialize` and all documents as last told; [RetryPolicy] says what becomes of the
/// requests that were under way. A server that nobody uses is stopped and comes back the same way.
///
/// Thread-safe: [#send(String)] and [#close()] may be called by anyone, all else runs on the owner,
/// which is whoever sends a message or hears one while nothing else is to be done. The owner never
/// waits for the server: a server that does not read is stopped.
public final class ServerLink implements AutoCloseable {
    private static final int INBOX_MESSAGES = 1024;
    private static final int INBOX_CHARACTERS = 32 << 20;
    private static final Duration SEND_WAIT = Duration.ofSeconds(30);
    private static final Duration INITIALIZE_WAIT = Duration.ofMinutes(1);
    private static final Duration SWEEP_PERIOD = Duration.ofSeconds(1);
    private static final Duration REFUSAL = Duration.ofSeconds(10);
    private static final String DEFECT =
            "It could not be started for a reason that the server's log names. It is tried again with your next change.";

    private final ServerContext context;
    private final ServerLauncher launcher;
    private final ClientNotifier notifier;
    private final LinkShares.Counts counts;
    private final ResourceMonitor monitor;
    private final LspSession dialogue;
    private final Actor actor;
    private final FileEvents fileEvents;
    private final Actor.Signal trust;
    private final Scheduler.Timer sweep;
    private final Semaphore fromEditor = new Semaphore(INBOX_CHARACTERS);
    private final Semaphore fromServer = new Semaphore(INBOX_CHARACTERS);
    private final AtomicReference<@Nullable ServerProcess> alive = new AtomicReference<>();
    private final RestartPolicy restartPolicy = new RestartPolicy();
    private volatile boolean isClosed;
    private volatile long lastUsedNanos = System.nanoTime();
    private ServerState state = new ServerState.Idle();

    public ServerLink(
            ServerContext context,
            ServerLauncher launcher,
            EditorClient editor,
            Background background,
            LinkShares shares) {
        this.context = context;
        this.launcher = launcher;
        this.counts = shares.counts();
        this.monitor = shares.monitor();
        notifier = new ClientNotifier(context, editor, shares.external());
        dialogue =
                new LspSession(
                        this, notifier, new MessageTexts(background.cpu()), shares.requests());
        actor =
                new Actor(
                        "language-" + context.server().language() + "-" + context.session(),
                        INBOX_MESSAGES);
        fileEvents = new FileEvents(actor, this::tellFileEvents);
        trust = actor.signal(this::lookAtTrust);
        var overdue = actor.signal(this::sweep);
        sweep = background.scheduler().every(SWEEP_PERIOD, overdue::raise);
    }

    /// Takes a message of the editor; waits, bounded, for room.
    public void send(String message) {
        lastUsedNanos = System.nanoTime();
        boolean isIn = enqueue(fromEditor, message, () -> dialogue.fromEditor(message));
        if (!isIn && !isClosed) {
            fromBusyEditor(message);
        }
    }

    /// A file of the workspace has changed on disk. Never blocks.
    public void fileChanged(String path, FileEvent event) {
        fileEvents.add(path, event);
    }

    /// The workspace is trusted now, or no longer. Never blocks.
    public void trustChanged() {
        trust.raise();
    }

    public Optional<Long> pid() {
        return Optional.ofNullable(alive.get()).map(ServerProcess::pid);
    }

    /// Kills the server; nothing is answered any more.
    @Override
    public void close() {
        isClosed = true;
        sweep.cancel();
        kill();
        actor.close();
        kill();
    }

    // What follows runs on the owner, called by the dialogue.

    ServerState state() {
        return state;
    }

    /// Starts the server if it does not run and may run now.
    void wake() {
        switch (state) {
            case ServerState.Idle _ -> start(Duration.ZERO);
            case ServerState.Stopped(var refusal, var untilNanos) -> {
                boolean isTrustedNow =
                        refusal == Failure.LANGUAGE_NOT_TRUSTED && refusalNow() == null;
                var left =
                        isTrustedNow
                                ? Duration.ZERO
                                : Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime()));
                if (!dialogue.isShutDown() && (refusal == null || left.isZero())) {
                    start(left);
                }
            }
            case ServerState.Starting _, ServerState.Initializing _, ServerState.Ready _ -> {}
        }
    }

    /// Gives a message to the server, if it is still this one.
    void offer(RunningServer running, String text) {
        if (running(running.process()) == running && !running.process().offer(text)) {
            crashed(running, "it does not read what it is told");
        }
    }

    /// The server has answered `initialize`.
    void initialized(RunningServer running, JsonRpcEnvelope envelope, String message) {
        dialogue.initializeAnswered(running, envelope, message);
        if (envelope.isError()) {
            crashed(running, "it refused to work");
            return;
        }
        state = new ServerState.Ready(running);
        notifier.status("The " + notifier.title() + " is ready.", false);
        dialogue.begin(running);
    }

    /// The server ended, or has to.
    void crashed(RunningServer running, String reason) {
        if (dialogue.isShutDown()) {
            stop(Failure.LANGUAGE_STOPPED, null, Duration.ZERO);
            return;
        }
        counts.stops().increment();
        notifier.log("language.server_stopped", "a language server stopped");
        var verdict =
                restartPolicy.ended(running.hasServed(), running.ranNanos(), System.nanoTime());
        var sentence = "The " + notifier.title() + " stopped: " + reason + ". ";
        switch (verdict) {
            case RestartPolicy.Verdict.Again(var wait) when dialogue.isNeeded() -> {
                kill();
                state = new ServerState.Stopped(null, System.nanoTime());
                dialogue.interrupted();
                notifier.status(sentence + "It is being started again.", true);
                start(wait);
            }
            case RestartPolicy.Verdict.Again(var wait) ->
                    stop(null, sentence + "It starts again with your next change.", wait);
            case RestartPolicy.Verdict.GivenUp(var pause) ->
                    stop(Failure.LANGUAGE_UNAVAILABLE, sentence + gaveUp(pause), pause);
        }
    }

    /// Forgets the process; everything open is answered.
    ///
    /// @param refusal what requests get; null when it may be started again
    /// @param sentence for the person, null for none
    void stop(@Nullable Failure refusal, @Nullable String sentence, Duration until) {
        kill();
        state = new ServerState.Stopped(refusal, System.nanoTime() + until.toNanos());
        dialogue.end(refusal == null ? Failure.LANGUAGE_STOPPED : refusal);
        if (sentence != null) {
            notifier.status(sentence, true);
        }
    }

    private static String gaveUp(Duration pause) {
        return "It has served no request in %d starts and is tried again with your next change after %d seconds."
                .formatted(RestartPolicy.EMPTY_STARTS, pause.toSeconds());
    }

    private void start(Duration delay) {
        state = new ServerState.Starting();
        notifier.status("The " + notifier.title() + " is starting.", false);
        BackgroundTask.start(
                Thread.ofVirtual().name("language-start"),
                () -> launch(delay),
                _ -> toOwner(() -> stop(Failure.LANGUAGE_UNAVAILABLE, DEFECT, REFUSAL)));
    }

    /// Runs on a thread of its own, since installing takes time.
    private void launch(Duration delay) throws InterruptedException {
        try {
            Thread.sleep(delay);
            var launched =
                    launcher.launch(
                            context.server(),
                            context.folder(),
                            new Listener(),
                            sentence -> notifier.status(sentence, false));
            var process = launched.process();
            alive.set(process);
            monitor.watch(process.pid(), context.server().limits(), process::end);
            counts.running().move(1);
            if (isClosed || !toOwner(() -> launched(launched))) {
                kill();
            }
        } catch (ServerUnavailable unavailable) {
            toOwner(() -> stop(unavailable.failure(), unavailable.sentence(), REFUSAL));
        }
    }

    private void launched(ServerLauncher.Launched launched) {
        lookAtTrust();
        if (!(state instanceof ServerState.Starting)) {
            // The editor left while it started, or its workspace is trusted no longer.
            kill();
            return;
        }
        var handshake = dialogue.handshake();
        var client = handshake.initialize();
        var table = InitializeParamsWriter.requests(context, launched, handshake);
        var uris = InitializeParamsWriter.clientUris(context, handshake);
        var running = new RunningServer(launched, uris, table);
        var number = dialogue.nextNumber();
        var deadline = System.nanoTime() + INITIALIZE_WAIT.toNanos();
        state = new ServerState.Initializing(running, number, deadline);
        running.process().begin();
        var params = InitializeParamsWriter.params(context, launched, table.declared(), client);
        dialogue.settings().addOptions(running, params, client);
        offer(running, MessageWriter.request(number, "initialize", params));
        if (launched.warning() != null) {
            notifier.status(launched.warning(), true);
        }
    }

    /// A server that does not run yet reads its files when it starts.
    private void tellFileEvents() {
        boolean isOverflown = fileEvents.isOverflown();
        var message = fileEvents.take(dialogue.handshake().root());
        if (isOverflown && state instanceof ServerState.Ready(var running)) {
            crashed(running, "more files changed at once than it can be told of");
        } else if (message != null && state instanceof ServerState.Ready) {
            dialogue.fromEditor(message);
        }
    }

    /// A server that runs only because it was trusted is stopped at once.
    private void lookAtTrust() {
        var refusal = refusalNow();
        boolean isUp = !(state instanceof ServerState.Idle || state instanceof ServerState.Stopped);
        if (refusal != null && isUp) {
            stop(Failure.LANGUAGE_NOT_TRUSTED, refusal, REFUSAL);
        }
    }

    private @Nullable String refusalNow() {
        return launcher.refusal(context.server(), context.folder());
    }

    private void sweep() {
        dialogue.sweep();
        if (state instanceof ServerState.Initializing(var running, _, var deadline)
                && System.nanoTime() - deadline >= 0) {
            crashed(running, "it did not answer in time");
        }
        var unused = Duration.ofNanos(System.nanoTime() - lastUsedNanos);
        if (state instanceof ServerState.Ready
                && dialogue.isQuiet()
                && unused.compareTo(context.server().limits().idle()) >= 0) {
            kill();
            state = new ServerState.Idle();
            dialogue.rested();
            notifier.log("language.server_rested", "an unused language server was stopped");
        }
    }

    private @Nullable RunningServer running(ServerProcess process) {
        var running =
                switch (state) {
                    case ServerState.Ready(var ready) -> ready;
                    case ServerState.Initializing(var to, _, _) -> to;
                    case ServerState.Idle _, ServerState.Starting _, ServerState.Stopped _ -> null;
                };
        return running != null && running.process() == process ? running : null;
    }

    private void kill() {
        var process = alive.getAndSet(null);
        if (process != null) {
            monitor.forget(process.pid());
            process.close();
            counts.running().move(-1);
        }
    }

    private void fromBusyEditor(String message) {
        try {
            var envelope = JsonRpcEnvelope.read(message);
            if (envelope.isRequest()) {
                notifier.fail(envelope.id(), Failure.SERVER_CANCELLED);
            }
        } catch (FailureException unreadable) {
            notifier.fail(null, unreadable.failure());
        }
    }

    private boolean enqueue(Semaphore room, String message, Runnable task) {
        int weight = Math.min(message.length(), INBOX_CHARACTERS);
        try {
            if (!room.tryAcquire(weight, SEND_WAIT.toSeconds(), TimeUnit.SECONDS)) {
                return false;
            }
            boolean isIn =
                    actor.run(
                            () -> {
                                room.release(weight);
                                task.run();
                            },
                            SEND_WAIT);
            if (!isIn) {
                room.release(weight);
            }
            return isIn;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    boolean toOwner(Runnable task) {
        try {
            while (!isClosed) {
                if (actor.put(task, SEND_WAIT)) {
                    return true;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /// Called on the process's reading thread.
    private final class Listener implements ServerProcess.Listener {
        @Override
        public void said(ServerProcess from, String message) {
            boolean isIn =
                    enqueue(
                            fromServer,
                            message,
                            () -> {
                                var running = running(from);
                                if (running != null) {
                                    dialogue.fromServer(running, message);
                                }
                            });
            if (!isIn && !isClosed) {
                throw new IllegalStateException("The owner of a language server is stuck.");
            }
        }

        @Override
        public void ended(ServerProcess which, String reason) {
            toOwner(() -> {
                var running = running(which);
                if (running != null) {
                    crashed(running, reason);
                }
            });
        }
    }
}
