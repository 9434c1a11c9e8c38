package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeProjectTest {
    @TempDir Path base;

    @Test
    void one_process_installs_and_others_wait_until_the_lock_changes() throws Exception {
        var folder = Files.createDirectories(base.resolve("src/test/node/demo"));
        var lock = folder.resolve("package-lock.json");
        Files.writeString(lock, "{}");
        installAtOnce();
        assertThat(Files.readAllLines(folder.resolve("installs"))).hasSize(1);
        Files.writeString(lock, "{\"changed\": true}");
        installAtOnce();
        assertThat(Files.readAllLines(folder.resolve("installs"))).hasSize(2);
    }

    private void installAtOnce() throws Exception {
        // Like npm, it removes the installed packages first; two at once would collide in `busy`.
        var npm =
                "rm -rf node_modules; mkdir busy || exit 1; echo once >> installs;"
                        + " mkdir node_modules && rmdir busy";
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Future<NodeProject>>();
            for (int i = 0; i < 6; i++) {
                all.add(
                        tasks.submit(() ->
                                NodeProject.installed(base, "demo", List.of("sh", "-c", npm))));
            }
            for (var one : all) {
                assertThat(one.get(1, TimeUnit.MINUTES).folder().resolve("node_modules")).exists();
            }
        }
    }
}
