package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// A wait for a file ends when the file cannot be written, and goes on while the server cannot try.
final class SyncObstacleTest {
    @Test
    void only_the_disk_and_the_file_end_a_wait() {
        assertThat(of(Failure.FILE_READ_ONLY)).isTrue();
        assertThat(of(Failure.IS_A_FOLDER)).isTrue();
        assertThat(isOfDisk(DirectoryHandles.ioFailure(new IOException("full")))).isTrue();

        assertThat(of(Failure.STORE_UNAVAILABLE)).isFalse();
        assertThat(of(Failure.SERVER_CANCELLED)).isFalse();
        assertThat(of(Failure.REQUEST_FAILED)).isFalse();
        assertThat(isOfDisk(new IllegalStateException("a defect"))).isFalse();
    }

    private static boolean of(Failure failure) {
        return isOfDisk(new FailureException(failure));
    }

    private static boolean isOfDisk(RuntimeException failure) {
        return SyncObstacle.of(failure).isOfDisk();
    }
}
