package dev.qide.server.session;

import dev.qide.server.files.FileChange;
import dev.qide.server.files.FileContent;
import dev.qide.server.files.FileListener;
import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Identity;
import dev.qide.server.language.FileEvent;
import dev.qide.server.language.LanguageHost;
import dev.qide.wire.FileChangedParams;
import dev.qide.wire.FileSavedParams;
import dev.qide.wire.Methods;
import dev.qide.wire.TreeChangedParams;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Notifies editors and language servers of file changes. Thread-safe.
public final class FileChangeNotifier implements FileListener {
    private final Sessions sessions;
    private final Identity identity;
    private final LanguageHost languages;

    public FileChangeNotifier(Sessions sessions, Identity identity, LanguageHost languages) {
        this.sessions = sessions;
        this.identity = identity;
        this.languages = languages;
    }

    @Override
    public void changed(FileChange change) {
        var workspace = change.workspace().name();
        switch (change) {
            case FileChange.Saved(_, var path, var hash, var by, var isNew) -> {
                notifyServers(workspace, path, isNew ? FileEvent.CREATED : FileEvent.CHANGED);
                var principal = by.isEmpty() ? null : identity.byId(new CredentialId(by));
                sessions.notifyWorkspace(
                        workspace,
                        Methods.FILE_SAVED,
                        new FileSavedParams(
                                path,
                                FileContent.etag(hash),
                                principal == null ? "" : principal.name()));
            }
            case FileChange.ChangedExternally(_, var path, var hash) -> {
                notifyServers(
                        workspace, path, hash == null ? FileEvent.DELETED : FileEvent.CHANGED);
                sessions.notifyWorkspace(
                        workspace,
                        Methods.FILE_CHANGED,
                        new FileChangedParams(
                                path, hash == null ? null : FileContent.etag(hash), null, false));
            }
            case FileChange.FolderCreated(_, var path) -> {
                notifyServers(workspace, path, FileEvent.CREATED);
                sessions.notifyWorkspace(
                        workspace,
                        Methods.FILE_CHANGED,
                        new FileChangedParams(path, null, null, true));
            }
            case FileChange.Deleted(_, var path, var below) -> {
                within(path, below, one -> notifyServers(workspace, one, FileEvent.DELETED));
                notifyGone(workspace, path, null);
            }
            case FileChange.Moved(_, var path, var to, var below) -> {
                within(path, below, one -> notifyServers(workspace, one, FileEvent.DELETED));
                within(to, below, one -> notifyServers(workspace, one, FileEvent.CREATED));
                notifyGone(workspace, path, to);
            }
            case FileChange.ExternalChange found -> changedExternally(workspace, found);
            case FileChange.ManyExternalChanges(_, var path) ->
                    sessions.notifyWorkspace(
                            workspace, Methods.TREE_CHANGED, new TreeChangedParams(path));
        }
    }

    private void changedExternally(String workspace, FileChange.ExternalChange found) {
        var event =
                switch (found.kind()) {
                    case CREATED, FOLDER_CREATED -> FileEvent.CREATED;
                    case CHANGED -> FileEvent.CHANGED;
                    case DELETED -> FileEvent.DELETED;
                };
        notifyServers(workspace, found.path(), event);
        if (found.audience() == FileChange.ExternalChange.Audience.EVERYBODY) {
            var etag = found.hash() == null ? null : FileContent.etag(found.hash());
            boolean isNewFolder = found.kind() == FileChange.ExternalChange.Kind.FOLDER_CREATED;
            sessions.notifyWorkspace(
                    workspace,
                    Methods.FILE_CHANGED,
                    new FileChangedParams(found.path(), etag, null, isNewFolder));
        }
    }

    private void notifyGone(String workspace, String path, @Nullable String movedTo) {
        sessions.notifyWorkspace(
                workspace, Methods.FILE_CHANGED, new FileChangedParams(path, null, movedTo, false));
    }

    /// Calls the consumer for the files in a folder and then for the folder, or for one file.
    private static void within(String path, List<String> below, Consumer<String> change) {
        below.forEach(rest -> change.accept(path + "/" + rest));
        change.accept(path);
    }

    private void notifyServers(String workspace, String path, FileEvent event) {
        languages.fileChanged(workspace, path, event);
    }
}
