package dev.qide.yjs;

import org.jspecify.annotations.Nullable;

/// Finds the item at a position of a list, and the position of an item, in logarithmic time.
///
/// The list itself is linked. A tree indexes it: a leaf covers up to [#LEAF_ITEMS] consecutive
/// items and stores their visible length; a node covers up to [#NODE_CHILDREN] leaves or nodes.
/// Each item refers to its leaf, so a change walks up once and adds the difference. The tree is
/// built at the first lookup; a document without lookups has none.
///
/// Invariant: the items of a leaf are consecutive; `visible` of an entry is the sum below it. Owned
/// by one thread.
final class PositionIndex {
    private static final int LEAF_ITEMS = 24;
    private static final int NODE_CHILDREN = 16;

    /// A subtree.
    abstract static sealed class Entry permits Leaf, Node {
        long visible;
        @Nullable Node above;
    }

    /// A run of consecutive items.
    static final class Leaf extends Entry {
        Item first;
        int count;

        Leaf(Item first) {
            this.first = first;
        }
    }

    static final class Node extends Entry {
        @Nullable Entry[] children = new Entry[NODE_CHILDREN];
        int size;

        Entry child(int i) {
            var child = children[i];
            if (child == null) {
                throw new IllegalStateException("a node has fewer children than it counts");
            }
            return child;
        }

        int indexOf(Entry child) {
            for (int i = 0; i < size; i++) {
                if (children[i] == child) {
                    return i;
                }
            }
            throw new IllegalStateException("not a child of its node");
        }

        void insert(int index, Entry child) {
            System.arraycopy(children, index, children, index + 1, size - index);
            children[index] = child;
            child.above = this;
            size++;
        }
    }

    private final Branch branch;
    private @Nullable Entry root;

    /// Created at the first lookup.
    private @Nullable RecentPosition recent;

    PositionIndex(Branch branch) {
        this.branch = branch;
    }

    /// A position in the list: between two items, or inside one.
    ///
    /// @param item the item at or around the position; null at the end of the list
    /// @param offset the number of its clocks before the position
    record Place(@Nullable Item item, long offset) {}

    /// The first visible item that extends beyond `position`; position ≤ the list's length.
    Place find(long position) {
        Entry entry = built();
        if (entry == null || position >= entry.visible) {
            return new Place(null, 0);
        }
        var near = recent().near(position);
        if (near != null) {
            return near;
        }
        long left = position;
        while (entry instanceof Node node) {
            int i = 0;
            while (left >= node.child(i).visible) {
                left -= node.child(i++).visible;
            }
            entry = node.child(i);
        }
        Item item = ((Leaf) entry).first;
        while (left >= item.visibleLength()) {
            left -= item.visibleLength();
            item = next(item);
        }
        recent().remember(item, position - left);
        return new Place(item, left);
    }

    private RecentPosition recent() {
        var created = recent;
        if (created == null) {
            created = new RecentPosition();
            recent = created;
        }
        return created;
    }

    /// The visible length before `item`.
    long positionOf(Item item) {
        built();
        var leaf = item.leaf;
        if (leaf == null) {
            throw new IllegalStateException("item is not in the list");
        }
        long position = 0;
        for (Item before = leaf.first; before != item; before = next(before)) {
            position += before.visibleLength();
        }
        Entry entry = leaf;
        for (Node node = entry.above; node != null; node = entry.above) {
            for (int i = 0; node.children[i] != entry; i++) {
                position += node.child(i).visible;
            }
            entry = node;
        }
        return position;
    }

    /// Adds an item that has just been linked into the list.
    void inserted(Item item) {
        long visible = item.visibleLength();
        branch.length += visible;
        if (root == null) {
            return;
        }
        Leaf leaf;
        if (item.left != null) {
            leaf = leafOf(item.left);
        } else if (item.right != null) {
            leaf = leafOf(item.right);
            leaf.first = item;
        } else {
            leaf = new Leaf(item);
            root = leaf;
        }
        item.leaf = leaf;
        leaf.count++;
        recent().changed(item, visible);
        addVisible(leaf, visible);
        splitIfFull(leaf);
    }

    /// Records that `left` has just been split; `right` follows it.
    void split(Item left, Item right) {
        if (root == null) {
            return;
        }
        var leaf = leafOf(left);
        right.leaf = leaf;
        leaf.count++;
        splitIfFull(leaf);
    }

    /// Records that an item is about to be deleted.
    void hide(Item item) {
        long visible = item.visibleLength();
        branch.length -= visible;
        if (root != null && visible > 0) {
            recent().changed(item, -visible);
            addVisible(leafOf(item), -visible);
        }
    }

    /// Records that a visible item grew at its end.
    void grown(Item item, long by) {
        branch.length += by;
        if (root != null) {
            recent().changed(item, by);
            addVisible(leafOf(item), by);
        }
    }

