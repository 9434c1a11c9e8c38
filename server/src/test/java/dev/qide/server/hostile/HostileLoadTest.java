package dev.qide.server.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ten people type beside everything hostile that one can do with tokens that may read or edit, at
/// a server with a heap of 512 MiB: they notice next to nothing, memory is bounded, a revoked token
/// ends within a second, and nothing is left slow. `-Dhostile.seconds=N` for a longer load.
@Tag("alone")
class HostileLoadTest {
    /// Others on the machine can slow people down, not the server's bounds: if nothing else is
    /// wrong, the load is run again, and only what is slow each time is the server's.
    private static final int ROUNDS = 2;

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
