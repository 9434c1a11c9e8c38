package dev.qide.server.tools.change;

import dev.qide.server.text.TextEdit;
import dev.qide.server.text.TextEdit.Hunk;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.DecodeLimits;
import dev.qide.yjs.Doc;
import dev.qide.yjs.RelativePosition;
import dev.qide.yjs.YText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Makes the hunks that turn a document's text into another. Owned by one thread.
final class HunkBuilder {
    /// The hunks of one change set.
    private static final int HUNKS = 100;

    /// The work of one change set: each hunk copies the document.
    private static final long COPIED_CHARACTERS = 100_000_000;

    /// Yjs generates ids below this one.
    private static final long END_OF_CLIENTS = 1L << 32;

    private final Doc doc;
    private final YText text;
    private final String before;
    private final RandomGenerator random;

    /// @param doc is not changed
    HunkBuilder(Doc doc, YText text, RandomGenerator random) {
        this.doc = doc;
        this.text = text;
        this.random = random;
        before = text.toString();
    }

    /// @throws FailureException `MESSAGE_TOO_LARGE` when there are too many
    List<ProposedHunk> build(String wanted) {
        var groups = groups(TextEdit.between(before, wanted));
        if (groups.size() > HUNKS || (long) groups.size() * before.length() > COPIED_CHARACTERS) {
            throw new FailureException(
                    Failure.MESSAGE_TOO_LARGE, Map.of("limit", HUNKS + " hunks"));
        }
        var state = doc.encodeStateAsUpdate();
        return groups.stream().map(group -> hunk(group, state)).toList();
    }

    /// Edits of the same line or of neighbouring lines belong together.
    private List<List<Hunk>> groups(List<Hunk> edits) {
        var groups = new ArrayList<List<Hunk>>();
        int end = -1;
        for (var edit : edits) {
            boolean isNear =
                    end >= 0
                            && before.substring(end, edit.from())
                                            .chars()
                                            .filter(c -> c == '\n')
                                            .count()
                                    <= 1;
            if (!isNear) {
                groups.add(new ArrayList<>());
            }
            groups.getLast().add(edit);
            end = edit.from() + edit.removed();
        }
        return groups;
    }

    private ProposedHunk hunk(List<Hunk> edits, byte[] state) {
        long author = newClient();
        var fork = new Doc(new Doc.Options(author, false, false, DecodeLimits.STANDARD));
        fork.applyUpdate(state);
        var updates = new ArrayList<byte[]>(1);
        var _ = fork.onUpdate((update, _) -> updates.add(update));
        fork.transact(() -> TextEdit.apply(fork.text(DocumentParticipant.TEXT_ROOT), edits));
        int from = edits.getFirst().from();
        int to = edits.getLast().from() + edits.getLast().removed();
        int lineStart = before.lastIndexOf('\n', from - 1) + 1;
        int newline = before.indexOf('\n', to);
        int lineEnd = newline < 0 ? before.length() : newline;
        return new ProposedHunk(
                before.substring(lineStart, lineEnd),
                applied(edits, lineStart, lineEnd),
                RelativePosition.of(text, from, -1),
                author,
                edits.stream().mapToLong(edit -> edit.inserted().length()).sum(),
                updates.getFirst(),
                edits.stream().filter(edit -> edit.removed() > 0).map(this::removal).toList());
    }

    private ProposedHunk.Removal removal(Hunk edit) {
        return new ProposedHunk.Removal(
                RelativePosition.of(text, edit.from(), -1),
                before.substring(edit.from(), edit.from() + edit.removed()));
    }

    private String applied(List<Hunk> edits, int start, int end) {
        var after = new StringBuilder();
        int done = start;
        for (var edit : edits) {
            after.append(before, done, edit.from()).append(edit.inserted());
            done = edit.from() + edit.removed();
        }
        return after.append(before, done, end).toString();
    }

    private long newClient() {
        long client = random.nextLong(END_OF_CLIENTS);
        while (doc.isAuthor(client)) {
            client = random.nextLong(END_OF_CLIENTS);
        }
        return client;
    }
}
