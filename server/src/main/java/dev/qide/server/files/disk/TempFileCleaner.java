package dev.qide.server.files.disk;

import dev.qide.server.files.DiskTree;
import dev.qide.server.files.IgnoreRules;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes the temporary files of uploads and the remains of deletions that killed servers left.
/// Keeps the temporary files of documents, which have other names: they may contain what another
/// program wrote. Owned by one thread.
public final class TempFileCleaner implements FolderWalk.Visitor {
    private static final Logger LOG = LoggerFactory.getLogger(TempFileCleaner.class);
    private static final Pattern NAME = Pattern.compile("\\.qide-[0-9a-f]{24}\\.tmp");

    private final IgnoreRules rules;
    private final Instant before;

    private TempFileCleaner(IgnoreRules rules, Instant before) {
        this.rules = rules;
        this.before = before;
    }

    /// @param before files written later are in use
    public static void remove(Path root, IgnoreRules rules, Instant before) {
        try {
            FolderWalk.through(root, new TempFileCleaner(rules, before));
        } catch (IOException failure) {
            kept(failure);
        }
    }

    private static void kept(IOException failure) {
        LOG.atWarn()
                .addKeyValue("event.action", "files.temp_files_kept")
                .setCause(failure)
                .log("temporary files of an earlier server could not be removed");
    }

    @Override
    public FolderWalk.Next visit(
            String path,
            BasicFileAttributes attributes,
            SecureDirectoryStream<Path> above,
            Path name)
            throws IOException {
        boolean isOurs = attributes.isDirectory() || attributes.isRegularFile();
        if (isOurs && isLeftOver(name, attributes)) {
            remove(above, name);
            return FolderWalk.Next.SKIP;
        }
        return attributes.isDirectory() && isIgnored(path)
                ? FolderWalk.Next.SKIP
                : FolderWalk.Next.ENTER;
    }

    private boolean isIgnored(String path) {
        return rules.verdict(path, true, IgnoreRules.Verdict.SHARED) == IgnoreRules.Verdict.IGNORED;
    }

    /// A file, or a folder whose deletion was interrupted by the end of the server. If it cannot be
    /// removed, the walk goes on to the others.
    private static void remove(SecureDirectoryStream<Path> above, Path name) throws IOException {
        try {
            DiskTree.delete(above, name, 0);
        } catch (NoSuchFileException _) {
            // It was deleted meanwhile.
        } catch (IOException failure) {
            kept(failure);
        }
    }

    private boolean isLeftOver(Path name, BasicFileAttributes attributes) {
        return attributes.lastModifiedTime().toInstant().isBefore(before)
                && NAME.matcher("" + name).matches();
    }
}
