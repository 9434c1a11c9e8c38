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

/// Tells editors and language servers what became of a file. Thread-safe.
public final class FileChangeNotifier implements FileListener {
    private final Sessions sessions;
    private final Identity identity;
    private volatile @Nullable LanguageHost languages;

    public FileChangeNotifier(Sessions sessions, Identity identity) {
        this.sessions = sessions;
        this.identity = identity;
    }

    /// Ends the wiring: language servers start after the files.
    public void use(LanguageHost itsLanguages) {
        languages = itsLanguages;
    }

    @Override
    public void changed(FileChange change) {
        var workspace = change.workspace().name();
        switch (change) {
            case FileChange.Saved(_, var path, var hash, var by, var isNew) -> {
                tellServers(workspace, path, isNew ? FileEvent.CREATED : FileEvent.CHANGED);
                var principal = by.isEmpty() ? null : identity.byId(new CredentialId(by));
                sessions.tell(
                        workspace,
                        Methods.FILE_SAVED,
                        new FileSavedParams(
                                path,
                                FileContent.etag(hash),
                                principal == null ? "" : principal.name()));
            }
            case FileChange.FoundDifferent(_, var path, var hash) -> {
                tellServers(workspace, path, hash == null ? FileEvent.DELETED : FileEvent.CHANGED);
                sessions.tell(
                        workspace,
                        Methods.FILE_CHANGED,
                        new FileChangedParams(
                                path, hash == null ? null : FileContent.etag(hash), null, false));
            }
            case FileChange.FolderMade(_, var path) -> {
                tellServers(workspace, path, FileEvent.CREATED);
                sessions.tell(
                        workspace,
                        Methods.FILE_CHANGED,
                        new FileChangedParams(path, null, null, true));
            }
            case FileChange.Deleted(_, var path, var below) -> {
                within(path, below, one -> tellServers(workspace, one, FileEvent.DELETED));
                tellGone(workspace, path, null);
            }
            case FileChange.Moved(_, var path, var to, var below) -> {
                within(path, below, one -> tellServers(workspace, one, FileEvent.DELETED));
                within(to, below, one -> tellServers(workspace, one, FileEvent.CREATED));
                tellGone(workspace, path, to);
            }
            case FileChange.FoundOnDisk found -> found(workspace, found);
            case FileChange.FoundMany(_, var path) ->
                    sessions.tell(workspace, Methods.TREE_CHANGED, new TreeChangedParams(path));
        }
    }

    private void found(String workspace, FileChange.FoundOnDisk found) {
        var event =
                switch (found.kind()) {
                    case CREATED, FOLDER_CREATED -> FileEvent.CREATED;
                    case CHANGED -> FileEvent.CHANGED;
                    case DELETED -> FileEvent.DELETED;
                };
        tellServers(workspace, found.path(), event);
        if (found.audience() == FileChange.FoundOnDisk.Audience.EVERYBODY) {
            var etag = found.hash() == null ? null : FileContent.etag(found.hash());
            boolean isNewFolder = found.kind() == FileChange.FoundOnDisk.Kind.FOLDER_CREATED;
            sessions.tell(
                    workspace,
                    Methods.FILE_CHANGED,
                    new FileChangedParams(found.path(), etag, null, isNewFolder));
        }
    }

    private void tellGone(String workspace, String path, @Nullable String movedTo) {
        sessions.tell(
                workspace, Methods.FILE_CHANGED, new FileChangedParams(path, null, movedTo, false));
    }

    /// A file, or the files in a folder before the folder itself.
    private static void within(String path, List<String> below, Consumer<String> tell) {
        below.forEach(rest -> tell.accept(path + "/" + rest));
        tell.accept(path);
    }

    private void tellServers(String workspace, String path, FileEvent event) {
        var all = languages;
        if (all != null) {
            all.fileChanged(workspace, path, event);
        }
    }
}
