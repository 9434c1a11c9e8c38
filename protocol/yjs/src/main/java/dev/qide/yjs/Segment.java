package dev.qide.yjs;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/// The elements of a content: a list that grows at its end and can be split.
///
/// A split copies the shorter side, and the longer side keeps the array; so splitting into very
/// many pieces, from either end, costs n·log n. Owned by one thread.
final class Segment<T> extends AbstractList<T> implements RandomAccess {
    private Object[] elements;
    private int start;
    private int length;

    private Segment(Object[] elements, int start, int length) {
        this.elements = elements;
        this.start = start;
        this.length = length;
    }

    static <T> Segment<T> of(List<? extends T> list) {
        return new Segment<>(list.toArray(), 0, list.size());
    }

    @Override
    @SuppressWarnings("unchecked") // Only elements of this type come in.
    public T get(int index) {
        if (index < 0 || index >= length) {
            throw new IndexOutOfBoundsException(index);
        }
        return (T) elements[start + index];
    }

    @Override
    public int size() {
        return length;
    }

    void append(Segment<T> other) {
        if (start + length + other.length > elements.length) {
            int needed = length + other.length;
            move(Math.max(needed, needed + (needed >> 2)));
        }
        System.arraycopy(other.elements, other.start, elements, start + length, other.length);
        length += other.length;
    }

    /// Removes and returns the elements from `offset`.
    Segment<T> splitOff(int offset) {
        int rest = length - offset;
        Segment<T> right;
        if (rest <= offset) {
            right = copy(offset, rest);
            Arrays.fill(elements, start + offset, start + length, null);
            length = offset;
            shrink();
        } else {
            right = new Segment<>(elements, start + offset, rest);
            var left = copy(0, offset);
            Arrays.fill(elements, start, start + offset, null);
            elements = left.elements;
            start = 0;
            length = offset;
            right.shrink();
        }
        return right;
    }

    private Segment<T> copy(int offset, int count) {
        int from = start + offset;
        return new Segment<>(Arrays.copyOfRange(elements, from, from + count), 0, count);
    }

    /// Shrinks the array if less than half of it is used.
    private void shrink() {
        if (2L * length < elements.length) {
            move(length);
        }
    }

    private void move(int size) {
        var moved = new Object[size];
        System.arraycopy(elements, start, moved, 0, length);
        elements = moved;
        start = 0;
    }
}
