package dev.qide.server.text;

import dev.qide.server.text.TextDiff.Hunk;
import dev.qide.server.text.TokenSequence.Granularity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Merges two descendants of a common text. Pure functions; thread-safe.
///
/// The changes of both sides are computed by lines. Lines that both sides changed are compared by
/// words, and words that both changed by characters, as long as both sides still resemble the base.
/// The remaining conflicts are merged like concurrent edits: deletions of either side apply,
/// insertions of both stay, the document's first. So a replaced line is never lost to a deletion of
/// it. A change made by both sides is applied once.
///
/// Invariant: the result contains all text that either side inserted, in order. The cost is bounded
/// ([#STEPS]); beyond it, regions count as replaced as a whole and are not refined, which may
/// duplicate text but never loses any.
public final class ThreeWayMerge {
    /// About a third of a second on the reference machine.
    private static final long STEPS = 150_000_000;

    /// The maximum length of a region, all three sides together, that is compared at a finer
    /// granularity.
    private static final int REFINED_CHARACTERS = 256 << 10;

    private static final int REFINED_WORD_CHARACTERS = 1 << 10;
    private static final int STEPS_PER_REFINEMENT = 1_000;
    private static final int STEPS_PER_CHARACTER = 40;

    private final TextDiff.Cost cost = new TextDiff.Cost(STEPS);
    private final StringBuilder merged = new StringBuilder();

    private ThreeWayMerge() {}

    /// Merges two texts.
    ///
    /// @param base the common ancestor; LF only, like the others
    /// @param ours the document's text
    /// @param theirs the other text: written by a tool or saved by a person
    public static String merge(String base, String ours, String theirs) {
        if (ours.equals(theirs) || base.equals(theirs)) {
            return ours;
        }
        if (base.equals(ours)) {
            return theirs;
        }
        var merge = new ThreeWayMerge();
        merge.append(Granularity.LINES, base, ours, theirs);
        return merge.merged.toString();
    }

    /// Whether `later` contains every change from `base` to `change`, so that it may as well
    /// descend from `change`.
    public static boolean contains(String base, String change, String later) {
        return merge(base, change, later).equals(later);
    }

    /// Three texts as tokens of one granularity, and the changes of both sides.
    private record Sides(
            TokenSequence base,
            TokenSequence ours,
            TokenSequence theirs,
            List<Hunk> ourHunks,
            List<Hunk> theirHunks) {
        static Sides of(
                Granularity granularity,
                String base,
                String ours,
                String theirs,
                TextDiff.Cost cost) {
            var vocabulary = new TokenSequence.Vocabulary();
            var cutBase = TokenSequence.of(base, granularity);
            var cutOurs = TokenSequence.of(ours, granularity);
            var cutTheirs = TokenSequence.of(theirs, granularity);
            var numbers = cutBase.numbers(vocabulary);
            var ourNumbers = cutOurs.numbers(vocabulary);
            var theirNumbers = cutTheirs.numbers(vocabulary);
            int size = vocabulary.size();
            return new Sides(
                    cutBase,
                    cutOurs,
                    cutTheirs,
                    TextDiff.between(numbers, ourNumbers, size, cost),
                    TextDiff.between(numbers, theirNumbers, size, cost));
        }

        /// Whether both sides kept at least half of the base.
        boolean areSimilar() {
            return 2 * kept(ourHunks) >= base.start(base.count())
                    && 2 * kept(theirHunks) >= base.start(base.count());
        }

        private int kept(List<Hunk> hunks) {
            int kept = base.start(base.count());
            for (var hunk : hunks) {
                kept -= base.start(hunk.to()) - base.start(hunk.from());
            }
            return kept;
        }
    }

    /// Overlapping changes of both sides: hunks `[ourFrom, ourTo)` and `[theirFrom, theirTo)`.
    private record Cluster(int ourFrom, int ourTo, int theirFrom, int theirTo) {
        boolean isOneSided() {
            return ourFrom == ourTo || theirFrom == theirTo;
        }
    }

    private void append(Granularity granularity, String base, String ours, String theirs) {
        append(granularity, Sides.of(granularity, base, ours, theirs, cost));
    }

