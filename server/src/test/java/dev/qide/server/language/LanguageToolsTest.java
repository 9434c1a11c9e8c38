package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Await;
import dev.qide.server.ChildJvm;
import dev.qide.server.language.process.LanguageTools;
import dev.qide.server.language.process.ProcessStarter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several servers of one machine share a tools folder. A script stands for npm, since a real one
/// cannot be held in the middle of its work.
final class LanguageToolsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir Path folder;

    @BeforeEach
    void makeNpm() throws IOException {
        Files.createDirectories(folder.resolve("bin"));
        var npm = folder.resolve("bin/npm");
        Files.writeString(
                npm,
                """
                #!/bin/sh
                echo $$ >> "%1$s/installs"
                mkdir node_modules
                while [ ! -e "%1$s/go" ]; do sleep 0.05; done
                echo whole > node_modules/whole
                """
                        .formatted(folder));
        Files.setPosixFilePermissions(npm, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// A script that lost its server ends too.
    @AfterEach
    void letNpmEnd() throws IOException {
        go();
    }

    @Test
    void several_servers_install_once_and_the_others_wait() throws Exception {
        var other = ChildJvm.start(Installer.class, folder.toString());
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            awaitInstalls(1);
            var here = new ArrayList<Future<Path>>();
            for (int i = 0; i < 3; i++) {
                here.add(tasks.submit(() -> install(folder)));
            }
            go();
            for (var one : here) {
                assertThat(one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .satisfies(target ->
                                assertThat(target.resolve("node_modules/whole")).exists());
            }
            assertThat(installs()).isEqualTo(1);
        } finally {
            other.kill();
        }
    }

    @Test
    void after_a_server_killed_midway_the_next_one_installs_the_whole() throws Exception {
        var killed = ChildJvm.start(Installer.class, folder.toString());
        awaitInstalls(1);
        killed.kill();
        var npm = Long.parseLong(Files.readAllLines(folder.resolve("installs")).getFirst());
        var orphan = ProcessHandle.of(npm);
        go();
        // It writes until it ends, and a folder in which it still writes is kept.
        orphan.ifPresent(process -> Await.await(() -> !process.isAlive()));
        assertThat(install(folder).resolve("node_modules/whole")).exists();
        try (var left = Files.list(folder.resolve("tools/language-servers"))) {
            assertThat(left.map(one -> one.getFileName().toString()))
                    .noneMatch(name -> name.startsWith(".installing-bash-"));
        }
    }

    private void awaitInstalls(int count) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (installs() < count) {
            assertThat(System.nanoTime()).as("an install begins in time").isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    private long installs() throws IOException {
        var begun = folder.resolve("installs");
        return Files.exists(begun) ? Files.readAllLines(begun).size() : 0;
    }

    private void go() throws IOException {
        Files.writeString(folder.resolve("go"), "");
    }

    private static Path install(Path folder) throws InterruptedException {
        var path = folder.resolve("bin") + ":" + System.getenv("PATH");
        try (var starter = new ProcessStarter()) {
            return new LanguageTools(folder.resolve("tools"), path, starter)
                    .installed("bash", _ -> {});
        }
    }

    /// Another server of this machine.
    static final class Installer {
        private Installer() {}

        public static void main(String[] arguments) throws Exception {
            System.out.println("ready");
            var _ = install(Path.of(arguments[0]));
        }
    }
}
