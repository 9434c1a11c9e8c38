package dev.qide.server.hostile;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Measures the effect of each kind of attack on people, one after the other, to find the cause of
/// a regression. Not part of the suite; run it by name: `mvn -pl server -am -Dtest=HostileKinds
/// -Dsurefire.failIfNoSpecifiedTests=false test`. `-Dhostile.only=REGEX` selects some kinds.
final class HostileKinds {
    @TempDir Path folder;

    @Test
    void figures() throws Exception {
        var _ =
                ServerUnderTest.play(
                        folder,
                        run -> {
                            for (var kind : run.each()) {
                                var phase = kind.phase();
                                System.out.print(Outcome.line(phase.name(), phase.acknowledged()));
                                System.out.printf(
                                        "    processor: %.1f s as it begins, then %.2f cores%n",
                                        kind.beginSeconds(), kind.cores());
                            }
                        });
    }
}
