package dev.qide.server.doors;

import dev.qide.server.files.Condition;
import dev.qide.server.files.FileDownloads;
import dev.qide.server.files.TreeChanges;
import dev.qide.server.socket.HttpDoor.Answer;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;

/// The REST doors that change a workspace's tree: delete, move, make a folder.
public final class TreeDoors {
    private final TreeChanges changes;
    private final FileDownloads downloads;

    public TreeDoors(TreeChanges changes, FileDownloads downloads) {
        this.changes = changes;
        this.downloads = downloads;
    }

    /// A file by its version (`If-Match`), or a folder with everything in it (`?recursive=true`).
    Answer delete(HttpDoors.Visit visit) throws InterruptedException {
        var head = visit.request().head();
        boolean isRecursive = "true".equals(head.parameter("recursive"));
        var ifMatch = head.header("If-Match");
        if (head.header("If-None-Match") != null || (isRecursive && ifMatch != null)) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("header", "If-Match"));
        }
        if (!isRecursive) {
            // Whether it is the version that is meant is found out by reading it.
            visit.request()
                    .asker()
                    .reserve(downloads.wholeBytes(visit.variable("ws"), visit.variable("path")));
        }
        changes.delete(
                visit.variable("ws"),
                visit.variable("path"),
                Condition.ofPresent(ifMatch),
                isRecursive);
        return Answer.empty(204);
    }

    /// `?move=TARGET` moves a file or a folder, `?folder` makes a folder.
    Answer change(HttpDoors.Visit visit) {
        var head = visit.request().head();
        var target = head.parameter("move");
        boolean isFolder = head.parameter("folder") != null;
        if ((target != null) == isFolder) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("needs", "move or folder"));
        }
        if (target != null) {
            changes.move(visit.variable("ws"), visit.variable("path"), target);
        } else {
            changes.makeFolder(visit.variable("ws"), visit.variable("path"));
        }
        return Answer.empty(204);
    }
}
