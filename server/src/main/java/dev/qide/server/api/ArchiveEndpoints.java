package dev.qide.server.api;

import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.wire.WireJson;
import dev.qide.wire.ZipMerged;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/// The REST endpoints of a workspace as a zip file.
public final class ArchiveEndpoints {
    /// What the names of 20,000 entries take while an archive is made of them.
    private static final long TREE_BYTES = 16 << 20;

    private final ZipExport out;
    private final ZipImport in;

    public ArchiveEndpoints(ZipExport out, ZipImport in) {
        this.out = out;
        this.in = in;
    }

    Answer download(HttpEndpoints.Exchange exchange) throws InterruptedException {
        exchange.request().disconnectSignal().reserve(TREE_BYTES);
        var workspace = exchange.variable("ws");
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

    private record Sending(ZipExport.Archive archive) implements HttpHandler.Writer {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            archive.writeTo(out);
        }

        @Override
        public void close() {
            archive.close();
        }
    }

    Answer merge(HttpEndpoints.Exchange exchange) throws IOException {
        var result =
                in.merge(
                        exchange.variable("ws"),
                        exchange.request().body(),
                        exchange.someone().credential().value());
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
