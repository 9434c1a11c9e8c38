package dev.qide.server.language;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What one editor session and its server of one language say to each other, over all the server's
/// starts and stops: which requests are open, what waits, what the server has been told.
///
/// Owned by one thread, the link's.
final class ServerDialogue {
    private static final int UNREADABLE_MESSAGES = 10;

    /// What every client knows; a server's own notifications are for its own clients.
    private static final Pattern STANDARD =
            Pattern.compile("textDocument/|window/|telemetry/|\\$/progress$|\\$/logTrace$");

    private final ServerLink link;
    private final ServerLink.Place place;
    private final ServerVoice voice;
    private final MessageTexts texts;
    private final OutstandingRequests requests;
    private final WaitingMessages waiting = new WaitingMessages();
    private final OpenDocuments documents = new OpenDocuments();
    private final ServerQuestions questions;
    private final ServerDiagnostics diagnostics;
    private @Nullable JsonObject clientInitialize;
    private @Nullable String initializeId;
    private RootUri clientRoot;
    private boolean isInitializeAnswered;
    private boolean isClientInitialized;
    private boolean isShutDown;

    ServerDialogue(
            ServerLink link, ServerVoice voice, MessageTexts texts, AtomicInteger sessionRequests) {
        this.link = link;
        this.voice = voice;
        this.texts = texts;
        this.place = voice.place();
        this.clientRoot = place.clientRoot();
        this.requests = new OutstandingRequests(sessionRequests);
        this.questions = new ServerQuestions(link, voice, texts);
        this.diagnostics =
                new ServerDiagnostics(link, voice, texts, documents, requests::nextNumber);
    }

    /// A message of the editor.
    void fromEditor(String message) {
        MessageHead head;
        try {
            head = texts.head(message);
        } catch (FailureException unreadable) {
            voice.tell(Messages.error(null, unreadable.failure(), unreadable.tags()));
            return;
        }
        if (head.isRequest()) {
            request(head, message);
        } else if (!head.isResponse()) {
            notification(head, message);
        } else if (link.state() instanceof ServerState.Ready(var running)) {
            questions.answered(running, head, message);
        }
    }

    /// A message of the server.
    void fromServer(RunningServer running, String message) {
        running.heard();
        try {
            var head = texts.head(message);
            if (head.isResponse()) {
                response(running, head, message);
            } else if (head.isRequest()) {
                questions.asked(running, head, message);
                diagnostics.asked(running, head);
            } else {
                serverNotification(running, head, message);
            }
        } catch (FailureException _) {
            int unreadable = running.countUnreadable();
            if (unreadable == 1) {
                voice.status("The " + voice.title() + " sent a message that cannot be read.", true);
            } else if (unreadable > UNREADABLE_MESSAGES) {
                link.crashed(running, "it sends messages that cannot be read");
            }
        }
    }

    @Nullable JsonObject clientInitialize() {
        return clientInitialize;
    }

    RootUri clientRoot() {
        return clientRoot;
    }

    boolean isShutDown() {
        return isShutDown;
    }

    /// An id for a request of our own.
    long nextNumber() {
        return requests.nextNumber();
    }

    /// The server has answered `initialize`: the editor gets the answer if it waits for it.
    void initializeAnswered(RunningServer running, MessageHead head, String message) {
        var own = initializeId == null ? null : requests.take(initializeId);
        if (own != null) {
            voice.passAnswer(running, own.clientId(), texts, message);
        }
        running.introduced(message);
        isInitializeAnswered |= !head.isError();
        forgetUnansweredInitialize();
    }

    /// The server is ready: it is told all that it has missed, in order.
    void begin(RunningServer running) {
        questions.unregister();
        if (!isPassThrough() || isClientInitialized) {
            introduce(running);
        }
        for (var opening : documents.openings()) {
            link.offer(running, texts.rewritten(running.toServer(), opening, null));
        }
        diagnostics.begin(running);
        for (var late : waiting.takeAll()) {
            route(late.head(), late.message());
        }
    }

    /// Whether somebody has use for a server although nobody has said anything new.
    boolean isNeeded() {
        return isPassThrough()
                ? clientInitialize != null
                : !documents.isEmpty() || !waiting.isEmpty() || !requests.isEmpty();
    }

    /// Whether the editor waits for nothing.
    boolean isQuiet() {
        return requests.isEmpty();
    }

    /// The server has ended and another one takes its place: what was under way is sent again or
    /// answered.
    void interrupted() {
        diagnostics.ended();
        putBack();
    }

    /// The server was stopped because nobody used it.
    void rested() {
        diagnostics.rested();
        putBack();
    }

    private void putBack() {
        questions.interrupted();
        var again = new ArrayList<WaitingMessages.Waiting>();
        for (var sent : requests.interrupted()) {
            var failure = Interruption.failure(sent, documents.revision());
            var message = sent.message();
            if (failure == null && message != null) {
                again.add(new WaitingMessages.Waiting(sent.head(), message));
            } else {
                failOpen(
                        sent.request().clientId(),
                        failure == null ? Failure.LANGUAGE_STOPPED : failure);
            }
        }
        waiting.putBack(again);
    }

    /// The server has ended and none takes its place: everything open is answered.
    void end(Failure failure) {
        diagnostics.ended();
        questions.interrupted();
        questions.unregister();
        dropWaiting();
        requests.takeAll().forEach(request -> voice.fail(request.clientId(), failure));
        forgetUnansweredInitialize();
    }

