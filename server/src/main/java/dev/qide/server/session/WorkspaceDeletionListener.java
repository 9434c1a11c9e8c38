package dev.qide.server.session;

import dev.qide.server.files.Workspace;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.workspace.Trust;
import dev.qide.server.workspace.WorkspaceListener;

/// Stops the language servers and terminals of a deleted workspace, then closes its sockets.
/// Thread-safe.
public final class WorkspaceDeletionListener implements WorkspaceListener {
    private final Grants grants;
    private final LanguageHost languages;
    private final WorkspaceTerminals terminals;
    private final Trust trust;

    public WorkspaceDeletionListener(
            Grants grants, LanguageHost languages, WorkspaceTerminals terminals, Trust trust) {
        this.grants = grants;
        this.languages = languages;
        this.terminals = terminals;
        this.trust = trust;
    }

    @Override
    public void deleted(Workspace workspace) {
        trust.forget(workspace);
        languages.workspaceDeleted(workspace.name());
        terminals.end(workspace.id());
        grants.end(workspace.id());
    }
}
