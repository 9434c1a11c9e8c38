package dev.qide.yjs;

import org.jspecify.annotations.Nullable;

/// The fast path for typing: text directly after the last text of the same author is appended to
/// its item, instead of becoming a new item that is merged at once.
///
/// The result is the same to the byte. The fast path is available only while no type is observed,
/// since an observer must see the new text as a separate item.
final class TypingFastPath {
    private TypingFastPath() {}

    /// The last item of a client, if text after it can be appended to it.
    private static @Nullable Item lastText(Doc doc, ClientStructs structs) {
        if (doc.isObserved
                || structs.size == 0
                || !(structs.get(structs.size - 1) instanceof Item last)
                || !(last.content instanceof TextRun)
                || last.isDeleted()
                || last.parentSub != null) {
            return null;
        }
        return last;
    }

    /// Appends the text of the cursor's current struct. Returns false, without a change, if the
    /// fast path does not apply.
    static boolean append(Transaction transaction, StructCursor cursor) {
        if (cursor.kind != StructCursor.STRING || cursor.originClient != cursor.client) {
            return false;
        }
        var structs = transaction.doc.store.of(cursor.client);
        var last = lastText(transaction.doc, structs);
        if (last == null
                || last.end() != cursor.clock
                || !cursor.hasOrigin()
                || cursor.originClock != cursor.clock - 1
                || !hasSameRightOrigin(last, cursor)
                || !isFollowedBy(last, cursor)) {
            return false;
        }
        append(transaction, last, (TextRun) ContentReader.read(cursor), cursor.length);
        return true;
    }

    /// Appends local text between two neighbours; returns false if the fast path does not apply.
    static boolean append(
            Transaction transaction, @Nullable Item left, @Nullable Item right, String text) {
        var structs = transaction.doc.store.of(transaction.doc.clientId());
        var last = lastText(transaction.doc, structs);
        if (last == null || last != left || last.right != right || !hasRightOrigin(last, right)) {
            return false;
        }
        transaction.touch(last.owner);
        if (((TextRun) last.content).appendAscii(text)) {
            transaction.doc.store.weigh(text.length());
            grow(last, text.length());
        } else {
            append(transaction, last, TextRun.of(text), text.length());
        }
        return true;
    }

    private static void append(Transaction transaction, Item last, TextRun text, long length) {
        transaction.touch(last.owner);
        transaction.doc.store.weigh(text.storedBytes());
        ((TextRun) last.content).append(text);
        grow(last, length);
    }

    private static void grow(Item last, long length) {
        last.length += length;
        last.parentBranch().positions.grown(last, length);
    }

    private static boolean hasSameRightOrigin(Item last, StructCursor cursor) {
        var owner = last.rightOriginOwner;
        if (owner == null || !cursor.hasRightOrigin()) {
            return owner == null && !cursor.hasRightOrigin();
        }
        return owner.client == cursor.rightOriginClient
                && last.rightOriginClock() == cursor.rightOriginClock;
    }

    private static boolean isFollowedBy(Item last, StructCursor cursor) {
        if (!cursor.hasRightOrigin()) {
            return last.right == null;
        }
        var right = last.right;
        return right != null
                && right.client() == cursor.rightOriginClient
                && right.clock == cursor.rightOriginClock;
    }

    private static boolean hasRightOrigin(Item last, @Nullable Item right) {
        if (right == null) {
            return !last.hasRightOrigin();
        }
        return last.rightOriginOwner == right.owner && last.rightOriginClock() == right.clock;
    }
}