    /// Answers what has waited too long.
    void sweep() {
        long now = System.nanoTime();
        var running = link.state() instanceof ServerState.Ready(var ready) ? ready : null;
        for (var request : requests.overdue(now)) {
            if (running != null && running.isSilentSince(request.deadlineNanos() - answerNanos())) {
                link.crashed(running, "it has said nothing since it was asked");
                return;
            }
            failOpen(request.clientId(), Failure.SERVER_CANCELLED);
            if (running != null) {
                link.offer(running, Messages.cancel(Long.toString(request.number())));
            }
        }
        if (running != null) {
            questions.sweep(running, now);
            diagnostics.sweep(running, place.server().limits().answer());
        }
    }

    private void notification(MessageHead head, String message) {
        switch (String.valueOf(head.method())) {
            case "$/cancelRequest" -> cancel(head);
            // Settings can name executables, and the folders are the workspace's.
            case "workspace/didChangeConfiguration", "workspace/didChangeWorkspaceFolders" -> {}
            case "initialized" -> {
                if (link.state() instanceof ServerState.Ready(var running)
                        && !isClientInitialized) {
                    isClientInitialized = true;
                    introduce(running);
                }
            }
            case "exit" -> {
                isShutDown = true;
                link.stop(Failure.LANGUAGE_STOPPED, null, Duration.ZERO);
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
            voice.fail(id, Failure.INVALID_REQUEST);
        } else if (!isFirst && !isIntroduced()) {
            voice.fail(id, Failure.SERVER_NOT_INITIALIZED);
        } else if (!isPassThrough() && !place.server().answers(String.valueOf(head.method()))) {
            voice.tell(Messages.result(id, JsonNull.INSTANCE));
        } else if (requests.add(id, System.nanoTime() + answerNanos()) == null) {
            voice.fail(id, Failure.SERVER_CANCELLED);
        } else if (isFirst) {
            clientInitialize = head.tree();
            clientRoot = Introduction.clientRoot(clientInitialize);
            initializeId = id;
            link.wake();
        } else {
            isShutDown |= "shutdown".equals(head.method());
            route(head, message);
        }
    }

    private void route(MessageHead head, String message) {
        link.wake();
        switch (link.state()) {
            case ServerState.Ready(var running) -> deliver(running, head, message);
            case ServerState.Stopped stopped -> {
                documents.told(head);
                failOpen(head.id(), stopped.failure());
            }
            case ServerState.Idle _, ServerState.Starting _, ServerState.Initializing _ -> {
                if (!waiting.add(head, message)) {
                    dropWaiting();
                    documents.told(head);
                    failOpen(head.id(), Failure.SERVER_CANCELLED);
                }
            }
        }
    }

    private void deliver(RunningServer running, MessageHead head, String message) {
        var request = head.id() == null ? null : requests.find(head.id());
        if (head.id() != null && request == null) {
            // It was answered while it waited.
            return;
        }
        var number = request == null ? null : Long.toString(request.number());
        try {
            var text = texts.rewritten(running.toServer(), message, number);
            documents.told(head);
            if (request != null) {
                requests.sent(request, head, message, documents.revision());
            }
            // What /ws announces takes parts of a text, whichever server a document has.
            var whole =
                    !isPassThrough() && running.wantsWholeTexts() ? documents.whole(head) : null;
            link.offer(
                    running,
                    whole == null ? text : texts.rewritten(running.toServer(), whole, null));
            diagnostics.told(running, head);
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
        if (link.state() instanceof ServerState.Ready(var running)) {
            link.offer(running, Messages.cancel(Long.toString(request.number())));
        } else {
            failOpen(request.clientId(), Failure.REQUEST_CANCELLED);
        }
    }

    private void response(RunningServer running, MessageHead head, String message) {
        long number;
        try {
            number = Long.parseLong(String.valueOf(head.id()).replace("\"", ""));
        } catch (NumberFormatException _) {
            return;
        }
        if (link.state() instanceof ServerState.Initializing(_, var awaited, _)
                && awaited == number) {
            link.initialized(running, head, message);
            return;
        }
        var request = requests.take(number);
        if (request == null) {
            diagnostics.answered(running, number, message);
        } else {
            running.served();
            // The fixed capabilities may announce snippets, which not every editor takes.
            var said = isPassThrough() ? message : texts.plain(message);
            voice.passAnswer(running, request.clientId(), texts, said);
        }
    }

    private void serverNotification(RunningServer running, MessageHead head, String message) {
        var method = String.valueOf(head.method());
        if (method.equals("$/cancelRequest")) {
            questions.cancelled(head);
        } else if (isPassThrough() || STANDARD.matcher(method).lookingAt()) {
            if (method.equals("$/progress")) {
                questions.progressed(head);
            }
            var said = texts.rewritten(running.toClient(), message, null);
            if (method.equals("textDocument/publishDiagnostics")) {
                diagnostics.said(said);
            }
            voice.pass(running, said);
        }
    }

    private void introduce(RunningServer running) {
        link.offer(running, Messages.notification("initialized", new JsonObject()));
        var settings = new JsonObject();
        settings.add(
                "settings",
                ServerLaunch.filled(
                        place.server().settings().configuration(),
                        running.launched(),
                        place.folder()));
        link.offer(running, Messages.notification("workspace/didChangeConfiguration", settings));
    }

    private void dropWaiting() {
        for (var dropped : waiting.takeAll()) {
            documents.told(dropped.head());
            failOpen(
                    dropped.head().id(),
                    link.state() instanceof ServerState.Stopped stopped
                            ? stopped.failure()
                            : Failure.SERVER_CANCELLED);
        }
    }

    /// An editor whose `initialize` failed may send another one.
    private void forgetUnansweredInitialize() {
        if (!isInitializeAnswered && (initializeId == null || !requests.has(initializeId))) {
            clientInitialize = null;
            initializeId = null;
        }
    }

    private long answerNanos() {
        return place.server().limits().answer().toNanos();
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
            voice.fail(id, failure);
        }
    }
}
