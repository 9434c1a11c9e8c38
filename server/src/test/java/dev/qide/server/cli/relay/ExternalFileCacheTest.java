package dev.qide.server.cli.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `qide lsp` keeps in the cache directory, and what it deletes there.
class ExternalFileCacheTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant OLD =
            NOW.minus(ExternalFileCache.KEPT_FOR).minus(Duration.ofMinutes(1));
    private static final Instant RECENT =
            NOW.minus(ExternalFileCache.KEPT_FOR).plus(Duration.ofMinutes(1));

    @TempDir Path cache;

    @Test
    void each_endpoint_has_its_own_folder() {
        var first = ExternalFileCache.of(cache, URI.create("ws://127.0.0.1:8080/ws/demo"));

        assertThat(ExternalFileCache.of(cache, URI.create("ws://127.0.0.1:8080/ws/demo")))
                .isEqualTo(first);
        assertThat(ExternalFileCache.of(cache, URI.create("ws://127.0.0.1:8081/ws/demo")))
                .isNotEqualTo(first);
    }

    @Test
    void old_copies_of_every_endpoint_are_deleted_and_all_else_is_kept() throws IOException {
        var unused = ExternalFileCache.of(cache, URI.create("ws://127.0.0.1:1/ws/demo"));
        var used = ExternalFileCache.of(cache, URI.create("ws://127.0.0.1:2/ws/demo"));
        var old = write(unused.resolve("pyright/machine/os.py"), OLD);
        var recent = write(used.resolve("pyright/machine/os.py"), RECENT);
        var tool = write(cache.resolve("tools/pyright/index.js"), OLD);
        age(unused);

        ExternalFileCache.deleteOld(cache, NOW);
        assertThat(old).doesNotExist();
        assertThat(recent).exists();
        assertThat(tool).exists();

        // A file that is deleted makes its folders recent: they go the next time.
        ExternalFileCache.deleteOld(
                cache, Instant.now().plus(ExternalFileCache.KEPT_FOR).plusSeconds(60));
        assertThat(unused).doesNotExist();
        assertThat(tool).exists();
    }

    @Test
    void a_link_out_of_the_folder_is_not_followed() throws IOException {
        var outside = write(cache.resolve("outside/a.py"), OLD);
        var folder = ExternalFileCache.of(cache, URI.create("ws://127.0.0.1:1/ws/demo"));
        Files.createDirectory(folder);
        Files.createSymbolicLink(folder.resolve("link"), outside.getParent());

        ExternalFileCache.deleteOld(
                cache, Instant.now().plus(ExternalFileCache.KEPT_FOR).plusSeconds(60));

        assertThat(outside).exists();
    }

    @Test
    void nothing_happens_without_a_cache_directory() {
        ExternalFileCache.deleteOld(cache.resolve("missing"), NOW);

        assertThat(cache).isEmptyDirectory();
    }

    private static Path write(Path file, Instant modified) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "text");
        Files.setLastModifiedTime(file, FileTime.from(modified));
        return file;
    }

    /// Makes the folders as old as their files.
    private static void age(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var each : all.filter(Files::isDirectory).toList()) {
                Files.setLastModifiedTime(each, FileTime.from(OLD));
            }
        }
    }
}
