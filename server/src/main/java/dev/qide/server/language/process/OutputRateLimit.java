package dev.qide.server.language.process;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Counts the output of a language server on both streams together, and ends the reading when it
/// exceeds the limit per minute. Thread-safe.
final class OutputRateLimit {
    private static final long WINDOW_NANOS = Duration.ofMinutes(1).toNanos();

    private final long limitOctets;
    private final AtomicLong octets = new AtomicLong();
    private final AtomicLong begunNanos = new AtomicLong(System.nanoTime());

    OutputRateLimit(int limitMiB) {
        limitOctets = (long) limitMiB << 20;
    }

    /// The server exceeded its output limit.
    static final class OutputLimitExceeded extends IOException {
        private static final long serialVersionUID = 1L;

        private OutputLimitExceeded() {
            super("it exceeded its output limit");
        }
    }

    InputStream metered(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                int octet = super.read();
                count(octet < 0 ? 0 : 1);
                return octet;
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                int read = super.read(into, from, length);
                count(Math.max(0, read));
                return read;
            }
        };
    }

    private void count(int more) throws OutputLimitExceeded {
        long begun = begunNanos.get();
        long now = System.nanoTime();
        if (now - begun >= WINDOW_NANOS && begunNanos.compareAndSet(begun, now)) {
            octets.set(0);
        }
        if (octets.addAndGet(more) > limitOctets) {
            throw new OutputLimitExceeded();
        }
    }
}
