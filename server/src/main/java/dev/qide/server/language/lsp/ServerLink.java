package dev.qide.server.language.lsp;

import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.language.BackgroundExecutors;
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
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The link between one editor session and its server of one language, over all restarts.
///
/// An editor's message waits in order while the server is installed or started. A server that ends
/// is restarted when [RestartPolicy] allows, with the same `initialize` and all open documents;
/// [RetryPolicy] decides about the pending requests. An idle server is stopped until it is needed.
///
/// Thread-safe: any thread may call [#send(String)] and [#close()]. Everything else runs on the
/// owner, one thread at a time: the thread that delivers a message to an idle link, or the actor.
/// The owner never waits for the server: a server that does not read is stopped.
public final class ServerLink implements AutoCloseable {
    private static final int INBOX_MESSAGES = 1024;
    private static final int INBOX_CHARACTERS = 32 << 20;
    private static final Duration SEND_WAIT = Duration.ofSeconds(30);
    private static final Duration INITIALIZE_WAIT = Duration.ofMinutes(1);
    private static final Duration SWEEP_PERIOD = Duration.ofSeconds(1);
    private static final Duration REFUSAL = Duration.ofSeconds(10);
    private static final String DEFECT =
            "The language server could not be started. Your next change starts it again; the server's log has the reason.";

