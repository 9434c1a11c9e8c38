package dev.qide.server.language;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.owner.Alarms;
import dev.qide.server.owner.CpuPool;
import dev.qide.server.owner.Owner;
import dev.qide.server.watch.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One editor session's server of one language, through all its starts and stops.
///
/// An editor's message is delivered when the server runs, and waits in order while it is being
/// installed or started. A server that ends has every open request answered, and starts again with
/// the editor's next message, told all documents as last told.
///
/// Thread-safe: [#send(String)] and [#close()] may be called by anyone, all else runs on the owner.
/// The owner never waits for the server: a server that does not read is stopped.
final class ServerLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLink.class);
    private static final int INBOX_MESSAGES = 1024;
    private static final int INBOX_CHARACTERS = 32 << 20;
    private static final int FORWARDED_REQUESTS = 256;
    private static final int POOL_CHARACTERS = 64 << 10;
    private static final int UNREADABLE_MESSAGES = 10;

    /// What every client knows; a server's own notifications are for its own clients.
    private static final Pattern STANDARD =
            Pattern.compile("textDocument/|window/|telemetry/|\\$/progress$|\\$/logTrace$");

    private static final Duration SEND_WAIT = Duration.ofSeconds(30);
    private static final Duration REQUEST_WAIT = Duration.ofMinutes(2);
    private static final Duration INITIALIZE_WAIT = Duration.ofMinutes(1);
    private static final Duration SWEEP_PERIOD = Duration.ofSeconds(5);
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(250);
    private static final Duration LAST_BACK_OFF = Duration.ofSeconds(8);
    private static final Duration STEADY = Duration.ofMinutes(1);
    private static final Duration REFUSAL = Duration.ofSeconds(10);

    private final Place place;
    private final ServerLaunch launch;
    private final EditorSide editor;
    private final CpuPool cpu;
    private final Shares shares;
    private final Owner owner;
    private final Alarms.Alarm sweep;
    private final Semaphore fromEditor = new Semaphore(INBOX_CHARACTERS);
    private final Semaphore fromServer = new Semaphore(INBOX_CHARACTERS);
    private final AtomicReference<@Nullable ServerProcess> alive = new AtomicReference<>();
    private volatile boolean isClosed;

    private final OutstandingRequests requests;
    private final WaitingMessages waiting = new WaitingMessages();
    private final OpenDocuments documents = new OpenDocuments();
    private final Map<String, Forwarded> forwarded = new LinkedHashMap<>();
    private State state = new State.Idle();
    private @Nullable JsonObject clientInitialize;
    private @Nullable String initializeId;
    private RootUri clientRoot;
    private boolean isInitializeAnswered;
    private boolean isClientInitialized;
    private boolean isShutDown;
    private Duration backOff = FIRST_BACK_OFF;
    private long forwardedCount;

    /// Whose server of what this is.
    record Place(
            String session,
            SessionMode mode,
            ServerDeclaration server,
            WorkspaceFolder folder,
            RootUri clientRoot) {}

    record Counts(Metrics.Level running, Metrics.Count stops) {}

    /// What the links of a session, and of the host, count together.
    record Shares(AtomicInteger requests, Counts counts) {}

    /// A request of the server that waits for the editor's answer.
    private record Forwarded(String serverId, String method, long deadlineNanos) {}

    /// Where the server is in its life.
    private sealed interface State {
        record Idle() implements State {}

        record Starting() implements State {}

        record Initializing(Running to, long number, long deadlineNanos) implements State {}

        record Ready(Running running) implements State {}

        /// @param refusal null when it may be started again after the moment
        record Stopped(@Nullable Failure refusal, long untilNanos) implements State {}
    }

    /// A process and how its messages are read.
    private static final class Running {
        private final ServerLaunch.Launched launched;
        private final JsonRewriter toServer;
        private final JsonRewriter toClient;
        private final ServerRequests table;
        private final long begunNanos = System.nanoTime();
        private int unreadable;

        private Running(ServerLaunch.Launched launched, RootUri clientRoot, ServerRequests table) {
            this.launched = launched;
            this.table = table;
            var workspace = launched.workspace();
            var install = launched.install();
            toServer = new JsonRewriter(RootMap.toServer(clientRoot, workspace, install));
            toClient = new JsonRewriter(RootMap.toClient(clientRoot, workspace, install));
        }

        private ServerProcess process() {
            return launched.process();
        }
    }

    ServerLink(
            Place place,
            ServerLaunch launch,
            EditorSide editor,
            Clockwork clockwork,
            Shares shares) {
        this.place = place;
        this.launch = launch;
        this.editor = editor;
        this.cpu = clockwork.cpu();
        this.shares = shares;
        this.clientRoot = place.clientRoot();
        this.requests = new OutstandingRequests(shares.requests());
        this.owner =
                new Owner(
                        "language-" + place.server().language() + "-" + place.session(),
                        INBOX_MESSAGES);
        var overdue = owner.signal(this::sweep);
        this.sweep = clockwork.alarms().every(SWEEP_PERIOD, overdue::raise);
    }

    /// Takes a message of the editor; waits, bounded, for room.
    void send(String message) {
        if (!enqueue(fromEditor, message, () -> fromEditor(message)) && !isClosed) {
            fromBusyEditor(message);
        }
    }

    Optional<Long> pid() {
        return Optional.ofNullable(alive.get()).map(ServerProcess::pid);
    }

    /// Kills the server; nothing is answered any more.
    @Override
    public void close() {
        isClosed = true;
        sweep.cancel();
        kill();
        owner.close();
        kill();
        requests.takeAll();
    }

    private boolean enqueue(Semaphore room, String message, Runnable task) {
        int weight = Math.min(message.length(), INBOX_CHARACTERS);
        try {
            if (!room.tryAcquire(weight, SEND_WAIT.toSeconds(), TimeUnit.SECONDS)) {
                return false;
            }
            boolean isIn =
                    owner.put(
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

    private void fromBusyEditor(String message) {
        try {
            var head = MessageHead.read(message);
            if (head.isRequest()) {
                fail(head.id(), Failure.SERVER_CANCELLED);
            }
        } catch (FailureException unreadable) {
            tell(Messages.error(null, unreadable.failure(), unreadable.tags()));
        }
    }

    private void fromEditor(String message) {
        MessageHead head;
        try {
            head = head(message);
        } catch (FailureException unreadable) {
            tell(Messages.error(null, unreadable.failure(), unreadable.tags()));
            return;
        }
        if (head.isResponse()) {
            answered(head, message);
        } else if (head.isRequest()) {
            request(head, message);
        } else {
            notification(head, message);
        }
    }

    private void notification(MessageHead head, String message) {
        switch (String.valueOf(head.method())) {
            case "$/cancelRequest" -> cancel(head);
            // Settings can name executables, and the folders are the workspace's.
            case "workspace/didChangeConfiguration", "workspace/didChangeWorkspaceFolders" -> {}
            case "initialized" -> {
                if (state instanceof State.Ready(var running) && !isClientInitialized) {
                    isClientInitialized = true;
                    introduce(running);
                }
            }
            case "exit" -> {
                isShutDown = true;
                kill();
            }
            default -> {
                if (isIntroduced()) {
                    route(head, message);
                }
            }
        }
    }

    private void request(MessageHead head, String message) {
        var id = String.valueOf(head.id());
        boolean isInitialize = "initialize".equals(head.method());
        boolean isFirst = isInitialize && isPassThrough() && clientInitialize == null;
        if (requests.has(id) || (isInitialize && !isFirst)) {
            fail(id, Failure.INVALID_REQUEST);
        } else if (!isFirst && !isIntroduced()) {
            fail(id, Failure.SERVER_NOT_INITIALIZED);
        } else if (!isPassThrough() && !place.server().answers(String.valueOf(head.method()))) {
            tell(Messages.result(id, JsonNull.INSTANCE));
        } else if (requests.add(id, System.nanoTime() + REQUEST_WAIT.toNanos()) == null) {
            fail(id, Failure.SERVER_CANCELLED);
        } else if (isFirst) {
            clientInitialize = head.tree();
            clientRoot = Introduction.clientRoot(clientInitialize);
            initializeId = id;
            wake();
        } else {
            isShutDown |= "shutdown".equals(head.method());
            route(head, message);
        }
    }

    private void route(MessageHead head, String message) {
        wake();
        switch (state) {
            case State.Ready(var running) -> deliver(running, head, message);
            case State.Stopped(var refusal, _) -> {
                documents.told(head);
                failOpen(head.id(), refusal == null ? Failure.LANGUAGE_STOPPED : refusal);
            }
            case State.Idle _, State.Starting _, State.Initializing _ -> {
                if (!waiting.add(head, message)) {
                    dropWaiting();
                    documents.told(head);
                    failOpen(head.id(), Failure.SERVER_CANCELLED);
                }
            }
        }
    }

    private void deliver(Running running, MessageHead head, String message) {
        var request = head.id() == null ? null : requests.find(head.id());
        if (head.id() != null && request == null) {
            // It was answered while it waited.
            return;
        }
        var number = request == null ? null : Long.toString(request.number());
        try {
            var text = rewritten(running.toServer, message, number);
            documents.told(head);
            offer(running, text);
        } catch (FailureException refused) {
            failOpen(head.id(), refused.failure());
        }
    }

    private void cancel(MessageHead head) {
        var id = head.tree().get("id");
        var request = id == null ? null : requests.find(id.toString());
        if (request == null) {
            return;
        }
        if (state instanceof State.Ready(var running)) {
            offer(running, Messages.cancel(Long.toString(request.number())));
        } else {
            failOpen(request.clientId(), Failure.REQUEST_CANCELLED);
        }
    }

    /// The editor's answer to a request of the server. An error is not passed on: it could kill the
    /// server.
    private void answered(MessageHead head, String message) {
        var asked = forwarded.remove(String.valueOf(head.id()));
        if (asked == null || !(state instanceof State.Ready(var running))) {
            return;
        }
        try {
            if (!head.isError()) {
                offer(running, rewritten(running.toServer, message, asked.serverId()));
                return;
            }
        } catch (FailureException refused) {
            log("language.answer_refused", "an answer of an editor was refused");
        }
        answerFor(running, asked);
    }

    private void answerFor(Running running, Forwarded asked) {
        var answer = running.table.answer(asked.method(), new JsonObject());
        offer(running, Messages.result(asked.serverId(), answer));
    }

    private void fromServer(ServerProcess from, String message) {
        var running = running(from);
        if (running == null) {
            return;
        }
        try {
            var head = head(message);
            if (head.isResponse()) {
                response(running, head, message);
            } else if (head.isRequest()) {
                serverRequest(running, head, message);
            } else {
                serverNotification(running, head, message);
            }
        } catch (FailureException _) {
            running.unreadable++;
            if (running.unreadable == 1) {
                status("The " + title() + " sent a message that cannot be read.", true);
            } else if (running.unreadable > UNREADABLE_MESSAGES) {
                crashed(running, "it sends messages that cannot be read");
            }
        }
    }

    private void response(Running running, MessageHead head, String message) {
        long number;
        try {
            number = Long.parseLong(String.valueOf(head.id()).replace("\"", ""));
        } catch (NumberFormatException _) {
            return;
        }
        if (state instanceof State.Initializing(_, var awaited, _) && awaited == number) {
            initialized(running, head, message);
            return;
        }
        var request = requests.take(number);
        if (request != null) {
            tell(rewritten(running.toClient, message, request.clientId()));
        }
    }

    private void serverRequest(Running running, MessageHead head, String message) {
        var method = String.valueOf(head.method());
        var params = head.tree();
        if (running.table.isForEditor(method, params) && forwarded.size() < FORWARDED_REQUESTS) {
            var id = "\"qide:" + place.server().language() + ":" + ++forwardedCount + "\"";
            var deadline = System.nanoTime() + REQUEST_WAIT.toNanos();
            forwarded.put(id, new Forwarded(String.valueOf(head.id()), method, deadline));
            tell(rewritten(running.toClient, message, id));
        } else {
            var answer = running.table.answer(method, params);
            offer(running, Messages.result(String.valueOf(head.id()), answer));
        }
    }

    private void serverNotification(Running running, MessageHead head, String message) {
        var method = String.valueOf(head.method());
        if (method.equals("$/cancelRequest")) {
            var id = String.valueOf(head.tree().get("id"));
            forwarded.entrySet().stream()
                    .filter(asked -> asked.getValue().serverId().equals(id))
                    .findFirst()
                    .ifPresent(asked -> tell(Messages.cancel(asked.getKey())));
        } else if (isPassThrough() || STANDARD.matcher(method).lookingAt()) {
            tell(rewritten(running.toClient, message, null));
        }
    }

    /// Starts the server if it does not run and may run now.
    private void wake() {
        switch (state) {
            case State.Idle _ -> start(Duration.ZERO);
            case State.Stopped(var refusal, var untilNanos) -> {
                var left = Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime()));
                if (!isShutDown && (refusal == null || left.isZero())) {
                    start(left);
                }
            }
            case State.Starting _, State.Initializing _, State.Ready _ -> {}
        }
    }

    private void start(Duration delay) {
        state = new State.Starting();
        status("The " + title() + " is starting.", false);
        Thread.ofVirtual().name("language-start").start(() -> launch(delay));
    }

    /// Runs on a thread of its own, since installing takes time.
    private void launch(Duration delay) {
        try {
            Thread.sleep(delay);
            var launched =
                    launch.launch(
                            place.server(),
                            place.folder(),
                            new Listener(),
                            sentence -> status(sentence, false));
            alive.set(launched.process());
            shares.counts().running().move(1);
            if (isClosed || !toOwner(() -> launched(launched))) {
                kill();
            }
        } catch (ServerUnavailable unavailable) {
            toOwner(() -> stop(unavailable.failure(), unavailable.sentence(), REFUSAL));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void launched(ServerLaunch.Launched launched) {
        var table =
                Introduction.requests(place.server(), place.folder(), launched, clientInitialize);
        var running = new Running(launched, clientRoot, table);
        var number = requests.nextNumber();
        var deadline = System.nanoTime() + INITIALIZE_WAIT.toNanos();
        state = new State.Initializing(running, number, deadline);
        running.process().begin();
        var params =
                Introduction.params(place.server(), place.folder(), launched, clientInitialize);
        offer(running, Messages.request(number, "initialize", params));
        if (launched.warning() != null) {
            status(launched.warning(), true);
        }
    }

    private void initialized(Running running, MessageHead head, String message) {
        var own = initializeId == null ? null : requests.take(initializeId);
        if (own != null) {
            tell(rewritten(running.toClient, message, own.clientId()));
        }
        if (head.isError()) {
            crashed(running, "it refused to work");
            return;
        }
        isInitializeAnswered = true;
        state = new State.Ready(running);
        if (!isPassThrough() || isClientInitialized) {
            introduce(running);
        }
        for (var opening : documents.openings()) {
            offer(running, rewritten(running.toServer, opening, null));
        }
        status("The " + title() + " is ready.", false);
        for (var late : waiting.takeAll()) {
            route(late.head(), late.message());
        }
    }

    private void introduce(Running running) {
        offer(running, Messages.notification("initialized", new JsonObject()));
        var settings = new JsonObject();
        settings.add(
                "settings",
                ServerLaunch.filled(
                        place.server().configuration(), running.launched, place.folder()));
        offer(running, Messages.notification("workspace/didChangeConfiguration", settings));
    }

    private void crashed(Running running, String reason) {
        shares.counts().stops().increment();
        if (System.nanoTime() - running.begunNanos > STEADY.toNanos()) {
            backOff = FIRST_BACK_OFF;
        }
        var wait = backOff;
        backOff =
                backOff.multipliedBy(2).compareTo(LAST_BACK_OFF) > 0
                        ? LAST_BACK_OFF
                        : backOff.multipliedBy(2);
        log("language.server_stopped", "a language server stopped");
        var sentence =
                "The "
                        + title()
                        + " stopped: "
                        + reason
                        + ". It starts again with your next change.";
        stop(isShutDown ? Failure.LANGUAGE_STOPPED : null, isShutDown ? null : sentence, wait);
    }

    /// Answers everything that is open and forgets the process.
    private void stop(@Nullable Failure refusal, @Nullable String sentence, Duration until) {
        kill();
        state = new State.Stopped(refusal, System.nanoTime() + until.toNanos());
        dropWaiting();
        var failure = refusal == null ? Failure.LANGUAGE_STOPPED : refusal;
        requests.takeAll().forEach(request -> fail(request.clientId(), failure));
        forwarded.clear();
        if (!isInitializeAnswered) {
            clientInitialize = null;
            initializeId = null;
        }
        if (sentence != null) {
            status(sentence, true);
        }
    }

    private void dropWaiting() {
        for (var dropped : waiting.takeAll()) {
            documents.told(dropped.head());
            var failure =
                    state instanceof State.Stopped(var refusal, _) && refusal != null
                            ? refusal
                            : state instanceof State.Stopped
                                    ? Failure.LANGUAGE_STOPPED
                                    : Failure.SERVER_CANCELLED;
            failOpen(dropped.head().id(), failure);
        }
    }

    private void sweep() {
        long now = System.nanoTime();
        for (var request : requests.overdue(now)) {
            failOpen(request.clientId(), Failure.SERVER_CANCELLED);
            if (state instanceof State.Ready(var running)) {
                offer(running, Messages.cancel(Long.toString(request.number())));
            }
        }
        if (state instanceof State.Initializing(var running, _, var deadline)
                && now - deadline >= 0) {
            crashed(running, "it did not answer in time");
        }
        if (state instanceof State.Ready(var running)) {
            var late =
                    forwarded.values().stream()
                            .filter(asked -> now - asked.deadlineNanos() >= 0)
                            .toList();
            forwarded.values().removeAll(late);
            late.forEach(asked -> answerFor(running, asked));
        }
    }

    private void offer(Running running, String text) {
        if (running(running.process()) == running && !running.process().offer(text)) {
            crashed(running, "it does not read what it is told");
        }
    }

    private @Nullable Running running(ServerProcess process) {
        var running =
                switch (state) {
                    case State.Ready(var ready) -> ready;
                    case State.Initializing(var to, _, _) -> to;
                    case State.Idle _, State.Starting _, State.Stopped _ -> null;
                };
        return running != null && running.process() == process ? running : null;
    }

    private void kill() {
        var process = alive.getAndSet(null);
        if (process != null) {
            process.close();
            shares.counts().running().move(-1);
        }
    }

    private boolean toOwner(Runnable task) {
        try {
            while (!isClosed) {
                if (owner.put(task, SEND_WAIT)) {
                    return true;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /// Reading and rewriting a long message would hold up the virtual threads' carriers.
    private <T> T pooled(String message, java.util.concurrent.Callable<T> work) {
        try {
            return message.length() < POOL_CHARACTERS ? work.call() : cpu.call(work);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING, Map.of(), stop);
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private MessageHead head(String message) {
        return pooled(message, () -> MessageHead.read(message));
    }

    private String rewritten(JsonRewriter rewriter, String message, @Nullable String id) {
        return pooled(message, () -> rewriter.rewritten(message, id));
    }

    private boolean isPassThrough() {
        return place.mode() == SessionMode.PASS_THROUGH;
    }

    private boolean isIntroduced() {
        return !isPassThrough() || clientInitialize != null;
    }

    /// Answers a request of the editor with a failure if it is still open.
    private void failOpen(@Nullable String id, Failure failure) {
        if (id != null && requests.take(id) != null) {
            fail(id, failure);
        }
    }

    private void fail(@Nullable String id, Failure failure) {
        tell(Messages.error(id, failure, Map.of("language", place.server().language())));
    }

    private void tell(String message) {
        editor.fromServer(place.session(), place.server().language(), message);
    }

    private void status(String sentence, boolean isProblem) {
        editor.status(place.session(), place.server().language(), sentence, isProblem);
    }

    private String title() {
        return place.server().title() + " language server";
    }

    private void log(String event, String message) {
        LOG.atInfo()
                .addKeyValue("event", event)
                .addKeyValue("server", place.server().id())
                .log(message);
    }

    /// Called on the process's reading thread.
    private final class Listener implements ServerProcess.Listener {
        @Override
        public void said(ServerProcess from, String message) {
            if (!enqueue(fromServer, message, () -> fromServer(from, message)) && !isClosed) {
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
