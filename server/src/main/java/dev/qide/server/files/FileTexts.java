package dev.qide.server.files;

import dev.qide.server.collab.TextSource;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/// Files as the first content of documents. Every file that is read here is watched from then on by
/// [FileWatch]. Thread-safe.
public final class FileTexts implements TextSource {
    private static final int CONFLICTS_A_DAY = 1_000;
    private static final int NAME_BYTES = 200;

    private final Workspaces workspaces;
    private final WorkspaceFiles files;
    private final DocumentTable documents;
    private final InstantSource clock;

    public FileTexts(
            Workspaces workspaces,
            WorkspaceFiles files,
            DocumentTable documents,
            InstantSource clock) {
        this.workspaces = workspaces;
        this.files = files;
        this.documents = documents;
        this.clock = clock;
    }

    @Override
    public FirstText read(WorkspaceId workspace, String path, boolean mayCreate) {
        var found = workspaces.of(workspace);
        var legal = new WorkspacePath(path);
        var content = content(found, legal, mayCreate);
        var text = files.compute(content.bytes().length, () -> TextFile.decoded(content.bytes()));
        files.known().remember(new KnownFiles.Key(workspace, legal), content.hash());
        return new FirstText(
                text.text(),
                content.hash(),
                text.lineEnd().wireName(),
                text.hasBom(),
                text.encoding());
    }

    /// The disk's text where the document's was saved and the file then changed. Where both changed
    /// the document keeps its text, and the next save is refused with the file's new ETag.
    @Override
    public @Nullable String reconciled(StoredDocument document, String committed) {
        var found = workspaces.of(document.workspace());
        var path = new WorkspacePath(document.path());
        if (document.file().hash().isEmpty() && files.isFree(found, path)) {
            return null;
        }
        var content = content(found, path, false);
        files.known().remember(new KnownFiles.Key(document.workspace(), path), content.hash());
        var mark = document.file();
        if (mark.hash().equals(content.hash())) {
            return null;
        }
        return files.compute(
                content.bytes().length,
                () -> {
                    var saved = TextFile.marked(committed, mark).encoded();
                    return FileContent.of(saved).hash().equals(mark.hash())
                            ? TextFile.decoded(content.bytes()).text()
                            : null;
                });
    }

    @Override
    public boolean isMirrored(WorkspaceId workspace, String path) {
        return true;
    }

    /// For `src/main.py` the first of `src/main.conflict-2026-11-23-1.py`, `…-2.py`, … that neither
    /// a file nor a living document has.
    @Override
    public String conflictPath(WorkspaceId workspace, String path) {
        var found = workspaces.of(workspace);
        var legal = new WorkspacePath(path);
        int dot = legal.name().lastIndexOf('.');
        var stem = shortened(dot > 0 ? legal.name().substring(0, dot) : legal.name());
        var ending = dot > 0 ? legal.name().substring(dot) : "";
        var day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        for (int number = 1; number <= CONFLICTS_A_DAY; number++) {
            var name = stem + ".conflict-" + day + "-" + number + ending;
            var place = new WorkspacePath(legal.folder() + name);
            if (files.isFree(found, place) && documents.living(workspace, place.value()) == null) {
                return place.value();
            }
        }
        throw new FailureException(Failure.PATH_CLASH);
    }

    private FileContent content(Workspace workspace, WorkspacePath path, boolean mayCreate) {
        try {
            return files.read(workspace, path, TextFile.SHARED_TEXT_BYTES);
        } catch (FailureException failure) {
            if (failure.failure() != Failure.FILE_UNKNOWN || !mayCreate) {
                throw failure;
            }
        }
        files.createEmpty(workspace, path);
        return files.read(workspace, path, TextFile.SHARED_TEXT_BYTES);
    }

    /// Room for what is added, within a name's 255 bytes.
    private static String shortened(String stem) {
        var rest = stem;
        while (rest.getBytes(StandardCharsets.UTF_8).length > NAME_BYTES) {
            rest = rest.substring(0, rest.offsetByCodePoints(rest.length(), -1));
        }
        return rest;
    }
}
