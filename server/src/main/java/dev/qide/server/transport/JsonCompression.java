package dev.qide.server.transport;

import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// Compresses JSON answers with gzip for clients that accept it.
///
/// Invariant: it is applied to no answer that has a secret, since the length of a compressed answer
/// tells whether text that somebody else chose occurs in it (the attack BREACH). Thread-safe.
public final class JsonCompression {
    /// A shorter answer is sent as it is: it fits one packet.
    public static final int LEAST_BYTES = 1 << 10;

    private static final Set<ContentCoding> CODINGS =
            EnumSet.of(ContentCoding.GZIP, ContentCoding.IDENTITY);

    private final CpuPool cpu;

    public JsonCompression(CpuPool cpu) {
        this.cpu = cpu;
    }

    /// The answer, compressed where that is possible and useful. A client that refuses both gzip
    /// and the identity gets the answer as it is.
    public Answer apply(RequestHead head, Answer answer) throws InterruptedException {
        if (!(answer.content() instanceof Content.Bytes(var mediaType, var bytes))
                || !mediaType.equals("application/json")) {
            return answer;
        }
        var varied = answer.with("Vary", "Accept-Encoding");
        if (bytes.length < LEAST_BYTES || ContentCoding.best(head, CODINGS) != ContentCoding.GZIP) {
            return varied;
        }
        try {
            var packed = cpu.call(() -> gzip(bytes));
            return varied.with(new Content.Bytes(mediaType, packed))
                    .with("Content-Encoding", ContentCoding.GZIP.token());
        } catch (RejectedExecutionException busy) {
            return varied;
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var packed = new ByteArrayOutputStream(bytes.length / 4);
        try (var out = new FastGzip(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    /// Compresses with the fastest level: it is a third of the work of the standard one, for a
    /// tenth more bytes of a list of files.
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(ByteArrayOutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
