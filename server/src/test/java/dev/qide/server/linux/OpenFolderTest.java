package dev.qide.server.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Folders in which a named pipe or a link has a name that was a file or a folder.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OpenFolderTest {
    private static final Set<OpenOption> READ =
            Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    private static final Path PIPE = Path.of("pipe");
    private static final Path LINK = Path.of("link");
    private static final Path FILE = Path.of("file.txt");

    @TempDir Path home;

    @BeforeEach
    void create() throws Exception {
        Files.writeString(home.resolve(FILE), "content");
        Files.createDirectories(home.resolve("folder/inner"));
        Files.createSymbolicLink(home.resolve(LINK), FILE);
        Files.createSymbolicLink(home.resolve("folder-link"), Path.of("folder"));
        run("mkfifo pipe");
    }

    @Test
    void a_pipe_is_not_opened() throws Exception {
        try (var folder = OpenFolder.open(home)) {
            assertThatThrownBy(() -> read(folder, PIPE)).isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() -> folder.newDirectoryStream(PIPE, LinkOption.NOFOLLOW_LINKS))
                    .isInstanceOf(NotDirectoryException.class);
            assertThatThrownBy(() -> OpenFolder.openFile(home.resolve(PIPE)))
                    .isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() -> OpenFolder.open(home.resolve(PIPE)))
                    .isInstanceOf(NotDirectoryException.class);
        }
    }

    @Test
    void the_properties_of_a_pipe_are_not_changed() throws Exception {
        try (var folder = OpenFolder.open(home)) {
            var properties = view(folder, PIPE);
            var before = properties.readAttributes();
            assertThat(before.isOther()).isTrue();
            assertThatThrownBy(() -> properties.setPermissions(Set.of()))
                    .isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() -> properties.setOwner(before.owner()))
                    .isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() -> properties.setGroup(before.group()))
                    .isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() -> properties.setTimes(FileTime.fromMillis(0), null, null))
                    .isInstanceOf(FileSystemException.class);
            assertThat(properties.readAttributes().permissions()).isEqualTo(before.permissions());
        }
    }

    @Test
    void a_link_is_not_followed() throws Exception {
        try (var folder = OpenFolder.open(home)) {
            assertThatThrownBy(() -> read(folder, LINK)).isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() -> OpenFolder.openFile(home.resolve(LINK)))
                    .isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() ->
                            folder.newDirectoryStream(
                                    Path.of("folder-link"), LinkOption.NOFOLLOW_LINKS))
                    .isInstanceOf(NotDirectoryException.class);
            assertThatThrownBy(() -> view(folder, LINK).setPermissions(Set.of()))
                    .isInstanceOf(FileSystemException.class);
            assertThat(Files.getPosixFilePermissions(home.resolve(FILE))).isNotEmpty();
        }
    }

    @Test
    void files_and_folders_are_read_and_changed() throws Exception {
        try (var folder = OpenFolder.open(home)) {
            assertThat(read(folder, FILE)).isEqualTo("content");
            assertThat(names(folder))
                    .containsExactlyInAnyOrder("file.txt", "folder", "folder-link", "link", "pipe");
            try (var inner =
                    folder.newDirectoryStream(Path.of("folder"), LinkOption.NOFOLLOW_LINKS)) {
                assertThat(names(inner)).containsExactly("inner");
                folder.move(FILE, inner, Path.of("moved.txt"));
                assertThat(read(inner, Path.of("moved.txt"))).isEqualTo("content");
            }
            var properties = view(folder, Path.of("folder"));
            var mode = PosixFilePermissions.fromString("rwx-w---x");
            properties.setPermissions(mode);
            properties.setTimes(FileTime.fromMillis(1_000), null, null);
            assertThat(properties.readAttributes().permissions()).isEqualTo(mode);
            assertThat(
                            folder.getFileAttributeView(
                                            Path.of("folder"),
                                            BasicFileAttributeView.class,
                                            LinkOption.NOFOLLOW_LINKS)
                                    .readAttributes()
                                    .lastModifiedTime())
                    .isEqualTo(FileTime.fromMillis(1_000));
        }
    }

    @Test
    void a_file_is_created_and_written() throws Exception {
        var name = Path.of("new.txt");
        try (var folder = OpenFolder.open(home)) {
            try (var channel =
                    folder.newByteChannel(
                            name,
                            Set.of(
                                    StandardOpenOption.CREATE_NEW,
                                    StandardOpenOption.WRITE,
                                    LinkOption.NOFOLLOW_LINKS))) {
                channel.write(ByteBuffer.wrap("first".getBytes(StandardCharsets.UTF_8)));
            }
            try (var channel =
                    folder.newByteChannel(
                            name,
                            Set.of(
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE,
                                    LinkOption.NOFOLLOW_LINKS))) {
                assertThat(channel).isInstanceOf(FileChannel.class);
                channel.write(ByteBuffer.wrap("FI".getBytes(StandardCharsets.UTF_8)));
            }
            assertThat(read(folder, name)).isEqualTo("FIrst");
            assertThatThrownBy(() -> read(folder, Path.of("missing")))
                    .isInstanceOf(NoSuchFileException.class);
        }
    }

    /// A name of these bytes has no text in UTF-8; in a system without UTF-8 no letter beyond ASCII
    /// has.
    @Test
    void names_that_are_no_text_are_opened() throws Exception {
        run("mkdir \"$(printf 'caf\\351+%%41')\" && echo -n a > \"$(printf 'caf\\351+%%41')/x\"");
        run("mkdir \"$(printf 'caf\\303\\251')\" && echo -n b > \"$(printf 'caf\\303\\251')/x\"");
        var contents = new ArrayList<String>();
        try (var folder = OpenFolder.open(home)) {
            for (var entry : folder) {
                var name = entry.getFileName();
                if (name.toString().startsWith("caf")) {
                    try (var inner = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                        contents.add(read(inner, Path.of("x")));
                    }
                    // By its path too.
                    try (var inner = OpenFolder.open(home.resolve(name))) {
                        contents.add(read(inner, Path.of("x")));
                    }
                }
            }
        }
        assertThat(contents).containsExactlyInAnyOrder("a", "a", "b", "b");
    }

    @Test
    void a_second_close_does_not_close_another_file() throws Exception {
        var folder = OpenFolder.open(home);
        folder.close();
        var others = new ArrayList<FileChannel>();
        try {
            // The numbers of the closed descriptors are given to these files.
            for (int count = 0; count < 8; count++) {
                others.add(FileChannel.open(home.resolve(FILE), StandardOpenOption.READ));
            }
            folder.close();
            for (var other : others) {
                assertThat(other.read(ByteBuffer.allocate(7))).isEqualTo(7);
            }
            assertThatThrownBy(() -> read(folder, FILE))
                    .isInstanceOf(ClosedDirectoryStreamException.class);
        } finally {
            for (var other : others) {
                other.close();
            }
        }
    }

    @Test
    void refusals_and_changes_leave_no_descriptor_open() throws Exception {
        try (var folder = OpenFolder.open(home)) {
            long before = descriptors();
            for (int turn = 0; turn < 200; turn++) {
                for (var name : List.of(PIPE, LINK, Path.of("missing"), Path.of("folder"))) {
                    assertThatThrownBy(() -> read(folder, name)).isInstanceOf(IOException.class);
                }
                for (var name : List.of(PIPE, LINK, Path.of("missing"), FILE)) {
                    assertThatThrownBy(() ->
                                    folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS))
                            .isInstanceOf(IOException.class);
                    assertThatThrownBy(() -> OpenFolder.open(home.resolve(name).resolve("x")))
                            .isInstanceOf(IOException.class);
                }
                view(folder, FILE).setTimes(FileTime.fromMillis(turn), null, null);
                OpenFolder.open(home.resolve("folder")).close();
                OpenFolder.openFile(home.resolve(FILE)).close();
            }
            assertThat(descriptors() - before).isLessThan(50);
        }
    }

    @Test
    void the_failure_of_a_missing_file_names_it() {
        assertThatThrownBy(() -> OpenFolder.openFile(home.resolve("missing")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(home.resolve("missing").toString());
    }

    @Test
    void the_failure_of_a_file_that_the_system_refuses_to_open_names_it() throws Exception {
        Files.copy(Path.of("/bin/sleep"), home.resolve("sleep"));
        var running = new ProcessBuilder(home.resolve("sleep").toString(), "60").start();
        try (var folder = OpenFolder.open(home)) {
            var options = Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            // The text of a running program is busy.
            assertThatThrownBy(() -> folder.newByteChannel(Path.of("sleep"), options))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageStartingWith("sleep");
        } finally {
            running.destroyForcibly().waitFor();
        }
    }

    @Test
    void an_interrupted_thread_reads_on() throws Exception {
        Thread.currentThread().interrupt();
        try (var in = OpenFolder.openFile(home.resolve(FILE))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("content");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void operations_that_could_follow_a_link_are_not_supported() throws Exception {
        try (var folder = OpenFolder.open(home)) {
            assertThatThrownBy(() -> folder.newDirectoryStream(Path.of("folder-link")))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> folder.newByteChannel(LINK, Set.of(StandardOpenOption.READ)))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    private static long descriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    private void run(String command) throws Exception {
        var shell = new ProcessBuilder("bash", "-c", command).directory(home.toFile()).start();
        assertThat(shell.waitFor()).isZero();
    }

    private static String read(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        try (var in = Channels.newInputStream(folder.newByteChannel(name, READ))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static PosixFileAttributeView view(SecureDirectoryStream<Path> folder, Path name) {
        return folder.getFileAttributeView(
                name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static List<String> names(SecureDirectoryStream<Path> folder) {
        var names = new ArrayList<String>();
        folder.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
        return names;
    }
}
