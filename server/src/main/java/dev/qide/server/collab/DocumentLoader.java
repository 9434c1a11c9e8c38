package dev.qide.server.collab;

import dev.qide.server.store.DocumentId;
import dev.qide.server.store.FileMetadata;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads the living document of a path from its rows, or begins its first generation from the file.
///
/// Blocks on disk and database; runs on a separate virtual thread.
final class DocumentLoader {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentLoader.class);
    private static final int VERSION_4 = 0x4000;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private final DocumentContext context;
    private final WorkspaceId workspace;
    private final String path;
    private final OpenMode mode;
    private final List<Long> unknownGeneses;

    /// The action to take when no document is in memory.
    enum OpenMode {
        /// Fail.
        EXISTING_ONLY,
        /// Begin a generation from an existing file that everybody may open.
        SHARED_FILE,
        /// Begin a generation from an existing file.
        FILE,
        /// Also create an empty file at a legal path.
        NEW_FILE
    }

    /// The outcome of an attempt.
    sealed interface Outcome {
        record Opened(LiveDocument document, long epoch) implements Outcome {}

        /// @param isDamaged whether the document itself does not load, whichever server tries
        record Failed(Failure why, boolean isDamaged) implements Outcome {
            Failed(Failure why) {
                this(why, false);
            }
        }
    }

    /// @param unknownGeneses client ids to look up in [GenesisRegistry] before; they decide whether
    ///   a later attempt creates the file
    DocumentLoader(
            DocumentContext context,
            WorkspaceId workspace,
            String path,
            OpenMode mode,
            List<Long> unknownGeneses) {
        this.context = context;
        this.workspace = workspace;
        this.path = path;
        this.mode = mode;
        this.unknownGeneses = List.copyOf(unknownGeneses);
    }

    OpenMode mode() {
        return mode;
    }

    /// Loads the document. Never throws.
    Outcome run() {
        try {
            return open();
        } catch (FailureException failure) {
            return new Outcome.Failed(
                    switch (failure.failure()) {
                        case STORE_UNAVAILABLE, WORKSPACE_ELSEWHERE -> Failure.DOCUMENT_UNAVAILABLE;
                        default -> failure.failure();
                    });
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Outcome.Failed(Failure.SERVER_STOPPING);
        } catch (RuntimeException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "collab.opening_failed")
                    .addKeyValue("workspace", workspace)
                    .setCause(failure)
                    .log("loading a document failed");
            return new Outcome.Failed(Failure.DOCUMENT_UNAVAILABLE, true);
        }
    }

    private Outcome open() throws InterruptedException {
        context.registry().lookUp(workspace, unknownGeneses);
        long epoch = context.leases().of(workspace);
        var living = context.documents().findLiving(workspace, path);
        if (living == null && mode == OpenMode.EXISTING_ONLY) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        return new Outcome.Opened(load(living != null ? living : begin(epoch)), epoch);
    }

    private StoredDocument begin(long epoch) {
        if (mode == OpenMode.SHARED_FILE) {
            context.texts().requireShared(workspace, path);
        }
        var text = context.texts().read(workspace, path, mode == OpenMode.NEW_FILE);
        var id = new DocumentId(randomId());
        long author = Genesis.author(context.random());
        var metadata =
                new FileMetadata(text.hash(), text.lineEnd(), text.hasBom(), text.encoding());
        var document = new StoredDocument(id, workspace, path, id.toString(), author);
        var genesis = Genesis.update(author, document.generation(), text.text());
        var created =
                context.documents()
                        .create(document, new FileText(metadata, text.text()), genesis, epoch);
        if (created.id().equals(id)) {
            context.reportGeneration("begun", created);
        }
        return created;
    }

    private LiveDocument load(StoredDocument document) throws InterruptedException {
        long failovers = context.log().failovers();
        var updates = new ArrayList<byte[]>();
        context.log().read(document.id(), updates::add);
        return context.cpu().call(() -> new LiveDocument(document, updates, failovers));
    }

    private UUID randomId() {
        long high = (context.random().nextLong() & ~0xF000L) | VERSION_4;
        long low = (context.random().nextLong() >>> 2) | VARIANT;
        return new UUID(high, low);
    }
}