    private void append(Granularity granularity, Sides sides) {
        int at = 0;
        int our = 0;
        int their = 0;
        while (our < sides.ourHunks.size() || their < sides.theirHunks.size()) {
            var cluster = cluster(sides, our, their);
            int from = start(sides, cluster);
            int to = end(sides, cluster);
            append(granularity, sides.base.text(at, from));
            if (cluster.isOneSided() || !isRefined(granularity, sides, cluster, from, to)) {
                applyBoth(granularity, sides, cluster, from, to);
            }
            at = to;
            our = cluster.ourTo;
            their = cluster.theirTo;
        }
        append(granularity, sides.base.text(at, sides.base.count()));
    }

    /// The next group of overlapping changes.
    private static Cluster cluster(Sides sides, int ourFrom, int theirFrom) {
        int our = ourFrom;
        int their = theirFrom;
        int end = -1;
        boolean isOpen = true;
        while (isOpen) {
            var one = our < sides.ourHunks.size() ? sides.ourHunks.get(our) : null;
            var other = their < sides.theirHunks.size() ? sides.theirHunks.get(their) : null;
            boolean isOurs = one != null && (other == null || one.from() <= other.from());
            var next = isOurs ? one : other;
            isOpen = next != null && (end < 0 || overlaps(next, end, sides, our, their, isOurs));
            if (isOpen && next != null) {
                end = Math.max(end, next.to());
                our += isOurs ? 1 : 0;
                their += isOurs ? 0 : 1;
            }
        }
        return new Cluster(ourFrom, our, theirFrom, their);
    }

    /// Whether a hunk overlaps the preceding ones: it starts inside them, or both insert at the
    /// same position.
    private static boolean overlaps(
            Hunk next, int end, Sides sides, int our, int their, boolean isOurs) {
        if (next.from() < end) {
            return true;
        }
        var hunks = isOurs ? sides.theirHunks : sides.ourHunks;
        int last = (isOurs ? their : our) - 1;
        if (next.from() > end || last < 0) {
            return false;
        }
        var before = hunks.get(last);
        return before.from() == next.from() && before.to() == end;
    }

    /// Merges a region at a finer granularity if possible.
    private boolean isRefined(
            Granularity granularity, Sides sides, Cluster cluster, int from, int to) {
        var ours =
                sides.ours.text(
                        positionIn(sides.ourHunks, cluster.ourFrom, from),
                        positionIn(sides.ourHunks, cluster.ourTo, to));
        var theirs =
                sides.theirs.text(
                        positionIn(sides.theirHunks, cluster.theirFrom, from),
                        positionIn(sides.theirHunks, cluster.theirTo, to));
        if (ours.equals(theirs)) {
            append(granularity, ours);
            return true;
        }
        var base = sides.base.text(from, to);
        if (base.isEmpty() || ours.isEmpty() || theirs.isEmpty()) {
            return false;
        }
        return (granularity == Granularity.LINES && isMerged(Granularity.WORDS, base, ours, theirs))
                || (granularity != Granularity.CHARACTERS
                        && isMerged(Granularity.CHARACTERS, base, ours, theirs));
    }

    /// Merges a region at this granularity and appends it, if both sides resemble the base.
    /// Character changes of the two sides must not touch, because the result would be a word that
    /// nobody wrote.
    private boolean isMerged(Granularity granularity, String base, String ours, String theirs) {
        int size = base.length() + ours.length() + theirs.length();
        if (size > (granularity == Granularity.WORDS ? REFINED_CHARACTERS : REFINED_WORD_CHARACTERS)
                || !cost.spend(STEPS_PER_REFINEMENT + (long) STEPS_PER_CHARACTER * size)) {
            return false;
        }
        var fine = Sides.of(granularity, base, ours, theirs, cost);
        if (!fine.areSimilar() || (granularity == Granularity.CHARACTERS && !areApart(fine))) {
            return false;
        }
        append(granularity, fine);
        return true;
    }

    /// Whether no changes of the two sides touch.
    private static boolean areApart(Sides sides) {
        int our = 0;
        int their = 0;
        while (our < sides.ourHunks.size() && their < sides.theirHunks.size()) {
            var cluster = cluster(sides, our, their);
            if (!cluster.isOneSided()) {
                return false;
            }
            our = cluster.ourTo;
            their = cluster.theirTo;
        }
        return true;
    }

