package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.files.replication.LocalCopies;
import dev.qide.server.files.replication.ReplicationContext;
import dev.qide.server.files.replication.TreeRestore;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders that a tool made read-only, for example those of Go's modules, and a server that is not
/// root.
final class ReadOnlyFoldersTest {
    private static final String LEFTOVER = ".qide-0123456789abcdef01234567.tmp";

    @TempDir Path home;
    private Path root;
    private FileSyncFixture fixture;

    @BeforeEach
    void open() throws Exception {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        root = Files.createDirectory(home.resolve("project"));
        fixture = new FileSyncFixture(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void a_restore_changes_what_is_in_them() throws Exception {
        var entries =
                List.of(
                        new Entry("lib", Kind.FOLDER, 0555, 0, 0, ""),
                        new Entry("lib/in", Kind.FOLDER, 0555, 0, 0, ""),
                        new Entry("lib/in/link", Kind.LINK, 0, 0, 0, "target"),
                        new Entry("lib/new", Kind.FOLDER, 0755, 0, 0, ""));
        // Loads the classes.
        restore(entries);
        setModes("rwxr-xr-x");
        Files.delete(root.resolve("lib/in/link"));
        Files.delete(root.resolve("lib/new"));
        Files.writeString(root.resolve("lib/in/old"), "old");
        FileSyncFixture.write(root, "other/in/old", "old");
        setMode("other/in", "r-xr-xr-x");
        setMode("other", "r-xr-xr-x");
        setModes("r-xr-xr-x");

        asNobody(() -> restore(entries));

        assertThat(root.resolve("lib/in/link")).isSymbolicLink();
        assertThat(root.resolve("lib/new")).isDirectory();
        assertThat(fixture.names("lib/in")).containsExactly("link");
        assertThat(root.resolve("other")).doesNotExist();
        assertThat(mode("lib") + mode("lib/in")).isEqualTo("r-xr-xr-xr-xr-xr-x");
        setModes("rwxr-xr-x");
    }

    private void setModes(String mode) throws IOException {
        setMode("lib", mode);
        setMode("lib/in", mode);
    }

    private void restore(List<Entry> entries) {
        var context =
                new FileReplicationContext(
                        fixture.parts,
                        new LocalCopies(home.resolve("copies")),
                        new ReplicationContext.Bounds(1, 1, 1));
        var _ = new TreeRestore(fixture.workspaces.named("demo"), context).run(entries);
    }

    @Test
    void a_deletion_removes_them() throws Exception {
        for (var name : List.of("loaded", "deleted")) {
            FileSyncFixture.write(root, name + "/in/file", "text");
            setMode(name + "/in", "r-xr-xr-x");
            setMode(name, "r-xr-xr-x");
        }
        delete("loaded");

        asNobody(() -> delete("deleted"));

        assertThat(fixture.names("")).isEmpty();
    }

    private void delete(String path) {
        var tree = fixture.files.disk(fixture.workspaces.named("demo")).tree();
        tree.deleteMovedAside(tree.moveAside(new WorkspacePath(path)));
    }

    @Test
    void a_leftover_that_cannot_be_removed_does_not_keep_the_others() throws Exception {
        FileSyncFixture.write(root, "loaded/" + LEFTOVER, "");
        removeLeftovers();
        assertThat(fixture.names("loaded")).isEmpty();
        FileSyncFixture.write(root, "one/" + LEFTOVER, "");
        FileSyncFixture.write(root, "other/" + LEFTOVER, "");
        var inOrder = new ArrayList<String>();
        try (var all = Files.newDirectoryStream(root, "o*")) {
            all.forEach(folder -> inOrder.add(folder.getFileName().toString()));
        }
        setMode(inOrder.getFirst(), "r-xr-xr-x");

        asNobody(this::removeLeftovers);

        assertThat(fixture.names(inOrder.getFirst())).containsExactly(LEFTOVER);
        assertThat(fixture.names(inOrder.getLast())).isEmpty();
        setMode(inOrder.getFirst(), "rwxr-xr-x");
    }

    private void removeLeftovers() {
        var demo = fixture.workspaces.named("demo");
        fixture.files.removeLeftovers(demo, Instant.now().plusSeconds(60));
    }

    private void asNobody(UserNobody.Work work) throws Exception {
        UserNobody.run(root, work);
    }

    private void setMode(String path, String mode) throws IOException {
        Files.setPosixFilePermissions(root.resolve(path), PosixFilePermissions.fromString(mode));
    }

    private String mode(String path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(path)));
    }
}
