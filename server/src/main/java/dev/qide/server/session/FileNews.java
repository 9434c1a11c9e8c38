package dev.qide.server.session;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.FileChange;
import dev.qide.server.files.FileContent;
import dev.qide.server.files.FileListener;
import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Person;
import dev.qide.wire.FileChangedParams;
import dev.qide.wire.FileSavedParams;
import dev.qide.wire.Methods;
import org.jspecify.annotations.Nullable;

/// Tells editors what became of a file, and the document of it that it was saved. Thread-safe.
public final class FileNews implements FileListener {
    private final Sessions sessions;
    private final Identity identity;
    private volatile @Nullable Collaboration documents;

    public FileNews(Sessions sessions, Identity identity) {
        this.sessions = sessions;
        this.identity = identity;
    }

    /// Ends the wiring: documents take their first text from files, which tell this object.
    public void use(Collaboration itsDocuments) {
        documents = itsDocuments;
    }

    @Override
    public void changed(FileChange change) {
        var workspace = change.workspace();
        switch (change) {
            case FileChange.Saved saved -> {
                recordSave(saved);
                var person = personOf(saved);
                sessions.tell(
                        workspace.name(),
                        Methods.FILE_SAVED,
                        new FileSavedParams(
                                saved.path(),
                                FileContent.etag(saved.hash()),
                                person == null ? "" : person.name()));
            }
            case FileChange.FoundDifferent(_, var path, var hash) ->
                    sessions.tell(
                            workspace.name(),
                            Methods.FILE_CHANGED,
                            new FileChangedParams(
                                    path, hash == null ? null : FileContent.etag(hash)));
        }
    }

    /// Who has the document open saves its text. A write by anybody else is a change by a tool: it
    /// is found to differ when the document is opened next.
    private void recordSave(FileChange.Saved saved) {
        var all = documents;
        var mark = saved.mark();
        var workspace = saved.workspace().id();
        if (all == null || mark == null || !isOpenByWriter(all, saved)) {
            return;
        }
        try {
            all.fileSaved(workspace, saved.path(), mark);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isOpenByWriter(Collaboration all, FileChange.Saved saved) {
        var person = personOf(saved);
        return person != null
                && all.isOpenBy(
                        saved.workspace().id(), saved.path(), person.id().value().toString());
    }

    /// Who saved names their credential.
    private @Nullable Person personOf(FileChange.Saved saved) {
        return identity.byId(new CredentialId(saved.by()));
    }
}
