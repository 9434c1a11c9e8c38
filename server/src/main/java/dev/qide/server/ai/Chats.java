package dev.qide.server.ai;

import dev.qide.server.ai.chat.ConversationMessages;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.store.ConversationTable;
import dev.qide.server.store.ConversationTable.StoredConversation;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.ChatParams;
import dev.qide.wire.ConversationHistory;
import dev.qide.wire.ConversationList;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Conversations of people with models, stored per person and workspace.
///
/// A turn belongs to its conversation, not to the socket that requested it. When the socket closes,
/// the turn continues for ten seconds, in which another socket may resume it. A newer turn of the
/// same conversation ends the older one. Thread-safe; calls block on the database.
public final class Chats implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Chats.class);

    /// The time for which a turn continues without a reader.
    public static final Duration RESUME_WITHIN = Duration.ofSeconds(10);

    private static final int TURNS_PER_PRINCIPAL = 16;
    private static final int CONVERSATIONS_LISTED = 200;
    private static final int QUESTION_CHARS = 200_000;
    private static final int CONTEXT_CHARS = 1_000_000;
    private static final int CONTEXTS = 64;

    /// The maximum text of a conversation, in UTF-16 units; beyond it, a new conversation is
    /// required.
    private static final int CONVERSATION_CHARS = 4_000_000;

    /// The conversations of one person in all workspaces.
    private static final int CONVERSATIONS = 1_000;

    /// The maximum size of one person's conversations in the database, compressed.
    private static final long CONVERSATION_BYTES = 64 << 20;

    private static final long CLOSE_SECONDS = 2;

    private final ModelCalls calls;
    private final ChatAgent agent;
    private final PrivateFiles privateFiles;
    private final ConversationTable table;
    private final Scheduler scheduler;
    private final InstantSource clock;
    private final PerPrincipalLimit turnsPerPrincipal = new PerPrincipalLimit(TURNS_PER_PRINCIPAL);
    private final Map<UUID, ChatTurn> running = new ConcurrentHashMap<>();

    /// Serialises the starts of questions per conversation, so that a question sees the one before
    /// it. Has an entry only while a caller holds or awaits the lock.
    private final Map<UUID, ConversationLock> conversationLocks = new ConcurrentHashMap<>();

    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("chat-", 0).factory());

    public Chats(
            ModelCalls calls,
            PrivateFiles privateFiles,
            WorkspaceTools tools,
            ConversationTable table,
            Scheduler scheduler,
            InstantSource clock) {
        this.privateFiles = privateFiles;
        this.calls = calls;
        agent = new ChatAgent(calls, tools);
        this.table = table;
        this.scheduler = scheduler;
        this.clock = clock;
    }

    /// @param callers how many callers hold the lock or wait for it
    private record ConversationLock(ReentrantLock lock, int callers) {
        ConversationLock withCallers(int number) {
            return new ConversationLock(lock, number);
        }
    }

    /// A person in a workspace.
    ///
    /// @param name the workspace's name
    public record Member(UUID person, WorkspaceId workspace, String name) {
        Caller caller() {
            return new Caller(person.toString(), name);
        }
    }

    /// Starts a turn; the listener is called on another thread.
    ///
    /// @throws FailureException `FILE_IGNORED`, `CONVERSATION_UNKNOWN`, `INVALID_PARAMS` when
    ///   somebody else has a conversation of the id to create, `TOO_MANY_CONVERSATIONS`,
    ///   `MODEL_NOT_CONFIGURED`, `MESSAGE_TOO_LARGE`, `SERVER_CANCELLED` when another server has
    ///   changed the conversation meanwhile, or `TOO_MANY_REQUESTS` when 16 turns of this person
    ///   are running
    ///
    /// @param rights what the model may do with tools, in the person's name
    public ChatTurn start(
            Member member,
            WorkspaceTools.Rights rights,
            ChatParams params,
            ChatTurn.Listener listener) {
        if (params.conversation() == null) {
            return startAlone(member, rights, params, listener);
        }
        var id = id(params.conversation());
        var conversation =
                conversationLocks.merge(
                        id,
                        new ConversationLock(new ReentrantLock(), 1),
                        (held, _) -> held.withCallers(held.callers() + 1));
        conversation.lock().lock();
        try {
            return startAlone(member, rights, params, listener);
        } finally {
            conversation.lock().unlock();
            conversationLocks.computeIfPresent(
                    id,
                    (_, held) -> held.callers() == 1 ? null : held.withCallers(held.callers() - 1));
        }
    }

    private ChatTurn startAlone(
            Member member,
            WorkspaceTools.Rights rights,
            ChatParams params,
            ChatTurn.Listener listener) {
        var context = params.context() == null ? List.<ChatParams.Context>of() : params.context();
        requireSizes(params.text(), context);
        context.forEach(part -> privateFiles.requireShareable(member.name(), part.path()));
        var model = calls.models().chosen(params.model(), Model.Purpose.CHAT, member.name());
        var id = params.conversation() == null ? UUID.randomUUID() : id(params.conversation());
        var stored = params.conversation() == null ? null : continued(member, id, params);
        requireRoom(member, stored == null);
        var before =
                stored == null
                        ? new ConversationMessages(List.of())
                        : ConversationMessages.parse(stored.messages());
        var messages = before.withQuestion(params.text());
        if (messages.characters() > CONVERSATION_CHARS) {
            throw new FailureException(
                    Failure.MESSAGE_TOO_LARGE, Map.of("limit", "" + CONVERSATION_CHARS));
        }
        var asked = row(member, id, messages);
        var slot = turnsPerPrincipal.tryAcquire(member.person().toString());
        if (slot == null) {
            throw new FailureException(
                    Failure.TOO_MANY_REQUESTS,
                    Map.of("reason", "at-once", "limit", "" + TURNS_PER_PRINCIPAL));
        }
        boolean isStarted = false;
        try {
            store(asked, stored);
            var question =
                    agent.question(
                            new WorkspaceTools.ToolCaller(member, model.name(), rights),
                            model,
                            tools -> messages.request(context, tools),
                            Boolean.TRUE.equals(params.tools()));
            var turn = new ChatTurn(id, member, scheduler, listener);
            running.put(id, turn);
            threads.execute(
                    Trace.wrap(() -> {
                        try {
                            turn.run(agent, question);
                            keep(asked, messages, turn);
                        } finally {
                            slot.close();
                            running.remove(id, turn);
                            turn.deliver();
                        }
                    }));
            isStarted = true;
            return turn;
        } finally {
            if (!isStarted) {
                slot.close();
            }
        }
    }

    /// Resumes the running turn of a conversation with another listener.
    ///
    /// @param after the last delta that the client has
    /// @throws FailureException `CONVERSATION_UNKNOWN` when none is running
    public ChatTurn resume(
            Member member, String conversation, int after, ChatTurn.Listener listener) {
        var turn = running.get(id(conversation));
        if (turn == null || !turn.member().equals(member) || !turn.attach(after, listener)) {
            throw new FailureException(Failure.CONVERSATION_UNKNOWN);
        }
        return turn;
    }

    public ConversationList list(Member member) {
        return new ConversationList(
                table.list(member.person(), member.workspace(), CONVERSATIONS_LISTED).stream()
                        .map(stored ->
                                new ConversationList.Entry(
                                        stored.id().toString(),
                                        stored.title(),
                                        stored.updatedAt().toString()))
                        .toList(),
                calls.models().of(member.name()).stream()
                        .filter(model -> model.purposes().contains(Model.Purpose.CHAT))
                        .map(Model::name)
                        .toList());
    }

    /// @throws FailureException `CONVERSATION_UNKNOWN`
    public ConversationHistory history(Member member, String conversation) {
        var stored = find(member, id(conversation));
        return new ConversationHistory(
                conversation,
                stored.title(),
                ConversationMessages.parse(stored.messages()).messages());
    }

    /// Ends a running turn and deletes the conversation.
    ///
    /// @throws FailureException `CONVERSATION_UNKNOWN`
    public void delete(Member member, String conversation) {
        var id = id(conversation);
        supersede(id, member);
        if (!table.delete(id, member.person(), member.workspace())) {
            throw new FailureException(Failure.CONVERSATION_UNKNOWN);
        }
    }

    /// Ends the turns in a workspace that another server shall serve, and waits until their answers
    /// are stored.
    ///
    /// @return false when that takes longer
    public boolean end(WorkspaceId workspace, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        var turns =
                running.values().stream()
                        .filter(turn -> turn.member().workspace().equals(workspace))
                        .toList();
        turns.forEach(turn -> turn.end(Failure.SERVER_CANCELLED));
        boolean areStored = true;
        for (var turn : turns) {
            areStored &= turn.awaitEnd(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        }
        return areStored;
    }

    /// Cancels all turns and waits until they have ended.
    @Override
    public void close() {
        running.values().forEach(turn -> turn.end(Failure.SERVER_STOPPING));
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// The conversation that a turn continues; null for one to create.
    private @Nullable StoredConversation continued(Member member, UUID id, ChatParams params) {
        supersede(id, member);
        return Boolean.TRUE.equals(params.create())
                ? table.find(id, member.person(), member.workspace())
                : find(member, id);
    }

    private void supersede(UUID id, Member member) {
        var older = running.get(id);
        if (older != null && older.member().equals(member)) {
            older.end(Failure.SERVER_CANCELLED);
            older.awaitEnd();
        }
    }

    /// Stores the generated answer, even if the turn was stopped; not if the conversation was
    /// deleted or continued at another server meanwhile.
    private void keep(StoredConversation asked, ConversationMessages messages, ChatTurn turn) {
        var answered = messages.withAnswer(turn.text(), turn.isWhole(), turn.tools());
        try {
            var _ = table.replace(row(turn.member(), asked.id(), answered), asked.updatedAt());
        } catch (FailureException _) {
            // The database is down; the client has the answer.
        } catch (RuntimeException bug) {
            LOG.atError()
                    .addKeyValue("event.action", "ai.chat_failed")
                    .addKeyValue("failure", bug.getClass().getSimpleName())
                    .setCause(bug)
                    .log("an answer could not be stored");
        }
    }

    /// Stores a conversation with its new question.
    ///
    /// @param before null for a new conversation
    /// @throws FailureException `INVALID_PARAMS` when somebody has a conversation of the new id,
    ///   `SERVER_CANCELLED` when another server has changed the conversation meanwhile
    private void store(StoredConversation asked, @Nullable StoredConversation before) {
        if (before != null) {
            if (!table.replace(asked, before.updatedAt())) {
                throw new FailureException(Failure.SERVER_CANCELLED);
            }
        } else if (!table.create(asked)) {
            throw new FailureException(
                    Failure.INVALID_PARAMS,
                    Map.of("member", "conversation", "reason", "id-in-use"));
        }
    }

    private StoredConversation row(Member member, UUID id, ConversationMessages messages) {
        return new StoredConversation(
                id,
                member.person(),
                member.workspace(),
                messages.title(),
                messages.toJson(),
                clock.instant().truncatedTo(ChronoUnit.MICROS));
    }

    private StoredConversation find(Member member, UUID id) {
        var stored = table.find(id, member.person(), member.workspace());
        if (stored == null) {
            throw new FailureException(Failure.CONVERSATION_UNKNOWN);
        }
        return stored;
    }

    private void requireRoom(Member member, boolean isNew) {
        var total = table.total(member.person());
        if ((isNew && total.conversations() >= CONVERSATIONS)
                || total.bytes() >= CONVERSATION_BYTES) {
            throw new FailureException(
                    Failure.TOO_MANY_CONVERSATIONS,
                    Map.of(
                            "limit",
                            "%d conversations, %d bytes"
                                    .formatted(CONVERSATIONS, CONVERSATION_BYTES)));
        }
    }

    private static void requireSizes(String text, List<ChatParams.Context> context) {
        long characters =
                context.stream()
                        .mapToLong(part -> part.path().length() + part.text().length())
                        .sum();
        if (text.length() > QUESTION_CHARS
                || characters > CONTEXT_CHARS
                || context.size() > CONTEXTS) {
            throw new FailureException(
                    Failure.MESSAGE_TOO_LARGE, Map.of("limit", "" + QUESTION_CHARS));
        }
    }

    private static UUID id(@Nullable String text) {
        try {
            return UUID.fromString(String.valueOf(text));
        } catch (IllegalArgumentException none) {
            throw new FailureException(Failure.CONVERSATION_UNKNOWN, Map.of(), none);
        }
    }
}
