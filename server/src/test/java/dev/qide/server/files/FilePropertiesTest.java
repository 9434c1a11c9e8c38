package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.files.disk.FileProperties;
import dev.qide.server.store.Database;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What belongs to a file beside its content survives every write: links, mounts, modes, rights and
/// extended attributes.
final class FilePropertiesTest {
    private static final String PATH = "src/main.py";
    private static final String OTHER = "src/other.py";

    @TempDir Path home;
    private TestDatabase test;
    private FileSyncFixture fixture;
    private Path file;
    private Path other;

    @BeforeEach
    void open() throws Exception {
        test = TestDatabase.create();
        file = home.resolve("project").resolve(PATH);
        other = home.resolve("project").resolve(OTHER);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "a\nb\nc\n");
        fixture = new FileSyncFixture(test.address(), home.resolve("project"));
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @Test
    void the_names_of_a_file_with_several_links_stay_one_file() throws Exception {
        Files.createLink(other, file);
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        fixture.awaitDisk(OTHER, "a1\nb\nc\n");
        fixture.type(PATH, "a1\nb", "2");
        fixture.awaitDisk(OTHER, "a1\nb2\nc\n");
        fixture.awaitEqual(PATH);
        put(PATH, "a1\nc\n");
        assertThat(fixture.disk(OTHER)).isEqualTo("a1\nc\n");
        assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(2);
    }

    @Test
    void a_put_on_a_file_without_a_document_keeps_its_links_too() throws Exception {
        Files.createLink(other, file);
        put(PATH, "short");
        assertThat(fixture.disk(OTHER)).isEqualTo("short");
    }

    @Test
    void the_changes_of_a_tool_to_a_file_with_several_links_are_merged() throws Exception {
        Files.createLink(other, file);
        fixture.open(PATH);
        fixture.withPathsLocked(
                () -> {
                    fixture.type(PATH, "a", "1");
                    Files.writeString(other, "a\nb\nc\nd\n");
                },
                PATH);
        fixture.awaitText(PATH, "a1\nb\nc\nd\n");
        fixture.awaitDisk(OTHER, "a1\nb\nc\nd\n");
    }

    @Test
    void extended_attributes_and_the_mode_stay() throws Exception {
        var attributes = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        attributes.write("note", ByteBuffer.wrap(FileSyncFixture.bytes("hi")));
        Files.setAttribute(file, "unix:mode", 02751);
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        fixture.awaitDisk(PATH, "a1\nb\nc\n");
        assertThat(note()).isEqualTo("hi");
        put(PATH, "a1\n");
        assertThat(note()).isEqualTo("hi");
        assertThat((Integer) Files.getAttribute(file, "unix:mode") & 07777).isEqualTo(02751);
    }

    /// A list with one more user in it, as `setfacl -m u:12345:rw` writes it.
    @Test
    void an_access_control_list_stays_and_none_is_taken_from_the_folder() throws Exception {
        var list =
                HexFormat.of()
                        .parseHex(
                                "02000000"
                                        + "01000600ffffffff"
                                        + "0200060039300000"
                                        + "04000400ffffffff"
                                        + "10000600ffffffff"
                                        + "20000000ffffffff");
        assumeThat(attribute(file, "set", "system.posix_acl_access", list)).isTrue();
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        fixture.awaitDisk(PATH, "a1\nb\nc\n");
        assertThat(attribute(file, "get", "system.posix_acl_access", list)).isTrue();
        Files.writeString(other, "x\n");
        assertThat(attribute(home.resolve("project/src"), "set", "system.posix_acl_default", list))
                .isTrue();
        fixture.open(OTHER);
        fixture.type(OTHER, "x", "1");
        fixture.awaitDisk(OTHER, "x1\n");
        assertThat(attribute(other, "get", "system.posix_acl_access", list)).isFalse();
    }

    @Test
    void a_file_at_which_something_is_mounted_is_written() throws Exception {
        var outside = home.resolve("outside");
        Files.writeString(outside, "o\n");
        Files.writeString(other, "");
        assumeThat(run("mount", "--bind", "" + outside, "" + other)).isTrue();
        try {
            var properties = Objects.requireNonNull(FileProperties.find());
            var inode = properties.inode(home.resolve("project"), new WorkspacePath(OTHER));
            assertThat(inode.isShared()).isTrue();
            fixture.open(OTHER);
            fixture.type(OTHER, "o", "1");
            fixture.awaitDisk(OTHER, "o1\n");
            assertThat(outside).hasContent("o1");
            fixture.awaitEqual(OTHER);
            assertThat(fixture.sync.state()).isInstanceOf(Health.State.Up.class);
        } finally {
            assertThat(run("umount", "" + other)).isTrue();
        }
    }

    @Test
    void a_read_only_file_is_refused_by_name_and_never_overwritten() throws Exception {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        assertThatThrownBy(() -> put(PATH, "x")).satisfies(FilePropertiesTest::isReadOnly);
        fixture.open(PATH).closed();
        assertThatThrownBy(() -> put(PATH, "x")).satisfies(FilePropertiesTest::isReadOnly);
        assertThat(fixture.text(PATH)).isEqualTo("a\nb\nc\n");
        assertThat(file).hasContent("a\nb\nc");
    }

