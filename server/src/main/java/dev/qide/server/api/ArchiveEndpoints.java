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

/// The HTTP endpoints of a workspace as a zip file.
public final class ArchiveEndpoints {
    /// The memory for the names of 20,000 entries while a zip file is written.
    private static final long TREE_BYTES = 16 << 20;

    private final ZipExport exports;
    private final ZipImport imports;

    public ArchiveEndpoints(ZipExport exports, ZipImport imports) {
        this.exports = exports;
        this.imports = imports;
    }

    Answer download(HttpEndpoints.Exchange exchange) throws InterruptedException {
        exchange.request().disconnectSignal().reserve(TREE_BYTES);
        var workspace = exchange.variable("ws");
        var archive = exports.of(workspace);
        return new Answer(
                200,
                Map.of(
                        "Cache-Control",
                        "no-store",
                        "Content-Disposition",
                        "attachment; filename=\"" + workspace + ".zip\""),
                new Content.Stream("application/zip", new ArchiveWriter(archive)));
    }

    private record ArchiveWriter(ZipExport.Archive archive) implements HttpHandler.Writer {
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
                imports.merge(
                        exchange.variable("ws"),
                        exchange.request().body(),
                        exchange.requiredPrincipal().credential().value());
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
