package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.files.FileChange.ExternalChange;
import dev.qide.server.files.watch.FolderEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of documents that a tool renames while somebody types.
final class ToolRenamesTest {
    private static final String PATH = "src/main.py";

    @TempDir Path home;
    private TestDatabase test;
    private FileSyncFixture fixture;
    private Path root;

    @BeforeEach
    void watch() throws Exception {
        test = TestDatabase.create();
        root = home.resolve("project");
        FileSyncFixture.write(root, PATH, "a\n");
        fixture = new FileSyncFixture(test.address(), root, FolderEvents.open());
        var _ = fixture.watcher.open(fixture.workspace);
        FileSyncFixture.await(
                "the tree is known",
                () ->
                        fixture.heard.stream()
                                .anyMatch(FileChange.ManyExternalChanges.class::isInstance));
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @Test
    void the_document_follows_its_file_with_what_was_typed_before_and_after() throws Exception {
        fixture.open(PATH);
        var document = fixture.document(PATH);
        fixture.type(PATH, "a", "1");
        fixture.awaitDisk(PATH, "a1\n");

        fixture.withPathsLocked(
                () -> {
                    rename(PATH, "src/other.py");
                    fixture.type(PATH, "a1", "2");
                },
                PATH);

        awaitMoved(PATH, "src/other.py");
        assertThat(fixture.document("src/other.py")).isEqualTo(document);
        fixture.awaitDisk("src/other.py", "a12\n");
        fixture.type("src/other.py", "a12", "3");
        fixture.awaitDisk("src/other.py", "a123\n");
        FileSyncFixture.await(
                "nothing beside it", () -> fixture.names("src").equals(Set.of("other.py")));
        FileSyncFixture.await(
                "the record is removed", () -> fixture.moves.pending(fixture.workspace).isEmpty());

        fixture.withPathsLocked(
                () -> {
                    rename("src/other.py", PATH);
                    fixture.type("src/other.py", "a123", "4");
                },
                "src/other.py");

        awaitMoved("src/other.py", PATH);
        assertThat(fixture.document(PATH)).isEqualTo(document);
        fixture.awaitDisk(PATH, "a1234\n");
        FileSyncFixture.await(
                "the name is free", () -> fixture.names("src").equals(Set.of("main.py")));
        fixture.tree.move("demo", PATH, "src/other.py");
    }

    @Test
    void the_document_follows_its_file_to_which_a_link_leads() throws Exception {
        fixture.open(PATH);
        var document = fixture.document(PATH);

        rename(PATH, "src/other.py");
        Files.createSymbolicLink(root.resolve(PATH), Path.of("other.py"));

        awaitMoved(PATH, "src/other.py");
        assertThat(fixture.document("src/other.py")).isEqualTo(document);
        fixture.type("src/other.py", "a", "1");
        fixture.awaitDisk("src/other.py", "a1\n");
    }

    @Test
    void a_renamed_folder_takes_its_documents_along_even_with_equal_texts() throws Exception {
        FileSyncFixture.write(root, "src/one/init.py", "same\n");
        FileSyncFixture.write(root, "src/two/init.py", "same\n");
        fixture.open("src/one/init.py");
        fixture.open("src/two/init.py");
        var one = fixture.document("src/one/init.py");
        var two = fixture.document("src/two/init.py");

        fixture.withPathsLocked(
                () -> {
                    rename("src", "lib");
                    fixture.type("src/one/init.py", "same", "1");
                    fixture.type("src/two/init.py", "same", "2");
                },
                "src/one/init.py",
                "src/two/init.py");

        fixture.awaitDisk("lib/one/init.py", "same1\n");
        fixture.awaitDisk("lib/two/init.py", "same2\n");
        assertThat(fixture.document("lib/one/init.py")).isEqualTo(one);
        assertThat(fixture.document("lib/two/init.py")).isEqualTo(two);
        assertThat(root.resolve("src")).doesNotExist();
    }

    @Test
    void a_file_that_a_tool_deletes_and_writes_again_beside_a_copy_keeps_its_document()
            throws Exception {
        fixture.open(PATH);
        var document = fixture.document(PATH);

        Files.copy(root.resolve(PATH), root.resolve("src/copy.py"));
        awaitCreated("src/copy.py");
        fixture.replace(PATH, "b\n");

        fixture.awaitText(PATH, "b\n");
        assertThat(fixture.document(PATH)).isEqualTo(document);
        assertThat(fixture.heard).noneMatch(FileChange.Moved.class::isInstance);
    }

    @Test
    void a_missing_file_does_not_become_another_files_document() throws Exception {
        FileSyncFixture.write(root, "src/other.py", "z\n");
        fixture.open(PATH);
        fixture.open("src/other.py");
        var other = fixture.document("src/other.py");

        fixture.withPathsLocked(
                () -> {
                    rename(PATH, "src/other.py");
                    fixture.type(PATH, "a", "1");
                },
                PATH);

        fixture.awaitText("src/other.py", "a\n");
        assertThat(fixture.document("src/other.py")).isEqualTo(other);
        // Typed text that no file ever had keeps its path.
        fixture.awaitDisk(PATH, "a1\n");
    }

    private void rename(String from, String to) throws IOException {
        Files.move(root.resolve(from), root.resolve(to), StandardCopyOption.REPLACE_EXISTING);
    }

    private void awaitMoved(String from, String to) {
        FileSyncFixture.await(
                from + " is reported as moved to " + to,
                () ->
                        fixture.heard.stream()
                                .anyMatch(change ->
                                        change instanceof FileChange.Moved moved
                                                && moved.path().equals(from)
                                                && moved.to().equals(to)));
    }

    private void awaitCreated(String path) {
        FileSyncFixture.await(
                path + " is reported",
                () ->
                        fixture.heard.stream()
                                .anyMatch(change ->
                                        change instanceof ExternalChange found
                                                && found.path().equals(path)));
    }
}