    private final ServerContext context;
    private final ServerLauncher launcher;
    private final ClientNotifier notifier;
    private final SharedLinkServices.LanguageServerMetrics metrics;
    private final ResourceMonitor monitor;
    private final LspSession session;
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
            BackgroundExecutors executors,
            SharedLinkServices shared) {
        this.context = context;
        this.launcher = launcher;
        this.metrics = shared.serverMetrics();
        this.monitor = shared.monitor();
        notifier = new ClientNotifier(context, editor, shared.external());
        session = new LspSession(this, notifier, new MessageTexts(executors.cpu()), shared);
        actor =
                new Actor(
                        "language-" + context.server().language() + "-" + context.session(),
                        INBOX_MESSAGES);
        fileEvents = new FileEvents(actor, context.server(), this::sendFileEvents);
        trust = actor.signal(this::checkTrust);
        var overdue = actor.signal(this::sweep);
        sweep = executors.scheduler().every(SWEEP_PERIOD, overdue::raise);
    }

    /// Receives a message of the editor; waits, for a bounded time, for capacity.
    public void send(String message) {
        lastUsedNanos = Cancellation.is(message) ? lastUsedNanos : System.nanoTime();
        var task = fileEvents.before(() -> session.fromEditor(message));
        if (!enqueue(fromEditor, message, Trace.wrap(task)) && !isClosed) {
            fromBusyEditor(message);
        }
    }

    /// Notifies the server of a changed file that it watches. Never blocks.
    public void fileChanged(String path, FileEvent event) {
        fileEvents.add(path, event);
    }

    /// Applies a change of the workspace's trust. Never blocks.
    public void trustChanged() {
        trust.raise();
    }

    public Optional<Long> pid() {
        return Optional.ofNullable(alive.get()).map(ServerProcess::pid);
    }

    /// Kills the server; no further message is answered.
    @Override
    public void close() {
        isClosed = true;
        sweep.cancel();
        kill();
        actor.close();
        kill();
    }

    // The following methods run on the owner; the session calls them.

    ServerState state() {
        return state;
    }

    /// Starts the server unless it runs or may not run now.
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
                if (!session.isShutDown() && (refusal == null || left.isZero())) {
                    start(left);
                }
            }
            case ServerState.Starting _, ServerState.Initializing _, ServerState.Ready _ -> {}
        }
    }

    /// Sends a message to the server, if it is still the current one.
    void offer(RunningServer running, String text) {
        if (running(running.process()) == running && !running.process().offer(text)) {
            crashed(running, "it does not read its input");
        }
    }

    /// Handles the server's response to `initialize`.
    void initialized(RunningServer running, JsonRpcEnvelope envelope, String message) {
        session.initializeAnswered(running, envelope, message);
        if (envelope.isError()) {
            crashed(running, "it rejected `initialize`");
            return;
        }
        state = new ServerState.Ready(running);
        notifier.status("The " + notifier.title() + " is ready.", false);
        session.begin(running);
    }

    /// Handles the end of the server, or ends it.
    void crashed(RunningServer running, String reason) {
        if (session.isShutDown()) {
            stop(Failure.LANGUAGE_STOPPED, null, Duration.ZERO);
            return;
        }
        metrics.stops().increment();
        notifier.log("language.server_stopped", "a language server stopped");
        var decision =
                restartPolicy.ended(running.hasAnswered(), running.ranNanos(), System.nanoTime());
        var sentence = "The " + notifier.title() + " stopped: " + reason + ". ";
        switch (decision) {
            case RestartPolicy.Decision.Restart(var wait) when session.isNeeded() -> {
                kill();
                state = new ServerState.Stopped(null, System.nanoTime());
                session.interrupted();
                notifier.status(sentence + "It is restarting.", true);
                start(wait);
            }
            case RestartPolicy.Decision.Restart(var wait) ->
                    stop(null, sentence + "Your next change restarts it.", wait);
            case RestartPolicy.Decision.CoolDown(var duration) ->
                    stop(Failure.LANGUAGE_UNAVAILABLE, sentence + coolingDown(duration), duration);
        }
    }

    /// Forgets the process; all pending requests are answered.
    ///
    /// @param refusal the failure for requests; null when the server may be restarted
    /// @param sentence for the editor's user, null for none
    void stop(@Nullable Failure refusal, @Nullable String sentence, Duration until) {
        kill();
        state = new ServerState.Stopped(refusal, System.nanoTime() + until.toNanos());
        session.end(refusal == null ? Failure.LANGUAGE_STOPPED : refusal);
        if (sentence != null) {
            notifier.status(sentence, true);
        }
    }

    private static String coolingDown(Duration duration) {
        return "It answered no request in %d starts. After %d seconds your next change restarts it."
                .formatted(RestartPolicy.FAILED_STARTS, duration.toSeconds());
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
            metrics.running().add(1);
            if (isClosed || !toOwner(() -> launched(launched))) {
                kill();
            }
        } catch (ServerUnavailable unavailable) {
            toOwner(() -> stop(unavailable.failure(), unavailable.sentence(), REFUSAL));
        }
    }

    private void launched(ServerLauncher.Launched launched) {
        checkTrust();
        if (!(state instanceof ServerState.Starting)) {
            // The editor disconnected during the start, or the workspace is no longer trusted.
            kill();
            return;
        }
        var handshake = session.handshake();
        var client = handshake.initialize();
        var table = InitializeParamsWriter.requests(context, launched, handshake);
        var uris = InitializeParamsWriter.clientUris(context, handshake);
        var running = new RunningServer(launched, uris, table);
        var number = session.nextNumber();
        var deadline = System.nanoTime() + INITIALIZE_WAIT.toNanos();
        state = new ServerState.Initializing(running, number, deadline);
        running.process().begin();
        var params = InitializeParamsWriter.params(context, launched, table.declared(), client);
        session.settings().addOptions(running, params, client);
        offer(running, JsonRpcWriter.request(number, "initialize", params));
        if (launched.warning() != null) {
            notifier.status(launched.warning(), true);
        }
    }

    /// A server may read files while it starts, but it accepts nothing before `initialized`.
    void sendFileEvents() {
        boolean isReady = state instanceof ServerState.Ready;
        if (state instanceof ServerState.Initializing || (isReady && !session.isInitialized())) {
            return;
        }
        boolean hasOverflowed = fileEvents.hasOverflowed();
        var message = fileEvents.take(session.handshake().root());
        if (hasOverflowed && state instanceof ServerState.Ready(var running)) {
            crashed(running, "too many files changed at once");
        } else if (message != null && isReady) {
            session.fromEditor(message);
        }
    }

    /// A server that runs only because of trust is stopped at once.
    private void checkTrust() {
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
        session.sweep();
        if (state instanceof ServerState.Initializing(var running, _, var deadline)
                && System.nanoTime() - deadline >= 0) {
            crashed(running, "it did not answer `initialize` in time");
        }
        var unused = Duration.ofNanos(System.nanoTime() - lastUsedNanos);
        if (state instanceof ServerState.Ready
                && session.isQuiet()
                && unused.compareTo(context.server().limits().idle()) >= 0) {
            kill();
            state = new ServerState.Idle();
            session.serverIdle();
            notifier.log("language.idle_server_stopped", "an unused language server was stopped");
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
            metrics.running().add(-1);
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

    private boolean enqueue(Semaphore capacity, String message, Runnable task) {
        int weight = Math.min(message.length(), INBOX_CHARACTERS);
        try {
            if (!capacity.tryAcquire(weight, SEND_WAIT.toSeconds(), TimeUnit.SECONDS)) {
                return false;
            }
            boolean isIn =
                    actor.run(
                            () -> {
                                capacity.release(weight);
                                task.run();
                            },
                            SEND_WAIT);
            if (!isIn) {
                capacity.release(weight);
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
        public void received(ServerProcess from, String message) {
            Runnable task =
                    () -> {
                        var running = running(from);
                        if (running != null) {
                            session.fromServer(running, message);
                        }
                    };
            if (!enqueue(fromServer, message, task) && !isClosed) {
                throw new IllegalStateException("The owner thread did not finish in time.");
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
