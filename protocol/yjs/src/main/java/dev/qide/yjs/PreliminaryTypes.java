package dev.qide.yjs;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Creates the branches of shared types that were created by `new`: they keep their initial content
/// until they are inserted.
final class PreliminaryTypes {
    private PreliminaryTypes() {}

    /// A branch that `fill` fills when it becomes part of a document.
    static Branch branch(
            Branch.Kind kind, @Nullable String name, @Nullable Consumer<Transaction> fill) {
        var branch = new Branch(kind, name);
        branch.template = fill;
        return branch;
    }

    static void fill(Transaction transaction, Branch branch) {
        var template = branch.template;
        branch.template = null;
        if (template != null) {
            template.accept(transaction);
        }
    }
}