    /// Applies the deletions of both sides and keeps the insertions of both.
    private void applyBoth(
            Granularity granularity, Sides sides, Cluster cluster, int from, int to) {
        var isDeleted = new boolean[to - from];
        markDeleted(isDeleted, from, sides.ourHunks.subList(cluster.ourFrom, cluster.ourTo));
        markDeleted(isDeleted, from, sides.theirHunks.subList(cluster.theirFrom, cluster.theirTo));
        int our = cluster.ourFrom;
        int their = cluster.theirFrom;
        for (int i = from; i <= to; i++) {
            var ours = at(sides.ourHunks, our, cluster.ourTo, i);
            var theirs = at(sides.theirHunks, their, cluster.theirTo, i);
            our += ours == null ? 0 : 1;
            their += theirs == null ? 0 : 1;
            boolean isTheirsBefore =
                    ours != null
                            && theirs != null
                            && isOnlyInsertion(theirs)
                            && !isOnlyInsertion(ours);
            appendBoth(
                    granularity,
                    inserted(sides.ours, ours),
                    inserted(sides.theirs, theirs),
                    isTheirsBefore);
            if (i < to && !isDeleted[i - from]) {
                append(granularity, sides.base.text(i, i + 1));
            }
        }
    }

    private static @Nullable Hunk at(List<Hunk> hunks, int next, int end, int position) {
        return next < end && hunks.get(next).from() == position ? hunks.get(next) : null;
    }

    private static boolean isOnlyInsertion(Hunk hunk) {
        return hunk.from() == hunk.to();
    }

    /// Appends two insertions at the same position. If one contains all tokens of the other in
    /// order, it alone is appended: both come from the same change.
    private void appendBoth(
            Granularity granularity, String ours, String theirs, boolean isTheirsBefore) {
        boolean isWhole = granularity != Granularity.CHARACTERS;
        if (ours.equals(theirs) || (isWhole && containsInOrder(granularity, ours, theirs))) {
            append(granularity, ours);
        } else if (isWhole && containsInOrder(granularity, theirs, ours)) {
            append(granularity, theirs);
        } else {
            append(granularity, isTheirsBefore ? theirs : ours);
            append(granularity, isTheirsBefore ? ours : theirs);
        }
    }

    /// Appends text. A last line without a line feed gets one before another line.
    private void append(Granularity granularity, String text) {
        boolean isLine = granularity == Granularity.LINES && !text.isEmpty() && !merged.isEmpty();
        if (isLine && merged.charAt(merged.length() - 1) != '\n') {
            merged.append('\n');
        }
        merged.append(text);
    }

    private static boolean containsInOrder(Granularity granularity, String outer, String inner) {
        if (inner.isEmpty()) {
            return true;
        }
        var vocabulary = new TokenSequence.Vocabulary();
        var all = TokenSequence.of(outer, granularity).numbers(vocabulary);
        var some = TokenSequence.of(inner, granularity).numbers(vocabulary);
        int found = 0;
        for (int i = 0; i < all.length && found < some.length; i++) {
            if (all[i] == some[found]) {
                found++;
            }
        }
        return found == some.length;
    }

    private static String inserted(TokenSequence side, @Nullable Hunk hunk) {
        return hunk == null ? "" : side.text(hunk.otherFrom(), hunk.otherTo());
    }

    private static void markDeleted(boolean[] isDeleted, int from, List<Hunk> hunks) {
        for (var hunk : hunks) {
            for (int i = hunk.from(); i < hunk.to(); i++) {
                isDeleted[i - from] = true;
            }
        }
    }

    private static int start(Sides sides, Cluster cluster) {
        int start = Integer.MAX_VALUE;
        if (cluster.ourFrom < cluster.ourTo) {
            start = sides.ourHunks.get(cluster.ourFrom).from();
        }
        if (cluster.theirFrom < cluster.theirTo) {
            start = Math.min(start, sides.theirHunks.get(cluster.theirFrom).from());
        }
        return start;
    }

    private static int end(Sides sides, Cluster cluster) {
        int end = 0;
        for (var hunk : sides.ourHunks.subList(cluster.ourFrom, cluster.ourTo)) {
            end = Math.max(end, hunk.to());
        }
        for (var hunk : sides.theirHunks.subList(cluster.theirFrom, cluster.theirTo)) {
            end = Math.max(end, hunk.to());
        }
        return end;
    }

    /// Maps a position in the base to a position in a side's tokens; `hunk` is the first hunk after
    /// it.
    private static int positionIn(List<Hunk> hunks, int hunk, int position) {
        return hunk == 0
                ? position
                : position + hunks.get(hunk - 1).otherTo() - hunks.get(hunk - 1).to();
    }
}
