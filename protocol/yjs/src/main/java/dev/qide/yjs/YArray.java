package dev.qide.yjs;

import java.util.ArrayList;
import java.util.List;

/// A list of elements that replicas edit together (`Y.Array`). See [SharedType].
public final class YArray extends SharedType {
    YArray(Branch branch) {
        super(branch);
    }

    /// An empty array, to be inserted somewhere.
    public YArray() {
        this(List.of());
    }

    /// An array with these elements, to be inserted somewhere.
    public YArray(List<? extends Element> elements) {
        super(PreliminaryTypes.branch(Branch.Kind.ARRAY, null, null));
        if (!elements.isEmpty()) {
            branch.template = _ -> insert(0, elements);
        }
    }

    /// The element at a position.
    ///
    /// @throws IndexOutOfBoundsException outside the list
    public Element get(long position) {
        var place = branch.positions.find(position);
        if (position < 0 || place.item() == null) {
            throw new IndexOutOfBoundsException("position " + position + " of " + length());
        }
        return ContentConversion.elements(place.item().content).get((int) place.offset());
    }

    /// All elements.
    public List<Element> elements() {
        var elements = new ArrayList<Element>();
        for (Item item = branch.start; item != null; item = item.right) {
            if (item.isVisible()) {
                elements.addAll(ContentConversion.elements(item.content));
            }
        }
        return elements;
    }

    /// Inserts elements; consecutive plain values become one item.
    ///
    /// @throws IndexOutOfBoundsException beyond the end of the list
    public void insert(long position, List<? extends Element> elements) {
        doc().transact(null, transaction -> insert(transaction, position, elements));
    }

    private void insert(Transaction transaction, long position, List<? extends Element> elements) {
        Item left = LocalEdits.leftOf(transaction, branch, position);
        var right = left == null ? branch.start : left.right;
        var values = new ArrayList<Value>();
        for (Element element : elements) {
            if (element instanceof Value value && !(value instanceof Value.Bytes)) {
                values.add(value);
                continue;
            }
            if (!values.isEmpty()) {
                var content = new Content.Values(List.copyOf(values));
                left = LocalEdits.insert(transaction, branch, left, right, content);
                values.clear();
            }
            left =
                    LocalEdits.insert(
                            transaction, branch, left, right, ContentConversion.of(element));
        }
        if (!values.isEmpty()) {
            var content = new Content.Values(List.copyOf(values));
            LocalEdits.insert(transaction, branch, left, right, content);
        }
    }

    /// Appends elements.
    public void push(Element... elements) {
        insert(length(), List.of(elements));
    }

    /// Deletes `length` elements from `position`.
    ///
    /// @throws IndexOutOfBoundsException outside the list
    public void delete(long position, long length) {
        doc().transact(
                        null,
                        transaction ->
                                LocalEdits.deleteList(transaction, branch, position, length));
    }

    @Override
    public Value toJson() {
        return ContentConversion.listToJson(branch, 0);
    }
}
