package dev.qide.server.tools.change;

import dev.qide.server.ai.Chats;
import dev.qide.server.ai.WorkspaceTools.Rights;
import dev.qide.server.collab.Access;
import dev.qide.wire.ChangeSetInfo;
import dev.qide.wire.ChangeSetInfo.State;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.Doc;
import dev.qide.yjs.YText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One proposal: hunks of one document, each proposed, accepted, rejected or undone. Thread-safe;
/// calls block on the commit.
public final class ChangeSet implements AutoCloseable {
    private final UUID id = UUID.randomUUID();
    private final Chats.Member owner;
    private final String agent;
    private final String path;
    private final CurrentRights rights;
    private final DocumentParticipant participant;
    private final List<Decided> hunks = new ArrayList<>();
    private volatile long usedAt = System.nanoTime();
    private volatile boolean isOpen = true;

    private record Decided(ProposedHunk hunk, State state) {}

    /// The rights of whoever decides at the moment.
    static final class CurrentRights implements Access {
        private volatile Rights rights;

        CurrentRights(Rights rights) {
            this.rights = rights;
        }

        @Override
        public Access.Member login(Access.@Nullable Member loggedIn, String token) {
            if (loggedIn == null) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return loggedIn;
        }

        @Override
        public boolean canRead(Access.Member member) {
            return rights.canRead();
        }

        @Override
        public boolean canEdit(Access.Member member) {
            return rights.canEdit();
        }
    }

    /// The subject of a change set.
    ///
    /// @param agent the name that others see
    record Subject(Chats.Member owner, String agent, String path) {}

    ChangeSet(
            Subject subject,
            CurrentRights rights,
            DocumentParticipant participant,
            List<ProposedHunk> hunks) {
        owner = subject.owner();
        agent = subject.agent();
        path = subject.path();
        this.rights = rights;
        this.participant = participant;
        hunks.forEach(hunk -> this.hunks.add(new Decided(hunk, State.PROPOSED)));
        participant.present(true);
    }

    public UUID id() {
        return id;
    }

    public Chats.Member owner() {
        return owner;
    }

    /// The hunks, with the lines where they are now.
    ///
    /// @throws FailureException the reason why the document has ended
    public synchronized ChangeSetInfo info() throws InterruptedException {
        return participant.compute((doc, text) -> {
            var all = text.toString();
            var listed = new ArrayList<ChangeSetInfo.Hunk>();
            for (int i = 0; i < hunks.size(); i++) {
                var decided = hunks.get(i);
                listed.add(
                        new ChangeSetInfo.Hunk(
                                i + 1,
                                decided.state(),
                                line(decided.hunk(), doc, all),
                                decided.hunk().before(),
                                decided.hunk().after()));
            }
            return new ChangeSetInfo(id.toString(), path, agent, listed);
        });
    }

    private static int line(ProposedHunk hunk, Doc doc, String all) {
        var place = hunk.start().resolve(doc);
        int end = place == null ? 0 : (int) Math.min(place.index(), all.length());
        return (int) all.substring(0, end).chars().filter(c -> c == '\n').count();
    }

    /// Accepts, rejects or undoes hunks; those in another state stay as they are.
    ///
    /// @param numbers from 1; empty for all
    /// @param target `ACCEPTED` or `REJECTED` for proposed hunks, `UNDONE` for accepted ones
    /// @throws FailureException `FORBIDDEN`, `INVALID_PARAMS` for a number without a hunk, or the
    ///   reason why the document has ended; what was committed before stays
    public synchronized void decide(List<Integer> numbers, State target, Rights decider)
            throws InterruptedException {
        usedAt = System.nanoTime();
        rights.rights = decider;
        if (numbers.stream().anyMatch(number -> number < 1 || number > hunks.size())) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "hunks"));
        }
        var from = target == State.UNDONE ? State.ACCEPTED : State.PROPOSED;
        for (int i = 0; i < hunks.size(); i++) {
            var hunk = hunks.get(i).hunk();
            if ((numbers.isEmpty() || numbers.contains(i + 1)) && hunks.get(i).state() == from) {
                switch (target) {
                    case ACCEPTED -> participant.edit(List.of(hunk.update()), (_, _) -> {});
                    case UNDONE ->
                            participant.edit(
                                    List.of(hunk.deletionOfInserted()),
                                    (doc, text) -> restore(hunk, doc, text));
                    case REJECTED -> {}
                    case PROPOSED -> throw new FailureException(Failure.INVALID_PARAMS);
                }
                hunks.set(i, new Decided(hunk, target));
                isOpen = hunks.stream().anyMatch(one -> one.state() == State.PROPOSED);
            }
        }
        participant.present(isOpen);
    }

    /// From last to first: the position of an earlier removal may be the same.
    private static void restore(ProposedHunk hunk, Doc doc, YText text) {
        for (var removal : hunk.removals().reversed()) {
            var place = removal.position().resolve(doc);
            text.insert(place == null ? 0 : place.index(), removal.text());
        }
    }

    /// Renews the presence of an open proposal.
    public void renew() {
        if (isOpen) {
            participant.present(true);
        }
    }

    /// Whether a hunk waits for a decision. Never waits for one that is under way.
    public boolean isOpen() {
        return isOpen;
    }

    /// Nanoseconds since somebody decided. Never waits.
    public long idleNanos() {
        return System.nanoTime() - usedAt;
    }

    /// Whether the document has ended for it.
    public boolean isOver() {
        return participant.end() != null;
    }

    /// The participant leaves the document.
    @Override
    public void close() {
        participant.close();
    }
}
