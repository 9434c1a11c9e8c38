package dev.qide.yjs;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A position in a text, between two items, with the marks that apply there.
final class TextCursor {
    final Transaction transaction;
    final Branch branch;
    final Map<String, Value> attributes = new LinkedHashMap<>();
    @Nullable Item left;
    @Nullable Item right;

    private TextCursor(
            Transaction transaction, Branch branch, @Nullable Item left, @Nullable Item right) {
        this.transaction = transaction;
        this.branch = branch;
        this.left = left;
        this.right = right;
    }

    static TextCursor atStart(Transaction transaction, Branch branch) {
        return new TextCursor(transaction, branch, null, branch.start);
    }

    /// A cursor at a position. In a text with marks it walks from the start, to collect the marks
    /// that apply there.
    static TextCursor at(Transaction transaction, Branch branch, long position) {
        LocalEdits.checkPosition(branch, position);
        if (!branch.hasFormats) {
            var left = LocalEdits.leftOf(transaction, branch, position);
            var right = left == null ? branch.start : left.right;
            return new TextCursor(transaction, branch, left, right);
        }
        var cursor = atStart(transaction, branch);
        long rest = position;
        while (rest > 0 && cursor.right != null) {
            var item = cursor.right;
            if (item.isVisible()) {
                cursor.cutRight(rest);
                rest -= item.length;
            }
            cursor.forward();
        }
        return cursor;
    }

    /// Splits the item to the right, if it is longer than `length`.
    void cutRight(long length) {
        var item = right;
        if (item != null && length < item.length) {
            item.split(transaction, item.owner, item.owner.indexOf(item.clock), length);
        }
    }

    /// Moves past the item to the right.
    void forward() {
        var item = right;
        if (item == null) {
            throw new IllegalStateException("the cursor is at the end");
        }
        if (!item.isDeleted() && item.content instanceof Content.Format format) {
            Attributes.apply(attributes, format);
        }
        left = item;
        right = item.right;
    }

    /// Inserts content here and moves past it.
    void insert(Content content) {
        right = LocalEdits.insert(transaction, branch, left, right, content);
        forward();
    }

    /// The mark to the right, if there is one that is not deleted.
    Content.@Nullable Format formatToTheRight() {
        var item = right;
        return item != null && !item.isDeleted() && item.content instanceof Content.Format format
                ? format
                : null;
    }
}
