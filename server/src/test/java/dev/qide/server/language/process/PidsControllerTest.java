package dev.qide.server.language.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several servers of one machine share the folder of the control groups.
final class PidsControllerTest {
    @TempDir Path place;

    @Test
    void only_the_groups_of_servers_that_have_ended_are_removed() throws Exception {
        var process = new ProcessBuilder("sleep", "1000").start();
        var running = group(process.pid());
        var own = group(ProcessHandle.current().pid());
        // From before names had the process id.
        var older = Files.createDirectory(place.resolve("qide-terminal-ab12cd34-1"));
        var other = Files.createDirectory(place.resolve("docker"));

        new PidsController(place).removeEmpty();

        // The program that will be in it is just starting.
        assertThat(running).exists();
        assertThat(own).exists();
        assertThat(other).exists();
        assertThat(older).doesNotExist();
        process.destroyForcibly().waitFor();

        new PidsController(place).removeEmpty();

        assertThat(running).doesNotExist();
    }

    private Path group(long pid) throws IOException {
        return Files.createDirectory(place.resolve("qide-terminal-" + pid + "-1"));
    }
}
