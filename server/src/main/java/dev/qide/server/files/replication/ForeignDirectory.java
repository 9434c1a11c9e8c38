package dev.qide.server.files.replication;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.Workspace;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directory of a workspace on this server that is no copy of the workspace in the database: it
/// is from before the files were kept there, or its record was lost. Its files may be nowhere else.
public final class ForeignDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(ForeignDirectory.class);
    private static final String PREFIX = ".qide-kept-";

    private ForeignDirectory() {}

    /// Renames the directory to `.qide-kept-ID-MILLISECONDS` beside it, and creates an empty one
    /// with its mode; does nothing when it is empty. Nothing deletes the renamed one.
    ///
    /// @param now to name it by
    public static void setAside(Workspace workspace, Instant now) {
        if (TreeRestore.isEmpty(workspace)) {
            return;
        }
        var directory = workspace.directory();
        try {
            var kept = directory.resolveSibling(PREFIX + workspace.id() + "-" + now.toEpochMilli());
            if (Files.exists(kept, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(kept.toString());
            }
            var mode = Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS);
            var _ = Files.move(directory, kept, StandardCopyOption.ATOMIC_MOVE);
            var _ = Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(mode));
            LOG.atWarn()
                    .addKeyValue("event.action", "files.directory_kept")
                    .addKeyValue("workspace", workspace.id())
                    .log("set aside a directory that is no copy of its workspace in the database");
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }
}
