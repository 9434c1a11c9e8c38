package dev.qide.server.session;

import dev.qide.server.ai.Chats.Member;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.server.tools.ChangeSets;
import dev.qide.wire.ChangeSetDecision;
import dev.qide.wire.ChangeSetProposal;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.Methods;
import dev.qide.wire.WireJson;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The requests `qide/changeSet…` of all editors, and the notifications about change sets.
/// Thread-safe: a decision waits for its commit on a thread of its own.
public final class ChangeSetRequests {
    /// The methods that [#answer] answers.
    static final List<String> METHODS =
            List.of(Methods.CHANGE_SET_LIST, Methods.CHANGE_SET_DECIDE, Methods.CHANGE_SET_PROPOSE);

    private static final Logger LOG = LoggerFactory.getLogger(ChangeSetRequests.class);

    /// The requests of all editors that wait for commits at once.
    static final int AT_ONCE = 64;

    /// The share of one person in [#AT_ONCE].
    static final int AT_ONCE_PER_PERSON = 8;

    private final ChangeSets changeSets;
    private final RateLimits rates;
    private final Semaphore slots = new Semaphore(AT_ONCE);
    private final PerPrincipalLimit slotsPerPerson = new PerPrincipalLimit(AT_ONCE_PER_PERSON);

    public ChangeSetRequests(ChangeSets changeSets, Sessions sessions, RateLimits rates) {
        this.changeSets = changeSets;
        this.rates = rates;
        changeSets.addListener(
                (owner, info) -> sessions.notifyMember(owner, Methods.CHANGE_SET, info));
    }

    void answer(Editor editor, RpcMessage.Request request, String json, Consumer<String> send) {
        var owner = owner(editor);
        var rights = new EditorRights(editor, rates);
        switch (request.method()) {
            case Methods.CHANGE_SET_LIST ->
                    start(editor, request.id(), send, () -> WireJson.write(changeSets.list(owner)));
            case Methods.CHANGE_SET_DECIDE -> {
                var decision = read(json, ChangeSetDecision.class);
                start(
                        editor,
                        request.id(),
                        send,
                        () -> WireJson.write(changeSets.decide(owner, rights, decision)));
            }
            case Methods.CHANGE_SET_PROPOSE -> {
                var proposal = read(json, ChangeSetProposal.class);
                start(
                        editor,
                        request.id(),
                        send,
                        () -> WireJson.write(changeSets.propose(owner, rights, proposal)));
            }
            default -> throw new FailureException(Failure.METHOD_NOT_FOUND);
        }
    }

    private static <T extends Record> T read(String json, Class<T> type) {
        return WireJson.read(String.valueOf(RpcMessage.params(json)), type);
    }

    private static Member owner(Editor editor) {
        return new Member(
                editor.principal().id().value(), editor.workspaceId(), editor.workspace());
    }

    private interface Answer {
        String json() throws InterruptedException;
    }

    private void start(Editor editor, String id, Consumer<String> send, Answer answer) {
        var permit = slotsPerPerson.tryAcquire(editor.key());
        if (permit == null) {
            throw tooMany(AT_ONCE_PER_PERSON);
        }
        if (!slots.tryAcquire()) {
            permit.close();
            throw tooMany(AT_ONCE);
        }
        Thread.ofVirtual()
                .name("change-set")
                .start(() -> {
                    try (permit) {
                        send.accept(result(id, answer));
                    } finally {
                        slots.release();
                    }
                });
    }

    private static FailureException tooMany(int limit) {
        return new FailureException(
                Failure.TOO_MANY_REQUESTS, Map.of("reason", "at-once", "limit", "" + limit));
    }

    private static String result(String id, Answer answer) {
        try {
            return JsonRpcWriter.result(id, answer.json());
        } catch (FailureException failure) {
            return JsonRpcWriter.error(id, failure);
        } catch (InterruptedException _) {
            return JsonRpcWriter.error(id, new FailureException(Failure.SERVER_STOPPING));
        } catch (RuntimeException bug) {
            LOG.atError()
                    .addKeyValue("event.action", "session.change_set_failed")
                    .addKeyValue("failure", bug.getClass().getSimpleName())
                    .log("a decision failed unexpectedly");
            return JsonRpcWriter.error(id, new FailureException(Failure.INTERNAL));
        }
    }
}
