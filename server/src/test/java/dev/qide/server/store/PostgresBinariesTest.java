package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.store.postgres.PostgresBinaries;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PostgresBinariesTest {
    @TempDir Path folder;

    @Test
    void concurrent_starts_unpack_once_and_remove_the_remains_of_a_killed_process()
            throws Exception {
        var parent = folder.resolve("shared");
        Files.createDirectories(parent.resolve("unpacking-killed/bin"));
        Files.writeString(parent.resolve("unpacking-killed/bin/postgres"), "half of it");
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            var unpacked = new ArrayList<Future<Path>>();
            for (int i = 0; i < 3; i++) {
                unpacked.add(tasks.submit(() -> PostgresBinaries.unpacked(parent)));
            }
            for (var one : unpacked) {
                assertThat(one.get(2, TimeUnit.MINUTES).resolve("bin/postgres")).isExecutable();
            }
            try (var left = Files.list(parent)) {
                assertThat(left.toList())
                        .containsExactlyInAnyOrder(
                                unpacked.getFirst().get(), parent.resolve("lock"));
            }
        }
    }
}
