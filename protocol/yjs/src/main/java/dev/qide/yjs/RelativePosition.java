package dev.qide.yjs;

import org.jspecify.annotations.Nullable;

/// A position in a list that moves with the surrounding content: it refers to the element after it
/// (or, with a negative association, the one before it) instead of an index.
///
/// @param item the element that it refers to; null at an end of the list
/// @param rootName the root list, if `item` is null and the list is a root
/// @param type the item of the nested type, if `item` is null and the list is nested
/// @param association ≥ 0: it refers to the element after it; below 0: to the one before it
public record RelativePosition(
        @Nullable Id item, @Nullable String rootName, @Nullable Id type, int association) {
    private static final int ITEM = 0;
    private static final int ROOT = 1;
    private static final int TYPE = 2;

    /// A position as an index.
    public record Resolved(SharedType type, long index) {}

    /// @throws IndexOutOfBoundsException outside the list
    public static RelativePosition of(SharedType list, long index, int association) {
        var branch = list.branch;
        LocalEdits.checkPosition(branch, index);
        if (association >= 0) {
            var place = branch.positions.find(index);
            return place.item() == null
                    ? atEnd(branch, association)
                    : at(place.item(), place.offset(), association);
        }
        if (index == 0) {
            return atEnd(branch, association);
        }
        var place = branch.positions.find(index - 1);
        return place.item() == null
                ? atEnd(branch, association)
                : at(place.item(), place.offset(), association);
    }

    private static RelativePosition at(Item item, long offset, int association) {
        return new RelativePosition(
                new Id(item.client(), item.clock + offset), null, null, association);
    }

    private static RelativePosition atEnd(Branch branch, int association) {
        var carrier = branch.item;
        return carrier == null
                ? new RelativePosition(null, branch.rootName, null, association)
                : new RelativePosition(
                        null, null, new Id(carrier.client(), carrier.clock), association);
    }

    /// Finds the position in `doc`; null if the element is missing or was collected. If an
    /// [UndoManager] of this document has inserted the element again, the position is in its copy.
    public @Nullable Resolved resolve(Doc doc) {
        if (item != null) {
            return resolveItem(doc, item);
        }
        Branch branch;
        if (rootName != null) {
            branch = doc.root(rootName);
        } else if (type != null && type.clock() < doc.store.state(type.client())) {
            if (!(doc.store.redone.follow(doc.store, type).struct() instanceof Item carrier
                    && carrier.content instanceof Content.Type(var inner))) {
                return null;
            }
            branch = inner;
        } else {
            return null;
        }
        return new Resolved(SharedType.of(branch), association >= 0 ? branch.length : 0);
    }

    private @Nullable Resolved resolveItem(Doc doc, Id id) {
        if (id.clock() >= doc.store.state(id.client())) {
            return null;
        }
        var place = doc.store.redone.follow(doc.store, id);
        if (!(place.struct() instanceof Item found)) {
            return null;
        }
        var branch = found.parentBranch();
        long index = 0;
        if (!branch.isDeleted()) {
            index = branch.positions.positionOf(found);
            if (found.isVisible()) {
                index += place.offset() + (association >= 0 ? 0 : 1);
            }
        }
        return new Resolved(SharedType.of(branch), index);
    }

    /// Encodes it like `encodeRelativePosition` of Yjs.
    public byte[] encode() {
        var encoder = new Lib0Encoder();
        if (item != null) {
            encoder.writeVarUint(ITEM).writeVarUint(item.client()).writeVarUint(item.clock());
        } else if (rootName != null) {
            encoder.writeByte(ROOT).writeVarString(rootName);
        } else if (type != null) {
            encoder.writeByte(TYPE).writeVarUint(type.client()).writeVarUint(type.clock());
        } else {
            throw new IllegalStateException("a position without a place");
        }
        return encoder.writeVarInt(association).toBytes();
    }

    /// Reads the encoding of [#encode].
    ///
    /// @throws MalformedUpdateException for anything else
    public static RelativePosition decode(byte[] encoded) {
        var decoder = new Lib0Decoder(encoded);
        long kind = decoder.readVarUint();
        Id id = kind == ROOT ? null : new Id(decoder.readVarUint(), decoder.readVarUint());
        String root = kind == ROOT ? decoder.readVarString() : null;
        if (kind > TYPE) {
            throw decoder.malformed("unknown kind of relative position");
        }
        int association = decoder.hasMore() ? Long.signum(decoder.readVarInt()) : 0;
        return new RelativePosition(
                kind == ITEM ? id : null, root, kind == TYPE ? id : null, association);
    }
}
