package dev.qide.yjs;

import org.jspecify.annotations.Nullable;

/// The item of a list at which a position was last looked up, and the visible length before it.
///
/// People edit where they edited before, so the next position is usually a few items away, and
/// [PositionIndex] need not descend its tree. A change beside the item adjusts the length; one
/// further away forgets the item, since its side is not known. Owned by one thread.
final class RecentPosition {
    /// The number of items up to which a position is near.
    private static final int NEAR_ITEMS = 16;

    private @Nullable Item item;
    private long start;

    /// The place of a position that is near the last one; null for any other.
    PositionIndex.@Nullable Place near(long position) {
        Item at = item;
        long before = start;
        int steps = NEAR_ITEMS;
        while (at != null && position < before && steps-- > 0) {
            at = at.left;
            before -= at == null ? 0 : at.visibleLength();
        }
        while (at != null && position - before >= at.visibleLength() && steps-- > 0) {
            before += at.visibleLength();
            at = at.right;
        }
        if (at == null || steps < 0) {
            return null;
        }
        remember(at, before);
        return new PositionIndex.Place(at, position - before);
    }

    void remember(Item found, long before) {
        item = found;
        start = before;
    }

    /// Records that the visible length of `changed` grows by `by`, which may be negative. A new
    /// item counts as one that was empty.
    void changed(Item changed, long by) {
        if (item == null || changed == item || changed.left == item) {
            return;
        }
        if (changed.right == item) {
            start += by;
        } else {
            item = null;
        }
    }

    /// Records that `gone` is about to be merged into `into`, its left neighbour.
    void absorbing(Item into, Item gone) {
        if (item == gone) {
            item = into;
            start -= into.visibleLength();
        }
    }

    /// Throws if the length does not match the list.
    void checkInvariants(@Nullable Item first) {
        if (item == null) {
            return;
        }
        long before = 0;
        for (Item at = first; at != null && at != item; at = at.right) {
            before += at.visibleLength();
        }
        Invariants.require(before == start, "the recent position counts what is before it");
    }
}
