package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.files.replication.LocalCopies;
import dev.qide.server.files.replication.ReplicationContext;
import dev.qide.server.files.replication.TreeUpload;
import dev.qide.server.files.replication.WorkspaceReplication;
import dev.qide.server.store.FileTreeTable;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Comparisons of a directory with the database, without the servers around them.
final class TreeUploadTest {
    private static final int ENTRIES = 4;
    private static final int ROOMY = 100;
    private static final int BYTES = 1000;

    @TempDir Path home;
    private Path root;
    private FileSyncFixture fixture;
    private WorkspaceReplication replication;
    private long epoch;
    private long failovers;

    @BeforeEach
    void open() throws Exception {
        setMode(home, "rwxr-xr-x");
        setMode(Files.createDirectory(home.resolve("copies")), "rwxrwxrwx");
        root = Files.createDirectory(home.resolve("project"));
        fixture = new FileSyncFixture(root);
        var demo = fixture.workspaces.named("demo");
        epoch = lease(demo.id());
        fixture.parts.tables().tree().claim(demo.id(), epoch);
        replication = new WorkspaceReplication(demo, epoch, false, 0, List.of());
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

    @Test
    void new_folders_need_room_too() throws Exception {
        FileSyncFixture.write(root, "src/one", "text");
        compare();
        assertThat(hasRoomFor("src/a", "src/b")).isTrue();
        assertThat(hasRoomFor("src/new/a")).isTrue();
        assertThat(hasRoomFor("new/a", "new/b")).isFalse();
        assertThat(hasRoomFor("new/deep/a")).isFalse();
        FileSyncFixture.write(root, "src/two", "text");
        FileSyncFixture.write(root, "src/three", "text");
        compare();
        assertThat(hasRoomFor("src/one", "src")).isTrue();
        assertThat(hasRoomFor("src/four")).isFalse();
    }

    private boolean hasRoomFor(String... paths) {
        return replication.hasRoomFor(
                Arrays.stream(paths).map(WorkspacePath::new).toList(), ENTRIES);
    }

    @Test
    void objects_that_cannot_be_read_delay_their_repository_alone() throws Exception {
        for (var path : List.of(".git/objects/ab/c", "other")) {
            FileSyncFixture.write(root, path, "text");
        }
        var objects = root.resolve(".git/objects");
        for (var unreadable : List.of(objects.resolve("ab"), objects)) {
            setMode(unreadable, "---------");
            FileSyncFixture.write(root, ".git/HEAD", "of an object that was not read");
            FileSyncFixture.write(root, "other", "changed " + unreadable.getFileName());

            UserNobody.run(root, () -> compare(bounds(ROOMY)));

            assertThat(stored())
                    .extracting(Entry::path)
                    .contains("other")
                    .doesNotContain(".git/HEAD", ".git/objects/ab/c");
            setMode(unreadable, "rwxr-xr-x");
        }
        compare(bounds(ROOMY));
        assertThat(stored()).extracting(Entry::path).contains(".git/HEAD", ".git/objects/ab/c");
        assertThat(replication.excluded()).isEmpty();
    }

    @Test
    void a_file_that_the_database_gives_up_is_recorded_before() throws Exception {
        FileSyncFixture.write(root, "grows", "text");
        compare();
        FileSyncFixture.write(root, "grows", "1".repeat(BYTES + 1));
        fixture.parts.leases().release(replication.workspace().id(), null);

        assertThatThrownBy(this::compare).isInstanceOf(FailureException.class);

        assertThat(unstored()).containsExactly("grows");
    }

    @Test
    void what_a_new_primary_lacks_is_stored_again() throws Exception {
        FileSyncFixture.write(root, "lost", "text");
        FileSyncFixture.write(root, "removed", "text");
        // The time of a file that has just been written says too little to pass it over.
        var anHourAgo = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
        Files.setLastModifiedTime(root.resolve("lost"), anHourAgo);
        compare();
        var before = stored();
        Files.delete(root.resolve("removed"));
        compare();
        var removed = before.stream().filter(entry -> entry.path().equals("removed")).toList();
        var tree = fixture.parts.tables().tree();
        var lost = new FileTreeTable.Change(removed, List.of("lost"), Set.of());
        tree.apply(replication.workspace().id(), epoch, lost);
        compare();
        assertThat(stored()).extracting(Entry::path).containsExactly("removed");

        failovers++;
        compare();

        assertThat(stored()).extracting(Entry::path).containsExactly("lost");
    }

    private void compare() {
        compare(bounds(ENTRIES));
    }

    private static ReplicationContext.Bounds bounds(int entries) {
        return new ReplicationContext.Bounds(BYTES, BYTES, entries);
    }

    private void compare(ReplicationContext.Bounds bounds) {
        var context =
                new FileReplicationContext(
                        fixture.parts, new LocalCopies(home.resolve("copies")), bounds);
        var _ = new TreeUpload(replication, failedOver(context), InstantSource.system()).all();
    }

    /// The same context with the number of failovers of the test.
    private ReplicationContext failedOver(ReplicationContext context) {
        return (ReplicationContext)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {ReplicationContext.class},
                        (_, method, arguments) ->
                                method.getName().equals("failovers")
                                        ? failovers
                                        : method.invoke(context, arguments));
    }

    private List<String> unstored() throws IOException {
        var id = replication.workspace().id();
        return Files.readAllLines(home.resolve("copies/" + id + ".unstored"));
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
