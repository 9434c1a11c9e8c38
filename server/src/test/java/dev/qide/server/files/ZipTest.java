package dev.qide.server.files;

import static dev.qide.server.files.FilesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.qide.server.TestDatabase;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Workspaces as zip files: merged in with what people type, sent out without what is ignored, and
/// archives that are traps.
final class ZipTest {
    @TempDir Path home;
    private TestDatabase test;
    private FileSyncFixture fixture;
    private Path root;

    @BeforeEach
    void open() throws Exception {
        test = TestDatabase.create();
        root = Files.createDirectory(home.resolve("project"));
        Files.createDirectories(root.resolve("src"));
        Files.writeString(root.resolve("src/main.py"), "a\nb\nc\n");
        fixture = new FileSyncFixture(test.address(), root);
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @Test
    void an_archive_is_merged_with_what_is_typed() throws Exception {
        fixture.open("src/main.py");
        var archive =
                zip("src/main.py", "a\nb\nc2\n", "new/ü.txt", "text", "empty/", "", "bin", "\0\1");
        var results = new ArrayList<ZipImport.Result>();
        fixture.withPathsLocked(
                () -> {
                    fixture.type("src/main.py", "a", "1");
                    results.add(merge(archive));
                },
                "src/main.py");

        assertThat(results).containsExactly(new ZipImport.Result(2, 1, 0, List.of()));
        assertThat(fixture.text("src/main.py")).isEqualTo("a1\nb\nc2\n");
        fixture.awaitDisk("src/main.py", "a1\nb\nc2\n");
        assertThat(fixture.disk("new/ü.txt")).isEqualTo("text");
        assertThat(root.resolve("empty")).isDirectory();
        assertThat(merge(zip("new/ü.txt", "text", "bin", "\0\1")))
                .isEqualTo(new ZipImport.Result(0, 0, 2, List.of()));
        assertThat(home.resolve("uploads")).isEmptyDirectory();
    }

    @Test
    void ignored_files_are_skipped_in_both_directions() throws Exception {
        Files.writeString(root.resolve(".gitignore"), "*.log\n");
        Files.writeString(root.resolve("own.log"), "x");

        var result =
                merge(
                        zip(
                                "node_modules/a/b.js",
                                "x",
                                ".git/config",
                                "x",
                                "x.log",
                                "x",
                                "__MACOSX/._a",
                                "x",
                                "kept.txt",
                                "x"));

        assertThat(result.skipped())
                .containsExactly("node_modules/a/b.js", ".git/config", "x.log", "__MACOSX/._a");
        assertThat(result.created()).isEqualTo(1);
        assertThat(root.resolve(".git")).doesNotExist();
        assertThat(unpacked().keySet())
                .containsExactly(".gitignore", "kept.txt", "src/", "src/main.py");
    }

    @Test
    void text_typed_just_now_is_in_the_archive() throws Exception {
        fixture.open("src/main.py");
        fixture.type("src/main.py", "a", "1");

        assertThat(unpacked()).containsEntry("src/main.py", "a1\nb\nc\n");
    }

    @Test
    void a_large_file_is_sent_in_pieces_and_whole() throws Exception {
        var bytes = new byte[3_000_001];
        ThreadLocalRandom.current().nextBytes(bytes);
        Files.write(root.resolve("large.bin"), bytes);

        var text = unpacked().getOrDefault("large.bin", "");

        assertThat(text.getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "../outside.txt, dot-segment",
        "/etc/passwd, empty-segment",
        "a/../../outside.txt, dot-segment",
        "'..\\outside.txt', backslash",
        "C:\\x, backslash",
        "a//b, empty-segment",
        "a\u202Eb, character",
        "'a ', dot-or-space-at-end"
    })
    void no_entry_leads_out_of_the_workspace(String name, String reason) throws Exception {
        assertRefused(reason, zip("good.txt", "x", name, "x"));
    }

    @Test
    void names_that_are_taken_twice_or_for_two_things_are_refused() throws Exception {
        assertRefused("twice", renamed(zip("a.txt", "1", "b.txt", "2"), "b.txt", "a.txt"));
        assertRefused("file-and-folder", zip("a", "x", "a/b", "x"));
        assertFails(Failure.PATH_CLASH, () -> merge(zip("A/x", "1", "a/y", "2")));
        assertFails(Failure.PATH_CLASH, () -> merge(zip("Src/x", "1")));
        assertFails(Failure.IS_A_FOLDER, () -> merge(zip("src", "1")));
        assertFails(Failure.PATH_ILLEGAL, () -> merge(zip("src/main.py/x", "1")));
        assertThat(tree()).containsExactly("src", "src/main.py");
    }

    @Test
    void a_link_on_either_side_is_refused() throws Exception {
        var link = zip("good.txt", "x", "link", "/etc");
        int at = central(link, 1);
        link[at + 5] = 3;
        ByteBuffer.wrap(link).order(ByteOrder.LITTLE_ENDIAN).putInt(at + 38, 0120777 << 16);
        assertRefused("link", link);

        var outside = Files.createDirectory(home.resolve("outside"));
        Files.createSymbolicLink(root.resolve("out"), outside);
        assertFails(Failure.PATH_ILLEGAL, () -> merge(zip("out/x.txt", "x")));
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void names_that_are_no_utf_8_are_refused_and_not_guessed() throws Exception {
        var out = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(out, Charset.forName("IBM437"))) {
            zip.putNextEntry(new ZipEntry("gr\u00FC\u00DFe.txt"));
        }
        assertRefused("name-not-utf-8", out.toByteArray());
    }

    @Test
    void a_zip_bomb_is_found_before_anything_is_written() throws Exception {
        assertRefused("ratio", bytes("good.txt", new byte[10], "zeros", new byte[20 << 20]));

        // The entry declares a smaller size than it has.
        var liar = bytes("good.txt", new byte[10], "liar", new byte[900 << 10]);
        ByteBuffer.wrap(liar).order(ByteOrder.LITTLE_ENDIAN).putInt(central(liar, 1) + 24, 1000);
        assertRefused("larger-than-it-says", liar);

        var shared = zip("a.txt", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "b.txt", "b");
        var buffer = ByteBuffer.wrap(shared).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(central(shared, 1) + 42, buffer.getInt(central(shared, 0) + 42));
        assertRefused("overlap", shared);
    }

    @Test
    void counts_and_sizes_are_limited() throws Exception {
        var many = new String[20_002];
        for (int i = 0; i < many.length; i += 2) {
            many[i] = "f" + i;
            many[i + 1] = "";
        }
        assertFails(Failure.TOO_MANY_FILES, () -> merge(zip(many)));
        var one = new byte[(32 << 20) + 1];
        ThreadLocalRandom.current().nextBytes(one);
        assertFails(Failure.FILE_TOO_LARGE, () -> merge(bytes("one", one)));
        assertFails(
                Failure.MESSAGE_TOO_LARGE,
                () ->
                        fixture.in.merge(
                                "demo",
                                new ByteArrayInputStream(new byte[(64 << 20) + 1]),
                                "someone"));
        assertThat(tree()).containsExactly("src", "src/main.py");
        assertThat(home.resolve("uploads")).isEmptyDirectory();
    }

    @Test
    void the_uploads_of_a_killed_server_are_removed_by_the_next_one() throws Exception {
        fixture.close();
        var left = Files.createDirectories(home.resolve("uploads")).resolve("archive-1.zip");
        Files.createFile(left);
        fixture = new FileSyncFixture(test.address(), root);
        assertThat(home.resolve("uploads")).isEmptyDirectory();
    }

    @Test
    void an_archive_that_cannot_be_kept_takes_nobody_elses_place() throws Exception {
        var spool = home.resolve("uploads");
        Files.deleteIfExists(spool);
        Files.createFile(spool);
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> merge(zip("a.txt", "a")))
                    .isInstanceOf(FileAlreadyExistsException.class);
        }
        Files.delete(spool);
        assertThat(merge(zip("a.txt", "a")).created()).isEqualTo(1);
    }

    @Test
    void a_damaged_or_missing_archive_is_refused_wherever_it_is_damaged() throws Exception {
        assertRefused("no-zip", "not a zip".getBytes(StandardCharsets.UTF_8));
        assertRefused("no-zip", new byte[0]);
        var good = zip("a.txt", "some text that is packed", "b/c.txt", "more text");
        int refused = 0;
        for (int at = 0; at < good.length; at++) {
            var bad = good.clone();
            bad[at] ^= (byte) 0x41;
            var failure = catchThrowableOfType(FailureException.class, () -> merge(bad));
            // Times and other fields that mean nothing here may be anything.
            refused += failure == null ? 0 : 1;
        }
        assertThat(refused).isGreaterThan(good.length / 2);
        for (int length = 0; length < good.length; length++) {
            var cut = java.util.Arrays.copyOf(good, length);
            assertThat(catchThrowableOfType(FailureException.class, () -> merge(cut))).isNotNull();
        }
    }

    private void assertRefused(String reason, byte[] archive) throws IOException {
        var failure = catchThrowableOfType(FailureException.class, () -> merge(archive));
        assertThat(failure).isNotNull();
        assertThat(failure.failure()).isEqualTo(Failure.ARCHIVE_REFUSED);
        assertThat(failure.tags()).containsEntry("reason", reason);
        assertThat(tree()).containsExactly("src", "src/main.py");
        assertThat(home.resolve("outside.txt")).doesNotExist();
    }

    private ZipImport.Result merge(byte[] archive) throws IOException {
        return fixture.in.merge("demo", new ByteArrayInputStream(archive), "");
    }

    private List<String> tree() {
        return fixture.files.list("demo").entries().stream()
                .filter(entry -> entry.kind() != FileTree.Kind.LINK)
                .map(FileTree.Entry::path)
                .toList();
    }

    private Map<String, String> unpacked() throws IOException {
        var out = new ByteArrayOutputStream();
        fixture.out.of("demo").writeTo(out);
        var found = new TreeMap<String, String>();
        try (var zip = new ZipInputStream(new ByteArrayInputStream(out.toByteArray()))) {
            for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                found.put(
                        entry.getName(),
                        new String(zip.readAllBytes(), StandardCharsets.ISO_8859_1));
            }
        }
        return found;
    }

    /// Names and texts by turns; a name that ends with `/` is a folder.
    private static byte[] zip(String... namesAndTexts) throws IOException {
        var parts = new Object[namesAndTexts.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = i % 2 == 0 ? namesAndTexts[i] : FileSyncFixture.bytes(namesAndTexts[i]);
        }
        return bytes(parts);
    }

    /// With sizes in both headers, as archivers that can seek write them.
    private static byte[] bytes(Object... namesAndBytes) throws IOException {
        var out = new ByteArrayOutputStream();
        var directory = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndBytes.length; i += 2) {
            var name = FileSyncFixture.bytes((String) namesAndBytes[i]);
            var content = (byte[]) namesAndBytes[i + 1];
            var crc = new CRC32();
            crc.update(content);
            var packed = new byte[content.length + (content.length >> 8) + 100];
            int size;
            try (var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true)) {
                deflater.setInput(content);
                deflater.finish();
                size = deflater.deflate(packed);
                while (!deflater.finished()) {
                    size += deflater.deflate(packed, size, packed.length - size);
                }
            }
            int at = out.size();
            var local = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
            local.putInt(0x04034b50).putShort((short) 20).putShort((short) 0x800);
            local.putShort((short) 8).putInt(0).putInt((int) crc.getValue());
            local.putInt(size).putInt(content.length).putShort((short) name.length);
            out.writeBytes(local.array());
            out.writeBytes(name);
            out.write(packed, 0, size);
            var central = ByteBuffer.allocate(46).order(ByteOrder.LITTLE_ENDIAN);
            central.putInt(0x02014b50).putShort((short) 20).put(local.array(), 4, 24);
            central.putInt(42, at);
            directory.writeBytes(central.array());
            directory.writeBytes(name);
        }
        var end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
        short count = (short) (namesAndBytes.length / 2);
        end.putInt(0x06054b50).putInt(0).putShort(count).putShort(count);
        end.putInt(directory.size()).putInt(out.size());
        out.writeBytes(directory.toByteArray());
        out.writeBytes(end.array());
        return out.toByteArray();
    }

    /// Where an entry's record of the central directory begins.
    private static int central(byte[] zip, int index) {
        var buffer = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
        int at = buffer.getInt(zip.length - 6);
        for (int i = 0; i < index; i++) {
            at += 46 + buffer.getShort(at + 28);
        }
        return at;
    }

    private static byte[] renamed(byte[] zip, String from, String to) {
        var text = new String(zip, StandardCharsets.ISO_8859_1).replace(from, to);
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
