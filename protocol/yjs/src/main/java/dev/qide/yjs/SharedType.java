package dev.qide.yjs;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A part of a document that replicas edit together: a text, an array, a map or XML.
///
/// These objects are cheap views; two views of the same type are equal. An object created by `new`
/// is a template that becomes part of a document when it is inserted, which is possible once. Owned
/// by the document's thread.
public abstract sealed class SharedType implements Element permits YText, YArray, YMap, YXml {
    final Branch branch;

    SharedType(Branch branch) {
        this.branch = branch;
    }

    /// The view for the branch's kind.
    static SharedType of(Branch branch) {
        return switch (branch.kind) {
            case TEXT, XML_TEXT -> new YText(branch);
            case ARRAY, UNTYPED -> new YArray(branch);
            case MAP -> new YMap(branch);
            case XML_ELEMENT, XML_FRAGMENT, XML_HOOK -> new YXml(branch);
        };
    }

    /// The document that contains it.
    ///
    /// @throws IllegalStateException before it is inserted
    public Doc doc() {
        var doc = branch.doc;
        if (doc == null) {
            throw new IllegalStateException("not part of a document yet");
        }
        return doc;
    }

    /// The type that contains it; null for a root.
    public @Nullable SharedType parent() {
        var above = branch.parent();
        return above == null ? null : of(above);
    }

    /// The visible length: UTF-16 units of a text, elements of an array, children of XML.
    public long length() {
        return branch.length;
    }

    /// The content as a plain value, like `toJSON` of Yjs.
    public abstract Value toJson();

    /// Calls `observer` after each transaction that changed this type, from the next one on. Only
    /// for a type that is part of a document.
    ///
    /// @return removes the observer
    public Runnable observe(Consumer<ChangeEvent> observer) {
        doc().isObserved = true;
        branch.observers().add(observer);
        return () -> branch.observers().remove(observer);
    }

    /// Calls `observer` after each transaction that changed this type or one inside it, with all
    /// their events, the outermost first.
    ///
    /// @return removes the observer
    public Runnable observeDeep(Consumer<List<ChangeEvent>> observer) {
        doc().isObserved = true;
        branch.deepObservers().add(observer);
        return () -> branch.deepObservers().remove(observer);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SharedType type && type.branch == branch;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(branch);
    }
}
