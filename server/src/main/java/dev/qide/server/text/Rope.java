package dev.qide.server.text;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A text with edits and line lookups in logarithmic time. Immutable.
///
/// A balanced tree (the heights of siblings differ by at most one) whose leaves are short strings;
/// each node knows its number of line ends. LF, CR and CRLF end a line (LSP 3.18, "Text
/// Documents").
public final class Rope implements CharSequence {
    private static final int LEAF_CHARACTERS = 2_048;

    private final Node root;

    private Rope(Node root) {
        this.root = root;
    }

    private sealed interface Node {
        int length();

        /// The number of line ends, counting a final CR.
        int lineEnds();

        int height();
    }

    private record Leaf(String text, int length, int lineEnds, int height) implements Node {
        private static final Leaf EMPTY = of("");

        static Leaf of(String text) {
            int ends = 0;
            for (int i = 0; i < text.length(); i++) {
                ends += endsLine(text, i, '\0') ? 1 : 0;
            }
            return new Leaf(text, text.length(), ends, 0);
        }
    }

    private record Branch(Node left, Node right, int length, int lineEnds, int height)
            implements Node {
        static Branch of(Node left, Node right) {
            return new Branch(
                    left,
                    right,
                    left.length() + right.length(),
                    lineEndsBefore(left, first(right)) + right.lineEnds(),
                    Math.max(left.height(), right.height()) + 1);
        }
    }

    private record Halves(Node left, Node right) {}

    private record Span(int from, int to) {}

