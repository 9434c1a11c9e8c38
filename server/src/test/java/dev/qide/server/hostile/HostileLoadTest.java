package dev.qide.server.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ten people type while tokens with the right to read or edit attack a server with a heap of 512
/// MiB in every known way: the people notice next to nothing, memory is bounded, a revoked token
/// ends within a second, and nothing stays slow. `-Dhostile.seconds=N` extends the load.
@Tag("alone")
class HostileLoadTest {
    /// Other work on the machine can slow people down, but not exceed the server's bounds. If
    /// nothing else is wrong, the load runs again, and only delays in every run count. A load of
    /// more than ten minutes runs once.
    private static final int ROUNDS = Long.getLong("hostile.seconds", 0) > 600 ? 1 : 2;

    @TempDir Path folder;

    @Test
    void ten_people_type_during_every_attack_as_they_do_alone() throws Exception {
        var log =
                ServerUnderTest.play(
                        folder,
                        run -> {
                            var outcome = run.round(0);
                            System.out.println(outcome.table());
                            for (int i = 1; i < ROUNDS && outcome.isSlowAlone(); i++) {
                                outcome = run.round(i);
                                System.out.println(outcome.table());
                            }
                            outcome.check();
                        });
        assertThat(log).doesNotContain("OutOfMemoryError");
    }
}
