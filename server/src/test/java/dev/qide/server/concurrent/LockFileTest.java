package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LockFileTest {
    @TempDir Path folder;

    @Test
    void a_refused_attempt_of_this_process_keeps_the_lock_against_other_processes()
            throws Exception {
        try (var held = LockFile.tryAcquire(file())) {
            assertThat(held).isNotNull();
            assertThat(LockFile.tryAcquire(file())).isNull();
            assertThat(LockFile.tryAcquire(folder.resolve("./lock"))).isNull();
            assertThat(inAnotherProcess()).isEqualTo("refused");
        }
        assertThat(inAnotherProcess()).isEqualTo("acquired");
    }

    @Test
    void closing_a_lock_twice_does_not_release_the_next_holders_lock() throws Exception {
        var first = acquired();
        first.close();
        try (var second = acquired()) {
            first.close();
            assertThat(LockFile.tryAcquire(file())).isNull();
            assertThat(second).isNotNull();
        }
    }

    @Test
    void the_system_releases_the_lock_of_a_killed_process() throws Exception {
        var holder = ChildJvm.start(Holder.class, file().toString());
        assertThat(holder.word()).isEqualTo("acquired");
        assertThat(LockFile.tryAcquire(file())).isNull();
        holder.kill();
        acquired().close();
    }

    private LockFile acquired() throws IOException {
        return Objects.requireNonNull(LockFile.tryAcquire(file()), "the lock");
    }

    private String inAnotherProcess() throws IOException, InterruptedException {
        var child = ChildJvm.start(Holder.class, file().toString());
        child.kill();
        return child.word();
    }

    private Path file() {
        return folder.resolve("lock");
    }

    /// Tries to acquire the lock, prints the result and holds it until killed.
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            @Nullable LockFile lock = LockFile.tryAcquire(Path.of(arguments[0]));
            System.out.println("ready " + (lock == null ? "refused" : "acquired"));
            new CountDownLatch(1).await();
        }
    }
}
