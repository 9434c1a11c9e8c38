package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;

/// The time of day of another process, which a test sets forward or back while it runs. Needs a C
/// compiler (`cc`).
final class SteppedClock {
    private final Path library;
    private final Path file;

    /// @param library of [#compile]
    /// @param file is created
    SteppedClock(Path library, Path file) throws IOException {
        this.library = library;
        this.file = file;
        step(0);
    }

    /// Compiles the library that the processes load.
    static Path compile(Path folder) throws IOException, InterruptedException {
        var source = folder.resolve("stepped-clock.c");
        try (var text = SteppedClock.class.getResourceAsStream("/stepped-clock.c")) {
            Files.copy(Objects.requireNonNull(text), source, StandardCopyOption.REPLACE_EXISTING);
        }
        var library = folder.resolve("stepped-clock.so");
        var compiler =
                new ProcessBuilder(
                                "cc",
                                "-O2",
                                "-shared",
                                "-fPIC",
                                "-o",
                                "" + library,
                                "" + source,
                                "-ldl")
                        .redirectErrorStream(true)
                        .start();
        var output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(compiler.waitFor()).as(output).isZero();
        return library;
    }

    /// The environment of a process with this clock.
    Map<String, String> settings() {
        return Map.of("LD_PRELOAD", library.toString(), "STEPPED_CLOCK", file.toString());
    }

    /// Sets the clock this far from that of the machine.
    void step(int seconds) throws IOException {
        var bytes =
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putLong(seconds)
                        .flip();
        try (var channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(bytes, 0);
        }
    }
}
