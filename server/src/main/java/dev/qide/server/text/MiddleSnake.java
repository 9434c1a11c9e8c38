package dev.qide.server.text;

import org.jspecify.annotations.Nullable;

/// Finds the point where the two halves of a shortest edit script of a region meet (E. W. Myers,
/// "An O(ND) Difference Algorithm and Its Variations", 1986, section 4b): searches forward from the
/// start and backward from the end, edit by edit, until both meet on a diagonal. Owned by one
/// thread.
final class MiddleSnake {
    /// The maximum number of edits of each half; bounds time and memory.
    private static final int MAX_EDITS = 2_048;

    private static final int UNREACHED = -1;

    private final int[] a;
    private final int[] b;
    private final TextDiff.Cost cost;

    /// A point between tokens of both sides.
    record Point(int at, int otherAt) {}

    MiddleSnake(int[] a, int[] b, TextDiff.Cost cost) {
        this.a = a;
        this.b = b;
        this.cost = cost;
    }

    /// Finds the middle point.
    ///
    /// @param region starts and ends with different tokens; neither side is empty
    /// @return a point inside the region that is not a corner; null when the search costs too much
    @Nullable Point find(TextDiff.Hunk region) {
        int lowest = region.from() - region.otherTo();
        int highest = region.to() - region.otherFrom();
        int start = region.from() - region.otherFrom();
        int end = region.to() - region.otherTo();
        int most = Math.min((highest - lowest + 1) / 2 + 1, MAX_EDITS);
        var forward = new Half(start, most, UNREACHED);
        var backward = new Half(end, most, Integer.MAX_VALUE);
        forward.set(start, region.from());
        backward.set(end, region.to());
        boolean isOdd = ((start - end) & 1) != 0;
        for (int edits = 1; edits <= most; edits++) {
            if (!cost.spend(4L * edits)) {
                return null;
            }
            forward.widen(lowest, highest);
            for (int k = forward.high; k >= forward.low; k -= 2) {
                int at = advanceForward(forward, k, region);
                if (isOdd && backward.covers(k) && backward.get(k) <= at) {
                    return inside(region, at, at - k);
                }
            }
            backward.widen(lowest, highest);
            for (int k = backward.high; k >= backward.low; k -= 2) {
                int at = advanceBackward(backward, k, region);
                if (!isOdd && forward.covers(k) && at <= forward.get(k)) {
                    return inside(region, at, at - k);
                }
            }
        }
        return null;
    }

    private int advanceForward(Half half, int k, TextDiff.Hunk region) {
        int begin = Math.max(half.get(k - 1) + 1, half.get(k + 1));
        int at = begin;
        while (at < region.to() && at - k < region.otherTo() && a[at] == b[at - k]) {
            at++;
        }
        var _ = cost.spend(at - begin);
        half.set(k, at);
        return at;
    }

    private int advanceBackward(Half half, int k, TextDiff.Hunk region) {
        int begin = Math.min(half.get(k - 1), half.get(k + 1) - 1);
        int at = begin;
        while (at > region.from() && at - k > region.otherFrom() && a[at - 1] == b[at - 1 - k]) {
            at--;
        }
        var _ = cost.spend(begin - at);
        half.set(k, at);
        return at;
    }

    private static @Nullable Point inside(TextDiff.Hunk region, int at, int otherAt) {
        boolean isCorner =
                (at == region.from() && otherAt == region.otherFrom())
                        || (at == region.to() && otherAt == region.otherTo());
        return isCorner ? null : new Point(at, otherAt);
    }

    /// The progress of one half on each diagonal.
    private static final class Half {
        private final int[] reached;
        private final int shift;
        private final int unreached;
        private int low;
        private int high;

        Half(int diagonal, int most, int unreached) {
            this.unreached = unreached;
            reached = new int[2 * most + 5];
            shift = most + 2 - diagonal;
            low = diagonal;
            high = diagonal;
        }

        int get(int diagonal) {
            return reached[diagonal + shift];
        }

        void set(int diagonal, int at) {
            reached[diagonal + shift] = at;
        }

        boolean covers(int diagonal) {
            return low <= diagonal && diagonal <= high;
        }

        /// Adds one edit: one diagonal on each side, within the region.
        void widen(int lowest, int highest) {
            if (low > lowest) {
                low--;
                set(low - 1, unreached);
            } else {
                low++;
            }
            if (high < highest) {
                high++;
                set(high + 1, unreached);
            } else {
                high--;
            }
        }
    }
}