    @Test
    void the_document_of_a_read_only_file_opens_for_reading() throws Exception {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        var frames = fixture.framesOf(PATH);
        FileSyncFixture.await(
                "the client knows",
                () -> frames.stream().anyMatch(one -> one.contains("readonly")));
        Files.writeString(other, "x\n");
        var ofOther = fixture.framesOf(OTHER);
        FileSyncFixture.await(
                "the client knows",
                () -> ofOther.stream().anyMatch(one -> one.contains("read-write")));
    }

    @Test
    void a_file_that_becomes_read_only_keeps_its_content_and_the_status_says_so() throws Exception {
        fixture.open(PATH);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        fixture.type(PATH, "a", "1");
        FileSyncFixture.await(
                "the status says so",
                () ->
                        fixture.sync.state() instanceof Health.State.Degraded(var why)
                                && why.contains("read-only"));
        assertThat(file).hasContent("a\nb\nc");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        fixture.awaitDisk(PATH, "a1\nb\nc\n");
        FileSyncFixture.await("healthy", () -> fixture.sync.state() instanceof Health.State.Up);
    }

    /// Every state in which a kill leaves a write in place, and what tools may do after it.
    @Test
    void a_torn_write_is_completed_at_the_next_start() throws Exception {
        fixture.open(PATH).closed();
        check("a\nb\nc\n", "a1\nb2\nc\n", "a1\nb2\nc\n");
        check("a1b\nc\n", "a1\nb2\nc\n", "a1\nb2\nc\n");
        check("a1\nb2\n", "a1\nb2\nc\n", "a1\nb2\nc\n");
        check("a1\nb2\nc\n", "a1\nb2\nc\n", "a1\nb2\nc\n");
        check("a\nc\nc\n", "a\nc\n", "a\nc\n");
        check("a\nc\n", "a\nc\n", "a\nc\n");
        check("a\nb\nc\nt\n", "a1\nb\nc\n", "a1\nb\nc\nt\n");
        check("b\nc\n", "a\nb\nc1\n", "b\nc1\n");
    }

    /// @param disk the file as the killed server left it, or a tool after it
    private void check(String disk, String meant, String expected) throws Exception {
        fixture.documents.edit(fixture.workspace, PATH, _ -> "a\nb\nc\n");
        fixture.awaitDisk(PATH, "a\nb\nc\n");
        FileSyncFixture.await(
                "confirmed", () -> fixture.syncTable.unsynced(fixture.workspace).isEmpty());
        var row = Objects.requireNonNull(fixture.syncTable.find(fixture.workspace, PATH));
        fixture.sync.close();
        fixture.documents.edit(fixture.workspace, PATH, _ -> meant);
        fixture.close();
        try (var database = new Database(test.address())) {
            var metadata =
                    TextFile.of(meant)
                            .metadata(FileContent.of(FileSyncFixture.bytes(meant)).hash());
            var table = new FileSyncTable(database);
            table.recordIntent(row.document(), row.base(), row.newestRow(), null);
            var _ = table.confirmIntent(row.document(), row.base());
            table.recordIntent(
                    row.document(), new FileText(metadata, meant), row.newestRow(), null);
        }
        Files.writeString(file, disk);
        Files.deleteIfExists(other);
        Files.createLink(other, file);
        fixture = new FileSyncFixture(test.address(), home.resolve("project"));
        fixture.open(PATH).closed();
        fixture.awaitDisk(OTHER, expected);
        fixture.awaitText(PATH, expected);
        fixture.awaitEqual(PATH);
    }

    private void put(String path, String text) {
        fixture.files.write(
                "demo", path, FileSyncFixture.bytes(text), new Precondition.Anything(), "ann");
    }

    private static void isReadOnly(Throwable thrown) {
        assertThat(thrown).isInstanceOf(FailureException.class);
        assertThat(((FailureException) thrown).failure()).isEqualTo(Failure.FILE_READ_ONLY);
    }

    private String note() throws IOException {
        var attributes = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        var buffer = ByteBuffer.allocate(attributes.size("note"));
        attributes.read("note", buffer);
        return new String(buffer.array(), StandardCharsets.UTF_8);
    }

    /// Sets an attribute that Java does not know, or tells whether it has this value.
    private static boolean attribute(Path path, String what, String name, byte[] value)
            throws Exception {
        var script =
                what.equals("set")
                        ? "import os,sys; os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))"
                        : "import os,sys; sys.exit(sys.argv[2] not in os.listxattr(sys.argv[1]) or"
                                + " os.getxattr(sys.argv[1], sys.argv[2]).hex() != sys.argv[3])";
        return run("python3", "-c", script, "" + path, name, HexFormat.of().formatHex(value));
    }

    private static boolean run(String... command) throws Exception {
        var process =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS))
                .as(() -> Arrays.toString(command))
                .isTrue();
        return process.exitValue() == 0;
    }
}
