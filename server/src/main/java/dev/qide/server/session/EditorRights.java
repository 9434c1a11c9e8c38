package dev.qide.server.session;

import dev.qide.server.ai.WorkspaceTools;
import dev.qide.server.identity.Action;
import dev.qide.server.limits.RateLimits;

/// The rights of a model that acts in the name of an editor's person: the editor's present rights.
/// Thread-safe.
record EditorRights(Editor editor, RateLimits rates) implements WorkspaceTools.Rights {
    @Override
    public String name() {
        return editor.present().name();
    }

    @Override
    public boolean canRead() {
        return editor.can(Action.READ_WORKSPACE);
    }

    @Override
    public boolean canEdit() {
        return editor.can(Action.EDIT_WORKSPACE);
    }

    /// A chat calls one tool at a time.
    @Override
    public WorkspaceTools.Counted count(WorkspaceTools.Cost cost) {
        ToolRateLimits.require(rates, cost, editor.key());
        return () -> {};
    }
}
