package dev.qide.server.tools;

import dev.qide.server.ai.Chats.Member;
import dev.qide.server.ai.WorkspaceTools.Rights;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.text.ThreeWayMerge;
import dev.qide.server.tools.change.ChangeSet;
import dev.qide.server.tools.change.Proposal;
import dev.qide.wire.ChangeSetDecision;
import dev.qide.wire.ChangeSetInfo;
import dev.qide.wire.ChangeSetInfo.State;
import dev.qide.wire.ChangeSetList;
import dev.qide.wire.ChangeSetProposal;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The edits that models propose, each to one person, who accepts or rejects them by hunk.
///
/// A proposal is not part of the text. It is in memory only: it ends with the server, with its
/// document, or after half an hour without a decision. What was accepted is part of the text like
/// everybody's edits. Thread-safe; calls block on the document.
public final class ChangeSets implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeSets.class);

    private static final int PER_PERSON = 8;
    private static final int ALL = 64;
    private static final Duration IDLE = Duration.ofMinutes(30);

    /// A state of presence expires after 30 seconds.
    private static final Duration RENEWAL = Duration.ofSeconds(10);

    /// The longest name of an agent, in UTF-16 units.
    private static final int AGENT_CHARACTERS = 100;

    private final WorkspaceTexts texts;
    private final Collaboration documents;
    private final RandomGenerator random;
    private final Scheduler.Timer renewal;
    private final List<ChangeSet> all = new ArrayList<>();

    /// The owners of change sets that are being made.
    private final List<Member> opening = new ArrayList<>();

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /// Learns of every proposal and decision. Implemented by `session`; must not block.
    @FunctionalInterface
    public interface Listener {
        /// A change set of this person is new or has changed. Must not block.
        void changed(Member owner, ChangeSetInfo info);
    }

    ChangeSets(
            WorkspaceTexts texts,
            Collaboration documents,
            Scheduler scheduler,
            RandomGenerator random) {
        this.texts = texts;
        this.documents = documents;
        this.random = random;
        renewal =
                scheduler.every(
                        RENEWAL,
                        () -> Thread.ofVirtual().name("change-sets").start(this::renewAll));
    }

    public void addListener(Listener listener) {
        listeners.add(listener);
    }

    /// Proposes an edit to the person in whose name the caller acts.
    ///
    /// @param path of a file that exists
    /// @param change maps the present text to the wanted one
    /// @throws FailureException `TOO_MANY_CHANGE_SETS`, `INVALID_PARAMS` when nothing would change,
    ///   `MESSAGE_TOO_LARGE`, and what opening the document or `change` throws
    ChangeSetInfo propose(ToolCaller caller, String path, UnaryOperator<String> change)
            throws InterruptedException {
        reserve(caller.member());
        ChangeSet proposed = null;
        try {
            proposed = new Proposal(documents, random).open(caller, path, change);
        } finally {
            opened(caller.member(), proposed);
        }
        LOG.atInfo()
                .addKeyValue("event.action", "tools.change_proposed")
                .addKeyValue("principal", caller.member().person())
                .addKeyValue("workspace", caller.member().workspace())
                .log("a model proposed an edit");
        return announced(proposed);
    }

    /// Proposes a change that an editor made of a model's answer.
    ///
    /// @param rights of the editor
    /// @throws FailureException `FORBIDDEN`, `FILE_UNKNOWN` and what else reading the file throws,
    ///   and as the proposal of a tool
    public ChangeSetInfo propose(Member owner, Rights rights, ChangeSetProposal proposal)
            throws InterruptedException {
        if (!rights.canEdit()) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        // Joining the document of a path without a file would create one.
        var _ = texts.existing(owner, proposal.path());
        var before = withLineFeeds(proposal.before());
        var after = withLineFeeds(proposal.after());
        return propose(
                new ToolCaller(owner, agent(proposal.agent()), rights),
                proposal.path(),
                text -> ThreeWayMerge.merge(before, text, after));
    }

    private static String withLineFeeds(String text) {
        return text.replace("\r\n", "\n").replace('\r', '\n');
    }

    private static String agent(@Nullable String name) {
        var cleaned = name == null ? "" : name.replaceAll("\\p{Cntrl}", " ").strip();
        return cleaned.isEmpty()
                ? "A model"
                : cleaned.substring(0, Math.min(AGENT_CHARACTERS, cleaned.length()));
    }

    /// The change sets of a person in a workspace, oldest first.
    public ChangeSetList list(Member owner) throws InterruptedException {
        var listed = new ArrayList<ChangeSetInfo>();
        for (var one : of(owner)) {
            if (!one.isOver()) {
                listed.add(one.info());
            }
        }
        return new ChangeSetList(listed);
    }

    /// Accepts, rejects or undoes hunks.
    ///
    /// @param rights of the editor that decides
    /// @throws FailureException `CHANGE_SET_UNKNOWN`, and as [ChangeSet#decide]
    public ChangeSetInfo decide(Member owner, Rights rights, ChangeSetDecision decision)
            throws InterruptedException {
        if (!rights.canEdit()) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        var one =
                of(owner).stream()
                        .filter(known -> known.id().toString().equals(decision.changeSet()))
                        .findFirst()
                        .orElseThrow(() -> new FailureException(Failure.CHANGE_SET_UNKNOWN));
        one.decide(
                decision.hunks(),
                switch (decision.action()) {
                    case ACCEPT -> State.ACCEPTED;
                    case REJECT -> State.REJECTED;
                    case UNDO -> State.UNDONE;
                },
                rights);
        return announced(one);
    }

    @Override
    public void close() {
        renewal.cancel();
        List<ChangeSet> open;
        synchronized (this) {
            open = List.copyOf(all);
            all.clear();
        }
        open.forEach(ChangeSet::close);
    }

    private ChangeSetInfo announced(ChangeSet changed) throws InterruptedException {
        var info = changed.info();
        listeners.forEach(listener -> listener.changed(changed.owner(), info));
        return info;
    }

    private synchronized List<ChangeSet> of(Member owner) {
        return all.stream().filter(one -> one.owner().equals(owner)).toList();
    }

    /// Reserves a change set; drops the oldest decided one of a person who has as many as possible.
    private void reserve(Member owner) {
        ChangeSet decided = null;
        synchronized (this) {
            var own =
                    all.stream()
                            .filter(one -> one.owner().person().equals(owner.person()))
                            .toList();
            long ofPerson =
                    own.size()
                            + opening.stream()
                                    .filter(one -> one.person().equals(owner.person()))
                                    .count();
            if (ofPerson >= PER_PERSON || all.size() + opening.size() >= ALL) {
                decided =
                        own.stream()
                                .filter(one -> !one.isOpen())
                                .findFirst()
                                .orElseThrow(
                                        () -> new FailureException(Failure.TOO_MANY_CHANGE_SETS));
                all.remove(decided);
            }
            opening.add(owner);
        }
        if (decided != null) {
            decided.close();
        }
    }

    /// @param proposed null when it could not be made
    private synchronized void opened(Member owner, @Nullable ChangeSet proposed) {
        opening.remove(owner);
        if (proposed != null) {
            all.add(proposed);
        }
    }

    private void renewAll() {
        List<ChangeSet> ended;
        List<ChangeSet> open;
        synchronized (this) {
            ended =
                    all.stream()
                            .filter(one -> one.isOver() || one.idleNanos() > IDLE.toNanos())
                            .toList();
            all.removeAll(ended);
            open = List.copyOf(all);
        }
        ended.forEach(ChangeSet::close);
        open.forEach(ChangeSet::renew);
    }
}
