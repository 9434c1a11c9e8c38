package dev.qide.server.doors;

import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.socket.HttpDoor.Answer;
import dev.qide.server.socket.HttpDoor.Content;
import dev.qide.wire.WireJson;
import dev.qide.wire.ZipMerged;
import java.io.IOException;
import java.util.Map;

/// The REST doors of a workspace as a zip file.
public final class ZipDoors {
    private final ZipExport out;
    private final ZipImport in;

    public ZipDoors(ZipExport out, ZipImport in) {
        this.out = out;
        this.in = in;
    }

    Answer download(HttpDoors.Visit visit) {
        var workspace = visit.variable("ws");
        var archive = out.of(workspace);
        return new Answer(
                200,
                Map.of(
                        "Cache-Control",
                        "no-store",
                        "Content-Disposition",
                        "attachment; filename=\"" + workspace + ".zip\""),
                new Content.Stream("application/zip", archive::writeTo));
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
