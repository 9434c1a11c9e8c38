package dev.qide.server.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// What differs between two sequences of pieces of text, found at a bounded cost.
///
/// A region is split at the pieces that both sides have exactly once (patience diff: all of them at
/// once, so that a text with every second line changed is as quick as one with none); what has no
/// such piece is compared by Myers' algorithm in linear space. Where that would cost too much the
/// region counts as replaced: a correct difference, only not the smallest. Owned by one thread.
public final class TextDiff {
    private final Cost cost;
    private final List<Hunk> hunks = new ArrayList<>();
    private final ArrayDeque<Region> regions = new ArrayDeque<>();
    private final int[] a;
    private final int[] b;
    private final int[] timesInA;
    private final int[] timesInB;
    private final int[] placeInB;

    /// `a[from, to)` became `b[otherFrom, otherTo)`.
    public record Hunk(int from, int to, int otherFrom, int otherTo) {}

    /// How many steps are left for one or more comparisons.
    public static final class Cost {
        private long steps;

        /// @param steps one is about a nanosecond, or a few
        public Cost(long steps) {
            this.steps = steps;
        }

        /// Takes steps away.
        ///
        /// @return false when there were not so many left; none is left then
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
        placeInB = new int[vocabulary];
    }

    /// Compares.
    ///
    /// @param a the pieces as numbers, equal ones alike
    /// @param vocabulary how many numbers there are: all are below it
    /// @return in ascending order, none touching the next
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

    /// The places in `a` of pieces that both sides have once, in an order that both agree on: the
    /// longest such row.
    private int[] anchors(Region region) {
        for (int i = region.from; i < region.to; i++) {
            timesInA[a[i]]++;
        }
        for (int i = region.otherFrom; i < region.otherTo; i++) {
            timesInB[b[i]]++;
            placeInB[b[i]] = i;
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

    /// The longest part of these places whose counterparts rise.
    private int[] longestRising(int[] places) {
        var ends = new int[places.length];
        var before = new int[places.length];
        int length = 0;
        for (int i = 0; i < places.length; i++) {
            int low = 0;
            int high = length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (placeInB[a[places[ends[middle]]]] < placeInB[a[places[i]]]) {
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
            row[i] = places[at];
            at = before[at];
        }
        return row;
    }

    private void splitAt(int[] anchors, Region region) {
        // placeInB is written anew by each region: what is needed of it is taken before that.
        int from = region.from;
        int otherFrom = region.otherFrom;
        for (int place : anchors) {
            int other = placeInB[a[place]];
            regions.push(new Region(from, place, otherFrom, other));
            from = place + 1;
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
