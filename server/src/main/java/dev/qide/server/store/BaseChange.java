package dev.qide.server.store;

import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A new base for the merges of one document's file, to be committed together with the update that
/// merged that file: after a crash either both are in the database or neither is. A pending write
/// of the document ends with it. Immutable; the text is stored deflated.
public final class BaseChange {
    /// Recognizes the change when a commit with an unknown outcome is repeated.
    final UUID id = UUID.randomUUID();

    final FileMetadata metadata;
    final byte[] text;
    final String formerHash;
    final @Nullable String formerIntent;

    private BaseChange(
            FileMetadata metadata, byte[] text, String formerHash, @Nullable String formerIntent) {
        this.metadata = metadata;
        this.text = text;
        this.formerHash = formerHash;
        this.formerIntent = formerIntent;
    }

    /// Replaces the base of this state. Takes time in proportion to the text.
    ///
    /// @param former the state that the merge started from; where the database has another one by
    ///   then, the update is refused with `PRECONDITION_FAILED`
    public static BaseChange of(SyncedFile former, FileText base) {
        var intent = former.intent();
        return new BaseChange(
                base.metadata(),
                DeflatedText.of(base.text()),
                former.base().metadata().hash(),
                intent == null ? null : intent.metadata().hash());
    }

    /// The bytes that it adds to its row.
    int length() {
        return text.length;
    }
}
