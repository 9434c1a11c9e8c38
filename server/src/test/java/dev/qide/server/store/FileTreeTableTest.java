package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.FileTreeTable.Change;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The entries of a workspace's files, and their contents.
class FileTreeTableTest {
    private TestDatabase test;
    private Database database;
    private FileTreeTable tree;
    private BlobTable blobs;
    private WorkspaceId workspace;
    private long epoch;

    @BeforeEach
    void start() throws Exception {
        test = TestDatabase.create();
        database = new Database(test.address());
        tree = new FileTreeTable(database);
        blobs = new BlobTable(database);
        var workspaces = new WorkspaceTable(database);
        workspace = workspaces.findOrCreate("demo");
        epoch = workspaces.raiseEpoch(workspace);
        tree.claim(workspace, epoch);
    }

    @AfterEach
    void stop() {
        database.close();
        test.close();
    }

    @Test
    void entries_come_back_as_they_were_written() {
        var entries =
                List.of(
                        new Entry("a", Kind.FOLDER, 0755, 0, 0, ""),
                        new Entry("a/b \u00FC'_%.txt", Kind.FILE, 0600, 3, 1234567, "ab"),
                        new Entry("a/c", Kind.LINK, 0, 0, 0, "b"),
                        new Entry("d.py", Kind.DOCUMENT, 0755, 0, 0, ""));
        tree.apply(workspace, epoch, new Change(entries, List.of(), Set.of()));
        assertThat(tree.entries(workspace)).isEqualTo(entries);
    }

    @Test
    void a_move_takes_what_is_below_and_replaces_what_is_there() {
        tree.apply(
                workspace,
                epoch,
                new Change(
                        List.of(
                                new Entry("a", Kind.FOLDER, 0755, 0, 0, ""),
                                new Entry("a/x", Kind.FOLDER, 0755, 0, 0, ""),
                                new Entry("ab", Kind.FOLDER, 0755, 0, 0, ""),
                                new Entry("b", Kind.FOLDER, 0755, 0, 0, ""),
                                new Entry("b/old", Kind.FOLDER, 0755, 0, 0, "")),
                        List.of(),
                        Set.of()));
        tree.move(workspace, epoch, "a", "b");
        assertThat(tree.entries(workspace))
                .extracting(Entry::path)
                .containsExactly("ab", "b", "b/x");
    }

    @Test
    void a_former_epoch_writes_nothing() {
        var next = new WorkspaceTable(database).raiseEpoch(workspace);
        assertThat(next).isGreaterThan(epoch);
        var change =
                new Change(
                        List.of(new Entry("a", Kind.FOLDER, 0755, 0, 0, "")), List.of(), Set.of());
        requireRefused(() -> tree.claim(workspace, epoch));
        requireRefused(() -> tree.complete(workspace, epoch));
        requireRefused(() -> tree.apply(workspace, epoch, change));
        requireRefused(() -> tree.move(workspace, epoch, "a", "b"));
        var chunk = new BlobTable.Chunk("ab", 0, false, new byte[1]);
        requireRefused(() -> blobs.put(workspace, epoch, List.of(chunk)));
        assertThat(tree.entries(workspace)).isEmpty();
        assertThat(blobs.read(workspace, List.of("ab"))).isEmpty();
    }

    @Test
    void a_content_goes_with_its_last_entry_and_one_without_any_at_the_next_claim() {
        var chunk = new BlobTable.Chunk("ab", 0, false, new byte[] {1, 2, 3});
        blobs.put(workspace, epoch, List.of(chunk));
        var one = new Entry("a", Kind.FILE, 0600, 3, 1, "ab");
        var two = new Entry("b", Kind.FILE, 0600, 3, 1, "ab");
        tree.apply(workspace, epoch, new Change(List.of(one, two), List.of(), Set.of()));
        assertThat(blobs.existing(workspace, Set.of("ab", "cd"))).containsExactly("ab");
        tree.apply(workspace, epoch, new Change(List.of(), List.of("a"), Set.of("ab")));
        assertThat(blobs.read(workspace, "ab", 0).getFirst().content()).containsExactly(1, 2, 3);
        tree.apply(workspace, epoch, new Change(List.of(), List.of("b"), Set.of("ab")));
        assertThat(blobs.read(workspace, "ab", 0)).isEmpty();

        blobs.put(workspace, epoch, List.of(chunk));
        tree.claim(workspace, epoch);
        assertThat(blobs.read(workspace, "ab", 0)).isEmpty();
    }

    private static void requireRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.failure())
                                        .isEqualTo(Failure.WORKSPACE_ELSEWHERE));
    }
}
