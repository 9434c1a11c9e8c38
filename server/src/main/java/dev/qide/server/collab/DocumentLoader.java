package dev.qide.server.collab;

import dev.qide.server.store.DocumentId;
import dev.qide.server.store.FileMetadata;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads the living document of a path from its rows, or begins its first generation from the file.
///
/// Blocks on the disk and the database: runs on a thread of its own.
final class DocumentLoader {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentLoader.class);
    private static final int VERSION_4 = 0x4000;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private final DocumentContext around;
    private final WorkspaceId workspace;
    private final String path;
    private final Reach reach;

    /// How far it may go when there is no living document.
    enum Reach {
        /// It fails.
        LIVING_ONLY,
        /// The file that is there becomes one, unless only who may edit may open it.
        SHARED_FILE,
        /// The file that is there becomes one.
        FILE,
        /// A legal path without a file is created empty, too.
        NEW_FILE
    }

    /// How it ended.
    sealed interface Outcome {
        record Opened(LiveDocument document, long epoch) implements Outcome {}

        record Failed(Failure why) implements Outcome {}
    }

    DocumentLoader(DocumentContext around, WorkspaceId workspace, String path, Reach reach) {
        this.around = around;
        this.workspace = workspace;
        this.path = path;
        this.reach = reach;
    }

    Reach reach() {
        return reach;
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
                    .addKeyValue("event.action", "collab.opening_failed")
                    .addKeyValue("workspace", workspace)
                    .setCause(failure)
                    .log("a document cannot be loaded");
            return new Outcome.Failed(Failure.DOCUMENT_UNAVAILABLE);
        }
    }

    private Outcome open() throws InterruptedException {
        long epoch = around.leaseEpochs().of(workspace);
        var living = around.documents().living(workspace, path);
        if (living == null && reach == Reach.LIVING_ONLY) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        return new Outcome.Opened(load(living != null ? living : begin(epoch)), epoch);
    }

    private StoredDocument begin(long epoch) {
        if (reach == Reach.SHARED_FILE) {
            around.texts().requireShared(workspace, path);
        }
        var text = around.texts().read(workspace, path, reach == Reach.NEW_FILE);
        var id = new DocumentId(randomId());
        long author = Genesis.author(around.random());
        var metadata =
                new FileMetadata(text.hash(), text.lineEnd(), text.hasBom(), text.encoding());
        var document = new StoredDocument(id, workspace, path, id.toString(), author);
        var genesis = Genesis.update(author, document.generation(), text.text());
        var created =
                around.documents()
                        .create(document, new FileText(metadata, text.text()), genesis, epoch);
        if (created.id().equals(id)) {
            around.tellGeneration("begun", created);
        }
        return created;
    }

    private LiveDocument load(StoredDocument document) throws InterruptedException {
        var updates = new ArrayList<byte[]>();
        around.log().read(document.id(), updates::add);
        return around.cpu().call(() -> new LiveDocument(document, updates));
    }

    private UUID randomId() {
        long high = (around.random().nextLong() & ~0xF000L) | VERSION_4;
        long low = (around.random().nextLong() >>> 2) | VARIANT;
        return new UUID(high, low);
    }
}