    /// Records that `gone` is about to be merged into `into`, its left neighbour.
    void absorbing(Item into, Item gone) {
        if (root == null) {
            return;
        }
        recent().absorbing(into, gone);
        var leaf = leafOf(gone);
        var target = leafOf(into);
        if (target != leaf) {
            addVisible(leaf, -gone.visibleLength());
            addVisible(target, gone.visibleLength());
        }
        leaf.count--;
        gone.leaf = null;
        if (leaf.count == 0) {
            removeEntry(leaf);
        } else if (leaf.first == gone) {
            leaf.first = next(gone);
        }
    }

    void clear() {
        recent = null;
        root = null;
    }

    private @Nullable Entry built() {
        if (root == null) {
            for (Item item = branch.start; item != null; item = item.right) {
                append(item);
            }
        }
        return root;
    }

    private void append(Item item) {
        Leaf leaf;
        if (item.left == null) {
            leaf = new Leaf(item);
            root = leaf;
        } else {
            leaf = leafOf(item.left);
        }
        item.leaf = leaf;
        leaf.count++;
        addVisible(leaf, item.visibleLength());
        splitIfFull(leaf);
    }

    private static void addVisible(Entry from, long difference) {
        for (Entry entry = from; entry != null; entry = entry.above) {
            entry.visible += difference;
        }
    }

    private void splitIfFull(Leaf leaf) {
        if (leaf.count <= LEAF_ITEMS) {
            return;
        }
        int kept = leaf.count / 2;
        Item item = leaf.first;
        for (int i = 0; i < kept; i++) {
            item = next(item);
        }
        var rest = new Leaf(item);
        for (int i = kept; i < leaf.count; i++) {
            item.leaf = rest;
            rest.visible += item.visibleLength();
            if (i + 1 < leaf.count) {
                item = next(item);
            }
        }
        rest.count = leaf.count - kept;
        leaf.count = kept;
        addVisible(leaf, -rest.visible);
        addBehind(leaf, rest);
    }

    /// Inserts `fresh` after `entry`; no entry above counts it yet.
    private void addBehind(Entry entry, Entry fresh) {
        var node = entry.above;
        if (node == null) {
            var top = new Node();
            top.visible = entry.visible + fresh.visible;
            top.insert(0, entry);
            top.insert(1, fresh);
            root = top;
            return;
        }
        if (node.size == NODE_CHILDREN) {
            splitNode(node);
            node = above(entry);
        }
        node.insert(node.indexOf(entry) + 1, fresh);
        addVisible(node, fresh.visible);
    }

    /// Splits a full node.
    private void splitNode(Node node) {
        var rest = new Node();
        int kept = NODE_CHILDREN / 2;
        for (int i = kept; i < NODE_CHILDREN; i++) {
            rest.insert(rest.size, node.child(i));
            rest.visible += node.child(i).visible;
            node.children[i] = null;
        }
        node.size = kept;
        addVisible(node, -rest.visible);
        addBehind(node, rest);
    }

    private static Node above(Entry entry) {
        var node = entry.above;
        if (node == null) {
            throw new IllegalStateException("an entry below the root has a node above");
        }
        return node;
    }

    private void removeEntry(Entry entry) {
        var node = entry.above;
        if (node == null) {
            recent = null;
            root = null;
            return;
        }
        int index = node.indexOf(entry);
        System.arraycopy(node.children, index + 1, node.children, index, node.size - index - 1);
        node.size--;
        node.children[node.size] = null;
        if (node.size == 0) {
            removeEntry(node);
        }
    }

    private static Leaf leafOf(Item item) {
        var leaf = item.leaf;
        if (leaf == null) {
            throw new IllegalStateException("item is not in the index");
        }
        return leaf;
    }

    private static Item next(Item item) {
        var next = item.right;
        if (next == null) {
            throw new IllegalStateException("the index counts more than the list has");
        }
        return next;
    }

    /// Throws if the tree does not match the list.
    void checkInvariants() {
        var top = root;
        if (top == null) {
            return;
        }
        long visible = 0;
        Leaf leaf = null;
        int counted = 0;
        for (Item item = branch.start; item != null; item = item.right) {
            if (item.leaf != leaf) {
                Invariants.require(
                        leaf == null || leaf.count == counted, "a leaf counts its items");
                leaf = leafOf(item);
                Invariants.require(leaf.first == item, "a leaf begins with its first item");
                counted = 0;
            }
            counted++;
            visible += item.visibleLength();
        }
        Invariants.require(leaf == null || leaf.count == counted, "a leaf counts its items");
        Invariants.require(visible == sum(top), "the tree counts what is visible");
        recent().checkInvariants(branch.start);
    }

    private static long sum(Entry entry) {
        if (entry instanceof Node node) {
            long sum = 0;
            for (int i = 0; i < node.size; i++) {
                sum += sum(node.child(i));
            }
            Invariants.require(sum == node.visible, "a node counts what is below");
        }
        return entry.visible;
    }
}
