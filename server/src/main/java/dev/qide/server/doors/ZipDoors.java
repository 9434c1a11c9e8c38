package dev.qide.server.doors;

import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.socket.HttpDoor;
import dev.qide.server.socket.HttpDoor.Answer;
import dev.qide.server.socket.HttpDoor.Content;
import dev.qide.wire.WireJson;
import dev.qide.wire.ZipMerged;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/// The REST doors of a workspace as a zip file.
public final class ZipDoors {
    /// What the names of 20,000 entries take while an archive is made of them.
    private static final long TREE_BYTES = 16 << 20;

    private final ZipExport out;
    private final ZipImport in;

    public ZipDoors(ZipExport out, ZipImport in) {
        this.out = out;
        this.in = in;
    }

    Answer download(HttpDoors.Visit visit) throws InterruptedException {
        visit.request().asker().reserve(TREE_BYTES);
        var workspace = visit.variable("ws");
        var archive = out.of(workspace);
        return new Answer(
                200,
                Map.of(
                        "Cache-Control",
                        "no-store",
                        "Content-Disposition",
                        "attachment; filename=\"" + workspace + ".zip\""),
                new Content.Stream("application/zip", new Sending(archive)));
    }

    private record Sending(ZipExport.Archive archive) implements HttpDoor.Writer {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            archive.writeTo(out);
        }

        @Override
        public void close() {
            archive.close();
        }
    }

    Answer merge(HttpDoors.Visit visit) throws IOException {
        var result =
                in.merge(
                        visit.variable("ws"),
                        visit.request().body(),
                        visit.someone().credential().value());
        return Answer.json(
                200,
                WireJson.write(
                        new ZipMerged(
                                result.created(),
                                result.changed(),
                                result.unchanged(),
                                result.skipped())));
    }
}
