package dev.qide.server.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// The difference of two token sequences, computed at bounded cost.
///
/// A region is split at the tokens that occur exactly once on both sides (patience diff, at all of
/// them at once, so that a text with every second line changed is as fast as an unchanged one). A
/// region without such tokens is compared by Myers' algorithm in linear space. If that would cost
/// too much, the region counts as replaced, which is correct but not minimal. Owned by one thread.
public final class TextDiff {
    private final Cost cost;
    private final List<Hunk> hunks = new ArrayList<>();
    private final ArrayDeque<Region> regions = new ArrayDeque<>();
    private final int[] a;
    private final int[] b;
    private final int[] timesInA;
    private final int[] timesInB;
    private final int[] positionInB;

    /// `a[from, to)` became `b[otherFrom, otherTo)`.
    public record Hunk(int from, int to, int otherFrom, int otherTo) {}

    /// A budget of steps shared by one or more comparisons.
    public static final class Cost {
        private long steps;

        /// @param steps each about one to a few nanoseconds
        public Cost(long steps) {
            this.steps = steps;
        }

        /// Spends steps.
        ///
        /// @return false when the budget is exhausted
        public boolean spend(long count) {
            steps = steps < count ? 0 : steps - count;
            return steps > 0;
        }
    }

    private record Region(int from, int to, int otherFrom, int otherTo) {
        boolean isOneSided() {
            return from == to || otherFrom == otherTo;
        }

        int size() {
            return to - from + otherTo - otherFrom;
        }
    }

    private TextDiff(int[] a, int[] b, int vocabulary, Cost cost) {
        this.a = a;
        this.b = b;
        this.cost = cost;
        timesInA = new int[vocabulary];
        timesInB = new int[vocabulary];
        positionInB = new int[vocabulary];
    }

    /// Computes the difference.
    ///
    /// @param a the tokens as numbers; equal tokens have equal numbers
    /// @param vocabulary the number of distinct tokens; all numbers are below it
    /// @return in ascending order; hunks do not touch
    public static List<Hunk> between(int[] a, int[] b, int vocabulary, Cost cost) {
        if (Arrays.equals(a, b)) {
            return List.of();
        }
        var diff = new TextDiff(a, b, vocabulary, cost);
        diff.regions.push(new Region(0, a.length, 0, b.length));
        while (!diff.regions.isEmpty()) {
            diff.compare(diff.regions.pop());
        }
        return joined(diff.hunks);
    }

    private void compare(Region whole) {
        var region = trimmed(whole);
        if (region.from() == region.to() && region.otherFrom() == region.otherTo()) {
            return;
        }
        if (region.isOneSided() || !cost.spend(4L * region.size())) {
            replace(region);
            return;
        }
        var anchors = anchors(region);
        if (anchors.length > 0) {
            splitAt(anchors, region);
            return;
        }
        var middle =
                new MiddleSnake(a, b, cost)
                        .find(new Hunk(region.from, region.to, region.otherFrom, region.otherTo));
        if (middle == null) {
            replace(region);
            return;
        }
        regions.push(new Region(region.from, middle.at(), region.otherFrom, middle.otherAt()));
        regions.push(new Region(middle.at(), region.to, middle.otherAt(), region.otherTo));
    }

    private void replace(Region region) {
        hunks.add(new Hunk(region.from, region.to, region.otherFrom, region.otherTo));
    }

    private Region trimmed(Region region) {
        int from = region.from;
        int to = region.to;
        int otherFrom = region.otherFrom;
        int otherTo = region.otherTo;
        while (from < to && otherFrom < otherTo && a[from] == b[otherFrom]) {
            from++;
            otherFrom++;
        }
        while (from < to && otherFrom < otherTo && a[to - 1] == b[otherTo - 1]) {
            to--;
            otherTo--;
        }
        return new Region(from, to, otherFrom, otherTo);
    }

    /// The positions in `a` of tokens that occur once on both sides, in the longest sequence whose
    /// order both sides share.
    private int[] anchors(Region region) {
        for (int i = region.from; i < region.to; i++) {
            timesInA[a[i]]++;
        }
        for (int i = region.otherFrom; i < region.otherTo; i++) {
            timesInB[b[i]]++;
            positionInB[b[i]] = i;
        }
        int count = 0;
        var unique = new int[Math.min(region.to - region.from, region.otherTo - region.otherFrom)];
        for (int i = region.from; i < region.to; i++) {
            if (timesInA[a[i]] == 1 && timesInB[a[i]] == 1) {
                unique[count++] = i;
            }
        }
        for (int i = region.from; i < region.to; i++) {
            timesInA[a[i]] = 0;
        }
        for (int i = region.otherFrom; i < region.otherTo; i++) {
            timesInB[b[i]] = 0;
        }
        return longestRising(Arrays.copyOf(unique, count));
    }

    /// The longest subsequence of these positions whose counterparts increase.
    private int[] longestRising(int[] positions) {
        var ends = new int[positions.length];
        var before = new int[positions.length];
        int length = 0;
        for (int i = 0; i < positions.length; i++) {
            int low = 0;
            int high = length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (positionInB[a[positions[ends[middle]]]] < positionInB[a[positions[i]]]) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            before[i] = low == 0 ? -1 : ends[low - 1];
            ends[low] = i;
            length = Math.max(length, low + 1);
        }
        var row = new int[length];
        int at = length == 0 ? -1 : ends[length - 1];
        for (int i = length - 1; i >= 0; i--) {
            row[i] = positions[at];
            at = before[at];
        }
        return row;
    }

    private void splitAt(int[] anchors, Region region) {
        // Every comparison overwrites positionInB, so its values are read before the next one.
        int from = region.from;
        int otherFrom = region.otherFrom;
        for (int position : anchors) {
            int other = positionInB[a[position]];
            regions.push(new Region(from, position, otherFrom, other));
            from = position + 1;
            otherFrom = other + 1;
        }
        regions.push(new Region(from, region.to, otherFrom, region.otherTo));
    }

    private static List<Hunk> joined(List<Hunk> found) {
        found.sort(Comparator.comparingInt(Hunk::from).thenComparingInt(Hunk::otherFrom));
        var joined = new ArrayList<Hunk>(found.size());
        for (var hunk : found) {
            var last = joined.isEmpty() ? null : joined.getLast();
            if (last != null && last.to == hunk.from && last.otherTo == hunk.otherFrom) {
                joined.set(
                        joined.size() - 1,
                        new Hunk(last.from, hunk.to, last.otherFrom, hunk.otherTo));
            } else {
                joined.add(hunk);
            }
        }
        return joined;
    }
}
