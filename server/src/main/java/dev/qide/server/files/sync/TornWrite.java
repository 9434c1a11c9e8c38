package dev.qide.server.files.sync;

import dev.qide.server.files.FileContent;
import dev.qide.server.files.TextFile;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import dev.qide.server.text.ThreeWayMerge;
import dev.qide.wire.FailureException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Recognises the remains of an interrupted write, above all a file that the server was writing in
/// place when the server or the machine stopped.
///
/// The server writes from the beginning to the end and then shortens the file, so a kill leaves the
/// beginning of the new content followed by the end of the old content. After a power cut, each
/// page is either new or old. Both contents are in the database.
public final class TornWrite {
    private static final int PAGE_BYTES = 4_096;

    private TornWrite() {}

    /// The whole content that was being written, if the file on disk is a torn part of it.
    ///
    /// @param now the content on disk
    /// @return null when nothing was being written, or this is something else
    public static byte @Nullable [] intended(SyncedFile row, byte[] now) {
        var intent = row.intent();
        if (intent == null) {
            return null;
        }
        try {
            var meant = TextFile.of(intent.text(), intent.metadata()).encoded();
            var old = TextFile.of(row.base().text(), row.base().metadata()).encoded();
            boolean isWhole = Arrays.equals(now, meant) || Arrays.equals(now, old);
            boolean isExact = FileContent.of(old).hash().equals(row.base().metadata().hash());
            boolean isTorn =
                    isExact
                            ? isTruncated(now, meant, old) || isOfPages(now, meant, old)
                            : isTruncatedMixed(now, meant, withoutReturns(old));
            return !isWhole && isTorn ? meant : null;
        } catch (FailureException _) {
            // A text that its encoding has not all characters of was not written either.
            return null;
        }
    }

    /// The base of a merge, given the content on disk.
    public static FileText base(SyncedFile row, FileContent now) {
        var intent = row.intent();
        if (intent == null || now.hash().equals(row.base().metadata().hash())) {
            return row.base();
        }
        if (now.hash().equals(intent.metadata().hash())) {
            return intent;
        }
        // Written and then changed by a tool, or changed by a tool before it was written.
        var text = TextFile.decodedOrNull(now.bytes());
        return text != null && ThreeWayMerge.contains(row.base().text(), intent.text(), text.text())
                ? intent
                : row.base();
    }

    /// The file under the temporary name.
    ///
    /// @param id as [Disk#id] returns it
    record Leftover(byte[] content, @Nullable String id) {}

    /// Whether the file got the intended content. If another program changed or deleted it since,
    /// the file under the temporary name tells.
    ///
    /// @param leftover the file under the temporary name; null for none
    /// @param now the content on disk; null when the file does not exist
    static boolean isWritten(
            SyncedFile row,
            FileText intent,
            @Nullable Leftover leftover,
            @Nullable FileContent now) {
        if (leftover != null) {
            var left = leftover.content();
            if (leftover.id() != null && leftover.id().equals(row.replaced())) {
                return true;
            }
            boolean isFormer = FileContent.of(left).hash().equals(row.base().metadata().hash());
            // In another file than the replaced one, the former content may also be the beginning
            // of the intended one, which was cut off, unless the file itself is missing.
            if (isForeign(row, intent, left)
                    || (isFormer && (now == null || !isBeginning(left, intent)))) {
                return true;
            }
        }
        return now != null && base(row, now).equals(intent);
    }

    /// Whether another program wrote a temporary file: it has neither side's content. A temporary
    /// file that was cut off during its own write has the beginning of the intended content.
    static boolean isForeign(SyncedFile row, FileText intent, byte[] left) {
        var hash = FileContent.of(left).hash();
        if (hash.equals(row.base().metadata().hash()) || hash.equals(intent.metadata().hash())) {
            return false;
        }
        return !isBeginning(left, intent);
    }

    private static boolean isBeginning(byte[] left, FileText intent) {
        var meant = TextFile.of(intent.text(), intent.metadata()).encoded();
        return left.length <= meant.length
                && Arrays.equals(left, 0, left.length, meant, 0, left.length);
    }

    private static boolean isTruncated(byte[] now, byte[] meant, byte[] old) {
        int cut = beginning(now, meant);
        return cut == now.length
                ? cut >= old.length
                : now.length == old.length
                        && Arrays.equals(now, cut, now.length, old, cut, old.length);
    }

    /// As [#isTruncated], for an old file with mixed line endings, whose bytes are known except for
    /// the carriage returns.
    private static boolean isTruncatedMixed(byte[] now, byte[] meant, byte[] old) {
        int cut = beginning(now, meant);
        var end = withoutReturns(Arrays.copyOfRange(now, cut, now.length));
        return now.length >= old.length
                && end.length <= old.length
                && Arrays.equals(old, old.length - end.length, old.length, end, 0, end.length);
    }

    /// The length of the common beginning.
    private static int beginning(byte[] now, byte[] meant) {
        int mismatch = Arrays.mismatch(now, meant);
        return mismatch < 0 ? now.length : mismatch;
    }

    private static boolean isOfPages(byte[] now, byte[] meant, byte[] old) {
        if (now.length != meant.length && now.length != old.length) {
            return false;
        }
        for (int from = 0; from < now.length; from += PAGE_BYTES) {
            int to = Math.min(now.length, from + PAGE_BYTES);
            if (!isPage(now, meant, from, to) && !isPage(now, old, from, to)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPage(byte[] now, byte[] of, int from, int to) {
        return to <= of.length && Arrays.equals(now, from, to, of, from, to);
    }

    private static byte[] withoutReturns(byte[] bytes) {
        var kept = new byte[bytes.length];
        int length = 0;
        for (byte one : bytes) {
            if (one != '\r') {
                kept[length++] = one;
            }
        }
        return Arrays.copyOf(kept, length);
    }
}
