package dev.qide.yjs;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A shared type made by `new` keeps what is to be put into it until it is inserted.
final class Templates {
    private Templates() {}

    /// A branch that is filled by `fill` when it becomes part of a document.
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
