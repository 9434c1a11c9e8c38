package dev.qide.yjs;

import org.jspecify.annotations.Nullable;

/// An element of a list or a value of a map entry, with the neighbours at its insertion.
///
/// `left` and `right` are its present neighbours, in the list of its parent or in the chain of its
/// key. The origins are the ids of its neighbours at the insertion; they never change, and every
/// replica computes the same order from them (see [Integration]).
final class Item extends Struct {
    private static final long DELETED = 1;

    /// Its content is not collected, since an [UndoManager] may insert it again.
    private static final long KEPT = 2;

    /// It was inserted again; [RedoneItems] has the id of the copy.
    private static final long REDONE = 4;

    private static final long FLAGS = DELETED | KEPT | REDONE;
    private static final int FLAG_BITS = 3;

    /// The maximum size in bytes of an item without its content and names.
    private static final int FRONT_BYTES =
            1 + 4 * Lib0Encoder.LONGEST_VAR_UINT_BYTES + Lib0Encoder.STORE_BYTES;

    /// The clients of the origins; null without an origin.
    @Nullable ClientStructs originOwner;

    @Nullable ClientStructs rightOriginOwner;
    long originClock;

    /// The clock of the right origin, shifted by [#FLAG_BITS], with the flags as the lowest bits: a
    /// document has very many items, and a separate field would make each one eight bytes longer.
    private long rightOriginAndFlags;

    @Nullable Item left;
    @Nullable Item right;

    /// The type that contains it; set when it is integrated.
    @Nullable Branch parent;

    /// The key, if it is the value of a map entry.
    @Nullable String parentSub;

    Content content;

    /// The part of the parent's position index that counts it.
    PositionIndex.@Nullable Leaf leaf;

    Item(ClientStructs owner, long clock, long length, Content content) {
        super(owner, clock, length);
        this.content = content;
    }

    @Override
    boolean isDeleted() {
        return (rightOriginAndFlags & DELETED) != 0;
    }

    void markDeleted() {
        rightOriginAndFlags |= DELETED;
    }

    boolean isKept() {
        return (rightOriginAndFlags & KEPT) != 0;
    }

    void setKept(boolean isKept) {
        rightOriginAndFlags = isKept ? rightOriginAndFlags | KEPT : rightOriginAndFlags & ~KEPT;
    }

    /// Keeps or releases an item and the items that carry the types around it (`keepItem` of Yjs).
    /// Ends at the first one that is in this state already.
    static void keep(Item item, boolean isKept) {
        for (Item at = item; at != null && at.isKept() != isKept; at = at.parentBranch().item) {
            at.setKept(isKept);
        }
    }

    boolean isRedone() {
        return (rightOriginAndFlags & REDONE) != 0;
    }

    void markRedone() {
        rightOriginAndFlags |= REDONE;
    }

    boolean isCountable() {
        return content.isCountable();
    }

    /// Whether it is visible in the list.
    boolean isVisible() {
        return !isDeleted() && content.isCountable();
    }

    /// Its contribution to its parent's length.
    long visibleLength() {
        return isVisible() ? length : 0;
    }

    boolean hasOrigin() {
        return originOwner != null;
    }

    boolean hasRightOrigin() {
        return rightOriginOwner != null;
    }

    long rightOriginClock() {
        return rightOriginAndFlags >>> FLAG_BITS;
    }

    void setRightOrigin(ClientStructs owner, long clock) {
        rightOriginOwner = owner;
        rightOriginAndFlags = clock << FLAG_BITS | (rightOriginAndFlags & FLAGS);
    }

    boolean hasSameOrigin(Item other) {
        return originOwner == other.originOwner
                && (originOwner == null || originClock == other.originClock);
    }

    boolean hasSameRightOrigin(Item other) {
        return rightOriginOwner == other.rightOriginOwner
                && (rightOriginOwner == null || rightOriginClock() == other.rightOriginClock());
    }

    /// The type that contains it, after it is integrated.
    Branch parentBranch() {
        var branch = parent;
        if (branch == null) {
            throw new IllegalStateException("an item without a parent is not integrated");
        }
        return branch;
    }

    /// Splits this item, the `index`-th of its client, at `offset`, and returns the right part.
    Item split(Transaction transaction, ClientStructs structs, int index, long offset) {
        var rest = new Item(owner, clock + offset, length - offset, content.splitOff((int) offset));
        rest.originOwner = owner;
        rest.originClock = clock + offset - 1;
        rest.rightOriginOwner = rightOriginOwner;
        rest.rightOriginAndFlags = rightOriginAndFlags;
        rest.left = this;
        rest.right = right;
        rest.parent = parent;
        rest.parentSub = parentSub;
        transaction.doc.store.weigh(MemoryEstimates.around(content));
        length = offset;
        right = rest;
        if (rest.right != null) {
            rest.right.left = rest;
        }
        transaction.mergeLater(rest);
        if (isRedone()) {
            transaction.doc.store.redone.split(this, rest);
        }
        var branch = parentBranch();
        if (rest.parentSub != null && rest.right == null) {
            branch.setEntry(rest.parentSub, rest);
        }
        if (rest.parentSub == null) {
            branch.positions.split(this, rest);
        }
        structs.insert(index + 1, rest);
        return rest;
    }

    /// Deletes it and everything inside it.
    void delete(Transaction transaction) {
        if (isDeleted()) {
            return;
        }
        var branch = parentBranch();
        if (parentSub == null) {
            branch.positions.hide(this);
        }
        markDeleted();
        transaction.deleted(client(), clock, length);
        transaction.changed(branch, parentSub);
        if (content instanceof Content.Type(var inner)) {
            Deletion.deleteChildren(transaction, inner);
        } else if (content instanceof Content.Document && !transaction.isNew(this)) {
            transaction.removedSubdocuments++;
        }
    }

    /// Whether `next`, the next struct of the same client, can be merged into this item.
    boolean canAbsorb(Item next) {
        return next.originOwner == owner
                && next.originClock == end() - 1
                && right == next
                && hasSameRightOrigin(next)
                && isDeleted() == next.isDeleted()
                && !isRedone()
                && !next.isRedone()
                && content.canAppend(next.content);
    }

    @Override
    void write(Lib0Encoder encoder, long offset) {
        boolean writesOrigin = offset > 0 || originOwner != null;
        int info = content.kind();
        info |= writesOrigin ? StructCursor.HAS_ORIGIN : 0;
        info |= rightOriginOwner != null ? StructCursor.HAS_RIGHT_ORIGIN : 0;
        info |= parentSub != null ? StructCursor.HAS_PARENT_SUB : 0;
        encoder.reserve(FRONT_BYTES);
        encoder.putByte(info);
        if (offset > 0) {
            encoder.putClient(owner).putVarUint(clock + offset - 1);
        } else if (originOwner != null) {
            encoder.putClient(originOwner).putVarUint(originClock);
        }
        if (rightOriginOwner != null) {
            encoder.putClient(rightOriginOwner).putVarUint(rightOriginClock());
        } else if (!writesOrigin) {
            writeParent(encoder);
        }
        content.write(encoder, offset, length);
    }

    private void writeParent(Lib0Encoder encoder) {
        var branch = parentBranch();
        if (branch.item == null) {
            encoder.writeByte(1).writeVarString(String.valueOf(branch.rootName));
        } else {
            var carrier = branch.item;
            encoder.writeByte(0).writeVarUint(carrier.client()).writeVarUint(carrier.clock);
        }
        if (parentSub != null) {
            encoder.writeVarString(parentSub);
        }
    }
}
