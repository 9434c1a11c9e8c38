package dev.qide.server.collab;

import dev.qide.server.collab.TextSource.FirstText;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.FileMark;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens a document that nobody has open: finds out which incarnation it is, and loads its rows.
///
/// The file on disk decides. If it is what was loaded or saved last, the document goes on. If it
/// differs (a checkout, also while the server was down), a new incarnation begins from the file;
/// the old one is retired, or, if rows were committed after its last save, it moves with its rows
/// to a conflict path and lives on there. Such a document has no file until somebody saves it.
///
/// Blocks on the disk and the database: runs on a thread of its own.
final class Opening {
    /// The mark of a document that has no file.
    static final FileMark NO_FILE = new FileMark("", "lf", false, "utf-8");

    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);
    private static final long ROWS_OF_A_GENESIS = 1;
    private static final int VERSION_4 = 0x4000;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private final Surroundings around;
    private final WorkspaceId workspace;
    private final String path;
    private final boolean mayCreate;
    private final @Nullable InMemory inMemory;

    /// The incarnation that is still in memory.
    ///
    /// @param isSettled whether none of its rows is on its way to the database
    record InMemory(StoredDocument stored, boolean isSettled) {}

    /// How it ended.
    sealed interface Outcome {
        /// @param rows the rows read, or null if the incarnation in memory is still the right one
        record Opened(@Nullable DocumentRows rows, long epoch) implements Outcome {}

        record Failed(Failure why) implements Outcome {}
    }

    Opening(
            Surroundings around,
            WorkspaceId workspace,
            String path,
            boolean mayCreate,
            @Nullable InMemory inMemory) {
        this.around = around;
        this.workspace = workspace;
        this.path = path;
        this.mayCreate = mayCreate;
        this.inMemory = inMemory;
    }

    boolean mayCreate() {
        return mayCreate;
    }

    /// Does it; never throws.
    Outcome run() {
        try {
            return open();
        } catch (FailureException failure) {
            return new Outcome.Failed(
                    failure.failure() == Failure.STORE_UNAVAILABLE
                            ? Failure.DOCUMENT_UNAVAILABLE
                            : failure.failure());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Outcome.Failed(Failure.SERVER_STOPPING);
        } catch (RuntimeException failure) {
            LOG.atWarn()
                    .addKeyValue("event", "collab.opening_failed")
                    .addKeyValue("workspace", workspace)
                    .setCause(failure)
                    .log("a document cannot be loaded");
            return new Outcome.Failed(Failure.DOCUMENT_UNAVAILABLE);
        }
    }

    private Outcome open() throws InterruptedException {
        if (inMemory != null && isOfFile(inMemory.stored())) {
            return new Outcome.Opened(null, around.epochs().of(workspace));
        }
        if (inMemory != null && !inMemory.isSettled()) {
            return new Outcome.Failed(Failure.DOCUMENT_UNAVAILABLE);
        }
        long epoch = around.epochs().of(workspace);
        var living = around.documents().living(workspace, path);
        if (living != null && !isOfFile(living)) {
            giveUp(living);
            living = null;
        }
        return new Outcome.Opened(load(living != null ? living : begin(epoch)), epoch);
    }

    /// Whether the file is the one that was loaded or saved last.
    private boolean isOfFile(StoredDocument document) {
        if (!document.file().hash().equals(NO_FILE.hash())) {
            return document.file().hash().equals(file(mayCreate).hash());
        }
        try {
            var _ = file(false);
            return false;
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN) {
                return true;
            }
            throw failure;
        }
    }

    private FirstText file(boolean mayCreateIt) {
        return around.texts().read(workspace, path, mayCreateIt);
    }

    private void giveUp(StoredDocument old) {
        boolean isSaved = around.documents().rowCount(old.id()) <= old.savedRows();
        if (isSaved) {
            around.documents().retire(old.id());
        } else {
            var conflict = around.texts().conflictPath(workspace, path);
            around.documents().move(old.id(), conflict, NO_FILE);
        }
        tell(isSaved ? "retired" : "moved", old.id());
    }

    private StoredDocument begin(long epoch) {
        var text = file(mayCreate);
        var id = new DocumentId(randomId());
        long author = Genesis.author(around.random());
        var mark = new FileMark(text.hash(), text.lineEnd(), text.hasBom(), text.encoding());
        var document =
                new StoredDocument(
                        id, workspace, path, id.toString(), author, mark, ROWS_OF_A_GENESIS);
        var genesis = Genesis.update(author, document.incarnation(), text.text());
        var created = around.documents().create(document, genesis, epoch);
        if (created.id().equals(id)) {
            tell("begun", id);
        }
        return created;
    }

    private DocumentRows load(StoredDocument document) throws InterruptedException {
        var updates = new ArrayList<byte[]>();
        around.log().read(document.id(), updates::add);
        return around.cpu().call(() -> new DocumentRows(document, updates));
    }

    private UUID randomId() {
        long high = (around.random().nextLong() & ~0xF000L) | VERSION_4;
        long low = (around.random().nextLong() >>> 2) | VARIANT;
        return new UUID(high, low);
    }

    private void tell(String change, DocumentId document) {
        around.metrics().incarnations().increment(change);
        LOG.atInfo()
                .addKeyValue("event", "collab.incarnation_" + change)
                .addKeyValue("workspace", workspace)
                .addKeyValue("document", document)
                .log("an incarnation of a document");
    }
}
