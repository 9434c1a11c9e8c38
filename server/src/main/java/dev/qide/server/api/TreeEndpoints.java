package dev.qide.server.api;

import dev.qide.server.files.FileDownloads;
import dev.qide.server.files.Precondition;
import dev.qide.server.files.TreeChanges;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;

/// The HTTP endpoints that change a workspace's tree: delete, move, create a folder.
public final class TreeEndpoints {
    private final TreeChanges changes;
    private final FileDownloads downloads;

    public TreeEndpoints(TreeChanges changes, FileDownloads downloads) {
        this.changes = changes;
        this.downloads = downloads;
    }

    /// Deletes a file by its version (`If-Match`), or a folder with its content
    /// (`?recursive=true`).
    Answer delete(HttpEndpoints.Exchange exchange) throws InterruptedException {
        var head = exchange.request().head();
        boolean isRecursive = "true".equals(head.parameter("recursive"));
        var ifMatch = head.header("If-Match");
        if (head.header("If-None-Match") != null || (isRecursive && ifMatch != null)) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("header", "If-Match"));
        }
        if (!isRecursive) {
            // The file is read to compare its version.
            exchange.request()
                    .disconnectSignal()
                    .reserve(
                            downloads.wholeBytes(
                                    exchange.variable("ws"), exchange.variable("path")));
        }
        changes.delete(
                exchange.variable("ws"),
                exchange.variable("path"),
                Precondition.ofPresent(ifMatch),
                isRecursive);
        return Answer.empty(204);
    }

    /// `?move=TARGET` moves a file or a folder, `?folder` creates a folder.
    Answer change(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        var target = head.parameter("move");
        boolean isFolder = head.parameter("folder") != null;
        if ((target != null) == isFolder) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("needs", "move or folder"));
        }
        if (target != null) {
            changes.move(exchange.variable("ws"), exchange.variable("path"), target);
            return Answer.empty(204);
        }
        changes.createFolder(exchange.variable("ws"), exchange.variable("path"));
        return Answer.empty(201);
    }
}
