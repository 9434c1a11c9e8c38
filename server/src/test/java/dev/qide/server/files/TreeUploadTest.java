package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.files.replication.LocalCopies;
import dev.qide.server.files.replication.ReplicationContext;
import dev.qide.server.files.replication.TreeUpload;
import dev.qide.server.files.replication.WorkspaceReplication;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.WorkspaceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Comparisons of a directory with the database, without the servers around them.
final class TreeUploadTest {
    private static final int ENTRIES = 4;
    private static final int BYTES = 1000;

    @TempDir Path home;
    private Path root;
    private FileSyncFixture fixture;
    private WorkspaceReplication replication;

    @BeforeEach
    void open() throws Exception {
        setMode(home, "rwxr-xr-x");
        setMode(Files.createDirectory(home.resolve("copies")), "rwxrwxrwx");
        root = Files.createDirectory(home.resolve("project"));
        fixture = new FileSyncFixture(root);
        var demo = fixture.workspaces.named("demo");
        long epoch = lease(demo.id());
        fixture.parts.tables().tree().claim(demo.id(), epoch);
        replication = new WorkspaceReplication(demo, epoch, false, List.of());
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void what_cannot_be_read_is_not_deleted_and_what_is_gone_is() throws Exception {
        for (var path : List.of("gone", "secret/in", "stays")) {
            FileSyncFixture.write(root, path, "text");
        }
        compare();
        assertThat(stored()).extracting(Entry::path).contains("gone", "secret/in");
        Files.delete(root.resolve("gone"));
        setMode(root.resolve("secret"), "---------");

        UserNobody.run(root, this::compare);

        setMode(root.resolve("secret"), "rwxr-xr-x");
        assertThat(stored())
                .extracting(Entry::path)
                .containsExactly("secret", "secret/in", "stays");
    }

    @Test
    void changes_are_stored_where_there_is_no_room_for_more_entries() throws Exception {
        for (int number = 0; number < ENTRIES; number++) {
            FileSyncFixture.write(root, "f" + number, "text");
        }
        compare();
        FileSyncFixture.write(root, "f0", "longer text");
        FileSyncFixture.write(root, "one-too-many", "text");
        Files.createDirectory(root.resolve("folder-too-many"));

        compare();

        assertThat(stored())
                .extracting(entry -> entry.path() + " " + entry.bytes())
                .containsExactly("f0 11", "f1 4", "f2 4", "f3 4");
        assertThat(replication.excluded().keySet())
                .containsExactlyInAnyOrder("one-too-many", "folder-too-many");
    }

    @Test
    void files_that_are_written_anew_count_once() throws Exception {
        for (var path : List.of("a", "b", "c", "d")) {
            FileSyncFixture.write(root, path, "1".repeat(BYTES / ENTRIES));
        }
        compare();
        for (var path : List.of("a", "b", "c")) {
            FileSyncFixture.write(root, path, "2".repeat(BYTES / ENTRIES));
        }
        compare();
        assertThat(stored()).extracting(Entry::path).containsExactly("a", "b", "c", "d");
        assertThat(replication.excluded()).isEmpty();
    }

    private void compare() {
        var context =
                new FileReplicationContext(
                        fixture.parts,
                        new LocalCopies(home.resolve("copies")),
                        new ReplicationContext.Bounds(BYTES, BYTES, ENTRIES));
        var _ = new TreeUpload(replication, context, InstantSource.system()).all();
    }

    private List<Entry> stored() {
        return fixture.parts.tables().tree().entries(replication.workspace().id());
    }

    /// Takes the lease of a workspace.
    ///
    /// @return its epoch
    private long lease(WorkspaceId workspace) {
        var taken = new AtomicLong();
        var leases = fixture.parts.leases();
        leases.prepareBy(
                new WorkspaceLeases.Preparation() {
                    @Override
                    public boolean isRequired(WorkspaceId id) {
                        return true;
                    }

                    @Override
                    public void prepare(WorkspaceId id, long epoch) {
                        taken.set(epoch);
                    }
                });
        leases.require(workspace);
        return taken.get();
    }

    private static void setMode(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }
}