    public static Rope of(String text) {
        int count = Math.max(1, Math.ceilDiv(text.length(), LEAF_CHARACTERS));
        var nodes = new ArrayList<Node>(count);
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) text.length() * i / count);
            int to = (int) ((long) text.length() * (i + 1) / count);
            nodes.add(Leaf.of(text.substring(from, to)));
        }
        return new Rope(balanced(nodes));
    }

    /// The text with `[from, to)` replaced. Replaces whole leaves, so that many edits do not
    /// fragment the tree.
    public Rope replaced(int from, int to, String characters) {
        int begin = leaf(root, from).from();
        int end = leaf(root, to).to();
        var between = subSequence(begin, from) + characters + subSequence(to, end);
        var tail = split(root, end);
        var head = split(tail.left(), begin);
        return new Rope(join(join(head.left(), of(between).root), tail.right()));
    }

    /// The offset of a line's start, counted from 0; -1 when there are fewer lines.
    public int lineStart(int line) {
        if (line <= 0) {
            return line == 0 ? 0 : -1;
        }
        return line > root.lineEnds() ? -1 : lineStart(root, line, '\0');
    }

    /// The offset of a position; a character beyond the line's end means its end, as in LSP.
    ///
    /// @param line an existing line
    /// @param character not negative
    public int offset(int line, int character) {
        int start = lineStart(line);
        return (int) Math.min(lineEnd(line, start), (long) start + character);
    }

    @Override
    public int length() {
        return root.length();
    }

    @Override
    public char charAt(int index) {
        var at = root;
        int within = index;
        while (at instanceof Branch(var left, var right, _, _, _)) {
            boolean isLeft = within < left.length();
            within -= isLeft ? 0 : left.length();
            at = isLeft ? left : right;
        }
        return ((Leaf) at).text().charAt(within);
    }

    @Override
    public String subSequence(int from, int to) {
        if (from < 0 || to < from || to > length()) {
            throw new IndexOutOfBoundsException(from + " to " + to + " of " + length());
        }
        var out = new StringBuilder(to - from);
        append(root, from, to, out);
        return out.toString();
    }

    @Override
    public String toString() {
        return subSequence(0, length());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Rope rope && rope.toString().equals(toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    private int lineEnd(int line, int start) {
        int next = lineStart(line + 1);
        if (next < 0) {
            return length();
        }
        boolean isPair = next - start >= 2 && charAt(next - 1) == '\n' && charAt(next - 2) == '\r';
        return next - (isPair ? 2 : 1);
    }

    private static int lineStart(Node node, int line, char following) {
        return switch (node) {
            case Branch(var left, var right, _, _, _) -> {
                int inLeft = lineEndsBefore(left, first(right));
                yield line <= inLeft
                        ? lineStart(left, line, first(right))
                        : left.length() + lineStart(right, line - inLeft, following);
            }
            case Leaf(var text, _, _, _) -> {
                int left = line;
                int at = 0;
                while (left > 0) {
                    left -= endsLine(text, at++, following) ? 1 : 0;
                }
                yield at;
            }
        };
    }

    /// The number of line ends in a node when this character follows it.
    private static int lineEndsBefore(Node node, char following) {
        boolean isSplitCrLf = following == '\n' && node.length() > 0 && last(node) == '\r';
        return node.lineEnds() - (isSplitCrLf ? 1 : 0);
    }

    private static boolean endsLine(String text, int at, char following) {
        char c = text.charAt(at);
        return c == '\n'
                || (c == '\r'
                        && (at + 1 < text.length() ? text.charAt(at + 1) : following) != '\n');
    }

    private static char first(Node node) {
        var at = node;
        while (at instanceof Branch branch) {
            at = branch.left();
        }
        return at instanceof Leaf(var text, int length, _, _) && length > 0 ? text.charAt(0) : '\0';
    }

    private static char last(Node node) {
        var at = node;
        while (at instanceof Branch branch) {
            at = branch.right();
        }
        return at instanceof Leaf(var text, int length, _, _) && length > 0
                ? text.charAt(length - 1)
                : '\0';
    }

    /// The range of the leaf that contains the offset or ends at it.
    private static Span leaf(Node node, int offset) {
        var at = node;
        int from = 0;
        while (at instanceof Branch(var left, var right, _, _, _)) {
            boolean isLeft = offset - from <= left.length();
            from += isLeft ? 0 : left.length();
            at = isLeft ? left : right;
        }
        return new Span(from, from + at.length());
    }

    private static Node balanced(List<Node> nodes) {
        int count = nodes.size();
        return count == 1
                ? nodes.getFirst()
                : Branch.of(
                        balanced(nodes.subList(0, count / 2)),
                        balanced(nodes.subList(count / 2, count)));
    }

    private static Halves split(Node node, int at) {
        if (at <= 0) {
            return new Halves(Leaf.EMPTY, node);
        }
        if (at >= node.length()) {
            return new Halves(node, Leaf.EMPTY);
        }
        return switch (node) {
            case Leaf(var text, _, _, _) ->
                    new Halves(Leaf.of(text.substring(0, at)), Leaf.of(text.substring(at)));
            case Branch(var left, var right, _, _, _) -> {
                if (at <= left.length()) {
                    var halves = split(left, at);
                    yield new Halves(halves.left(), join(halves.right(), right));
                }
                var halves = split(right, at - left.length());
                yield new Halves(join(left, halves.left()), halves.right());
            }
        };
    }

    /// Concatenates two texts. A short leaf moves down to its neighbour and is merged with it.
    private static Node join(Node left, Node right) {
        if (left.length() == 0 || right.length() == 0) {
            return left.length() == 0 ? right : left;
        }
        if (left instanceof Leaf a
                && right instanceof Leaf b
                && a.length() + b.length() <= LEAF_CHARACTERS) {
            return Leaf.of(a.text() + b.text());
        }
        boolean isLeftDeeper = left.height() > right.height() + (right instanceof Leaf ? 0 : 1);
        if (isLeftDeeper && left instanceof Branch(var near, var far, _, _, _)) {
            return rebalanced(near, join(far, right));
        }
        boolean isRightDeeper = right.height() > left.height() + (left instanceof Leaf ? 0 : 1);
        if (isRightDeeper && right instanceof Branch(var near, var far, _, _, _)) {
            return rebalanced(join(left, near), far);
        }
        return Branch.of(left, right);
    }

    /// Joins two nodes whose heights differ by at most two.
    private static Node rebalanced(Node left, Node right) {
        if (left.height() > right.height() + 1
                && left instanceof Branch(var outer, var inner, _, _, _)) {
            return inner.height() > outer.height() && inner instanceof Branch(var a, var b, _, _, _)
                    ? Branch.of(Branch.of(outer, a), Branch.of(b, right))
                    : Branch.of(outer, Branch.of(inner, right));
        }
        if (right.height() > left.height() + 1
                && right instanceof Branch(var inner, var outer, _, _, _)) {
            return inner.height() > outer.height() && inner instanceof Branch(var a, var b, _, _, _)
                    ? Branch.of(Branch.of(left, a), Branch.of(b, outer))
                    : Branch.of(Branch.of(left, inner), outer);
        }
        return Branch.of(left, right);
    }

    private static void append(Node node, int from, int to, StringBuilder out) {
        int begin = Math.max(0, from);
        int end = Math.min(node.length(), to);
        if (begin >= end) {
            return;
        }
        switch (node) {
            case Leaf(var text, _, _, _) -> out.append(text, begin, end);
            case Branch(var left, var right, _, _, _) -> {
                append(left, begin, end, out);
                append(right, begin - left.length(), end - left.length(), out);
            }
        }
    }
}
