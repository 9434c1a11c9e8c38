package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("alone")
final class FileSyncSpeedTest {
    private static final int PAUSES = Integer.getInteger("mirror.pauses", 25);
    private static final long AIM_MILLIS = 500;

    @TempDir Path home;

    /// A burst of keystrokes, then a pause: from the commit of the last one to the file.
    @Test
    void the_disk_has_the_text_half_a_second_after_a_pause() throws Exception {
        var root = Files.createDirectory(home.resolve("project"));
        var file = root.resolve("main.py");
        Files.writeString(file, "#\n" + "value = compute(1, 2)\n".repeat(5_000));
        var millis = new ArrayList<Long>();
        try (var fixture = new FileSyncFixture(root)) {
            fixture.open("main.py");
            for (int i = 0; i < PAUSES; i++) {
                for (int letter = 0; letter < 5; letter++) {
                    fixture.type("main.py", "#", "x");
                }
                long begun = System.nanoTime();
                long wanted = fixture.text("main.py").length();
                while (Files.size(file) != wanted) {
                    LockSupport.parkNanos(1_000_000);
                }
                millis.add((System.nanoTime() - begun) / 1_000_000);
            }
        }
        millis.sort(null);
        System.out.printf(
                "mirror of a 110 KB file: p50 %d ms, p99 %d ms from the last keystroke%n",
                millis.get(PAUSES / 2), millis.get(PAUSES * 99 / 100));
        assertThat(millis.get(PAUSES / 2)).isLessThan(AIM_MILLIS);
    }
}
