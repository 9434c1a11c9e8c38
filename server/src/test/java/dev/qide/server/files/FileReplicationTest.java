package dev.qide.server.files;

import static dev.qide.server.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.qide.server.ForkedServer;
import dev.qide.server.FreePort;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Servers on one database, each with directories of its own: whatever one of them acknowledged is
/// at the next one that takes the workspace.
class FileReplicationTest {
    /// `-Dreplication.files=10000` for the figures in the documentation.
    private static final int FILES = Integer.getInteger("replication.files", 300);

    private static final int ROUNDS = Integer.getInteger("replication.rounds", 4);
    private static final int STEPS = 25;
    private static final int RESTORED_FILES = 2_000;
    private static final String FIRST_FILE = "/api/workspaces/project/files/d0/f0";
    private static final int LARGE_BYTES = 30_000_000;
    private static final int MEBIBYTE = 1 << 20;
    private static final String NAME = "project";
    private static final int MORE_THAN_ARE_LISTED = 10_100;

    @TempDir Path folder;
    @TempDir Path elsewhere;
    private final HttpClient http = HttpClient.newHttpClient();
    private TestServer first;
    private TestServer second;

    @BeforeEach
    void start() throws Exception {
        first = TestServer.startWithFilesInDatabase(folder);
        var created =
                send(
                        first.http("/api/workspaces"),
                        "POST",
                        BodyPublishers.ofString("{\"name\":\"project\"}"),
                        "Content-Type",
                        "application/json");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        // Now the first one has the workspace: what tools do elsewhere does not count.
        assertThat(send(file(first, ""), "GET", BodyPublishers.noBody()).statusCode())
                .isEqualTo(200);
        second = TestServer.startBeside(first);
    }

    @AfterEach
    void stop() {
        http.close();
        second.close();
        first.close();
    }

    @Test
    void what_was_acknowledged_is_at_the_next_server_and_its_stale_files_go() throws Exception {
        var large = new byte[LARGE_BYTES];
        new Random(1).nextBytes(large);
        put(first, "large.bin", large);
        put(first, "src/a.txt", "a\n".getBytes(UTF_8));
        put(first, "src/deep/b.txt", "b\n".getBytes(UTF_8));
        put(first, "gone.txt", "gone\n".getBytes(UTF_8));
        post(first, "empty?folder", 201);
        post(first, "src?move=lib", 204);
        delete(first, "gone.txt");
        first.end();

        assertThat(get(second, "lib/deep/b.txt").body()).isEqualTo("b\n");
        assertThat(tree(second)).isEqualTo(tree(first));
        assertThat(tree(second).keySet())
                .containsExactly(
                        "empty", "large.bin", "lib", "lib/a.txt", "lib/deep", "lib/deep/b.txt");

        put(second, "new.txt", "new\n".getBytes(UTF_8));
        deleteFolder(second, "lib");
        Files.writeString(directory(first).resolve("while-away.txt"), "stale");
        second.end();
        first.begin();
        assertThat(get(first, "new.txt").body()).isEqualTo("new\n");
        assertThat(tree(first)).isEqualTo(tree(second));
        assertThat(tree(first).keySet()).containsExactly("empty", "large.bin", "new.txt");
        second.begin();
    }

    @Test
    void a_repository_is_whole_and_clean_at_the_next_server() throws Exception {
        var directory = directory(first);
        git(directory, "init", "-q", "-b", "main");
        Files.writeString(directory.resolve(".gitignore"), "/out/\nnode_modules/\n");
        Files.writeString(directory.resolve("run.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(
                directory.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createSymbolicLink(directory.resolve("link"), Path.of("run.sh"));
        Files.createDirectories(directory.resolve("node_modules/left"));
        Files.writeString(directory.resolve("node_modules/left/index.js"), "1");
        Files.createDirectory(directory.resolve("out"));
        Files.writeString(directory.resolve("out/x.o"), "x");
        git(directory, "add", ".");
        git(directory, "commit", "-q", "-m", "one");
        git(directory, "checkout", "-q", "-b", "topic");
        Files.writeString(directory.resolve("topic.txt"), "t\n");
        git(directory, "add", ".");
        git(directory, "commit", "-q", "-m", "two");
        git(directory, "checkout", "-q", "main");
        first.end();

        assertThat(get(second, "run.sh").body()).isEqualTo("#!/bin/sh\n");
        var restored = directory(second);
        assertThat(git(restored, "status", "--porcelain")).isEmpty();
        assertThat(git(restored, "log", "--format=%s", "topic")).isEqualTo("two\none\n");
        assertThat(git(restored, "fsck", "--strict")).isEmpty();
        git(restored, "checkout", "-q", "topic");
        assertThat(Files.readString(restored.resolve("topic.txt"))).isEqualTo("t\n");
        assertThat(Files.isExecutable(restored.resolve("run.sh"))).isTrue();
        assertThat(Files.readSymbolicLink(restored.resolve("link"))).isEqualTo(Path.of("run.sh"));
        assertThat(restored.resolve("node_modules")).doesNotExist();
        assertThat(restored.resolve("out")).doesNotExist();
        // What is ignored stays at the server that has it.
        second.end();
        first.begin();
        assertThat(get(first, "topic.txt").body()).isEqualTo("t\n");
        assertThat(directory.resolve("node_modules/left/index.js")).exists();
        assertThat(directory.resolve("out/x.o")).exists();
        second.begin();
    }

    @Test
    void documents_keep_their_text_and_mode() throws Exception {
        put(first, "a.sh", "one\n".getBytes(UTF_8));
        Files.setPosixFilePermissions(
                directory(first).resolve("a.sh"), PosixFilePermissions.fromString("rwx------"));
        assertThat(edit(first, "a.sh", "first ")).isEqualTo(204);
        first.end();
        assertThat(edit(second, "a.sh", "second ")).isEqualTo(204);
        assertThat(get(second, "a.sh").body()).isEqualTo("second first one\n");
        assertThat(Files.isExecutable(directory(second).resolve("a.sh"))).isTrue();
        second.end();

        first.begin();
        assertThat(get(first, "a.sh").body()).isEqualTo("second first one\n");
        assertThat(edit(first, "a.sh", "third ")).isEqualTo(204);
        assertThat(get(first, "a.sh").body()).isEqualTo("third second first one\n");
        second.begin();
    }

    @Test
    void what_exceeds_the_limits_is_refused_or_reported() throws Exception {
        beginAgain("kept-file-mebibytes=1,kept-workspace-mebibytes=2");
        var half = new byte[MEBIBYTE - 1];
        new Random(2).nextBytes(half);
        assertThat(tryPut(first, "a.bin", new byte[2 * MEBIBYTE]).statusCode()).isEqualTo(413);
        put(first, "a.bin", half);
        var zip = first.http("/api/workspaces/" + NAME + "/zip");
        assertRefused(zip, 507, new byte[600_000], new byte[600_000]);
        assertRefused(zip, 413, new byte[1], new byte[2 * MEBIBYTE]);
        var create = first.http("/api/workspaces?name=large");
        assertRefused(create, 507, half, half, half);
        assertRefused(create, 413, new byte[2 * MEBIBYTE]);
        put(first, "b.bin", half);
        var full = tryPut(first, "c.bin", new byte[1000]);
        assertThat(full.statusCode()).isEqualTo(507);
        assertThat(full.body()).contains("workspace-full");

        Files.write(directory(first).resolve("tool.bin"), new byte[2 * MEBIBYTE]);
        await(() -> scrape(first).contains("qide_files_not_kept{reason=\"file_too_large\",} 1.0"));
        first.end();
        assertThat(get(second, "tool.bin").statusCode()).isEqualTo(404);
        delete(second, "b.bin");
        second.end();
        first.begin();
        assertThat(get(first, "b.bin").statusCode()).isEqualTo(404);
        assertThat(directory(first).resolve("tool.bin")).hasSize(2 * MEBIBYTE);
        second.begin();
        await(() -> scrape(first).contains("qide_files_not_kept{reason=\"file_too_large\",} 1.0"));
        Files.delete(directory(first).resolve("tool.bin"));
        await(
                Duration.ofSeconds(90),
                () ->
                        scrape(first)
                                .contains("qide_files_not_kept{reason=\"file_too_large\",} 0.0"));
        first.end();
        first.begin("");
    }

    /// More than are listed with their reasons.
    @Test
    void a_directory_keeps_all_files_that_are_not_stored_however_many_they_are() throws Exception {
        beginAgain("kept-file-mebibytes=1,kept-workspace-mebibytes=1");
        put(first, "full.bin", new byte[MEBIBYTE]);
        var unstored = Files.createDirectory(directory(first).resolve("unstored"));
        for (int number = 0; number < MORE_THAN_ARE_LISTED; number++) {
            Files.write(unstored.resolve("f" + number), new byte[1]);
        }
        first.end();
        delete(second, "full.bin");
        second.end();
        first.begin();
        assertThat(get(first, "full.bin").statusCode()).isEqualTo(404);
        try (var all = Files.list(unstored)) {
            assertThat(all.count()).isEqualTo(MORE_THAN_ARE_LISTED);
        }
        second.begin();
    }

    private void assertRefused(URI uri, int status, byte[]... contents) throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (int number = 0; number < contents.length; number++) {
                new Random(number).nextBytes(contents[number]);
                zip.putNextEntry(new ZipEntry("zipped" + number));
                zip.write(contents[number]);
            }
        }
        var body = BodyPublishers.ofByteArray(bytes.toByteArray());
        var answer = send(uri, "POST", body, "Content-Type", "application/zip");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(get(first, "zipped0").statusCode()).isEqualTo(404);
    }

    @Test
    void contents_that_nothing_has_are_deleted_and_a_workspace_leaves_nothing() throws Exception {
        put(first, "a.bin", new byte[100]);
        put(first, "b.bin", new byte[100]);
        assertThat(count("blobs")).isEqualTo(1);
        delete(first, "a.bin");
        assertThat(count("blobs")).isEqualTo(1);
        delete(first, "b.bin");
        assertThat(count("blobs")).isZero();
        put(first, "c.bin", new byte[50]);
        var deleted =
                send(first.http("/api/workspaces/" + NAME), "DELETE", BodyPublishers.noBody());
        assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(204);
        assertThat(count("blobs") + count("workspace_files") + count("workspace_trees")).isZero();
    }

    @Test
    void a_directory_that_cannot_be_restored_is_refused_and_not_served_empty() throws Exception {
        put(first, "a.bin", new byte[100]);
        first.end();
        var _ = first.database().rows("UPDATE blobs SET content = '\\x00' RETURNING hash");
        var refused = get(second, "a.bin");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("workspace-files-unavailable").contains("damaged");
        assertThat(get(second, "a.bin").statusCode()).isEqualTo(503);
        // The server that still has the files takes over again.
        first.begin();
        await(() -> get(first, "a.bin").statusCode() == 200);
    }

    @Test
    void a_restore_during_an_outage_of_the_database_is_tried_again() throws Exception {
        put(first, "a.bin", new byte[100]);
        first.end();
        var _ = first.database().execute("ALTER TABLE mirrors RENAME TO out_of_reach");
        var refused = get(second, "a.bin");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("store-unavailable");
        var _ = first.database().execute("ALTER TABLE out_of_reach RENAME TO mirrors");
        await(() -> get(second, "a.bin").statusCode() == 200);
    }

    /// From before the setting, when the files were in no database. A restore that is interrupted
    /// goes on in the directory that it began.
    @Test
    void a_directory_that_was_no_copy_is_set_aside_and_not_emptied() throws Exception {
        put(first, "a.bin", new byte[100]);
        second.end();
        Files.createDirectories(directory(second).resolve("only"));
        Files.writeString(directory(second).resolve("only/here.txt"), "here");
        second.begin();
        first.end();
        var _ = first.database().execute("ALTER TABLE mirrors RENAME TO out_of_reach");
        assertThat(get(second, "a.bin").statusCode()).isEqualTo(503);
        var _ = first.database().execute("ALTER TABLE out_of_reach RENAME TO mirrors");
        await(() -> get(second, "a.bin").statusCode() == 200);

        assertThat(tree(second).keySet()).containsExactly("a.bin");
        try (var all = Files.list(directory(second).getParent())) {
            var kept =
                    all.filter(path -> path.getFileName().toString().startsWith(".qide-kept-"))
                            .toList();
            assertThat(kept).hasSize(1);
            assertThat(kept.getFirst().resolve("only/here.txt")).hasContent("here");
        }
        second.end();
        second.begin();
        assertThat(get(second, "a.bin").statusCode()).isEqualTo(200);
    }

    @Test
    void an_emptied_directory_is_restored_and_no_deletion() throws Exception {
        put(first, "a.bin", new byte[100]);
        first.end();
        Files.delete(directory(first).resolve("a.bin"));
        first.begin();
        assertThat(get(first, "a.bin").statusCode()).isEqualTo(200);
    }

    @Test
    void a_killed_server_loses_nothing_that_it_acknowledged() throws Exception {
        first.end();
        second.end();
        var settings = Map.of("QIDE_FILES", "database");
        try (var killed = fork("killed", settings).awaitReady();
                var next = fork("next", settings).awaitReady()) {
            var uri = killed.http().resolve("/api/workspaces/" + NAME + "/files/");
            for (int number = 0; number < 20; number++) {
                var put =
                        send(
                                uri.resolve("f" + number + ".txt"),
                                "PUT",
                                BodyPublishers.ofString("" + number),
                                "If-None-Match",
                                "*");
                assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
            }
            killed.kill();
            var there = next.http().resolve("/api/workspaces/" + NAME + "/files/");
            awaitTaken(there.resolve("f0.txt"));
            for (int number = 0; number < 20; number++) {
                var got =
                        send(there.resolve("f" + number + ".txt"), "GET", BodyPublishers.noBody());
                assertThat(got.body()).isEqualTo("" + number);
            }
        }
        first.begin();
        second.begin();
    }

    @Test
    void a_server_that_is_killed_while_it_restores_loses_nothing() throws Exception {
        for (int number = 0; number < RESTORED_FILES; number++) {
            var file = directory(first).resolve("d" + number % 100 + "/f" + number);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "text " + number);
        }
        first.end();
        second.end();
        var whole = tree(first);
        var settings = Map.of("QIDE_FILES", "database");
        var half = elsewhere.resolve("killed/workspaces").resolve(NAME);
        try (var next = fork("next", settings).awaitReady()) {
            try (var killed = fork("killed", settings).awaitReady()) {
                var asked =
                        http.sendAsync(
                                HttpRequest.newBuilder(killed.http().resolve(FIRST_FILE))
                                        .header("Authorization", "Bearer " + token())
                                        .build(),
                                BodyHandlers.discarding());
                await(() -> Files.exists(half.resolve("d5")));
                killed.kill();
                System.out.println("killed with " + tree(half).size() + " of " + whole.size());
                await(asked::isDone);
            }
            awaitTaken(next.http().resolve(FIRST_FILE));
            var there = send(next.http().resolve(FIRST_FILE), "GET", BodyPublishers.noBody());
            assertThat(there.statusCode()).as(there.body()).isEqualTo(200);
            assertThat(tree(elsewhere.resolve("next/workspaces").resolve(NAME))).isEqualTo(whole);
            next.terminate();
        }
        try (var again = fork("killed", settings).awaitReady()) {
            var there = send(again.http().resolve(FIRST_FILE), "GET", BodyPublishers.noBody());
            assertThat(there.statusCode()).as(there.body()).isEqualTo(200);
            assertThat(tree(half)).isEqualTo(whole);
        }
        first.begin();
        second.begin();
    }

    @Test
    void what_a_tool_writes_to_a_document_just_before_the_end_is_at_the_next_server()
            throws Exception {
        for (var path : List.of("text", "binary")) {
            put(first, path, "one\n".getBytes(UTF_8));
            assertThat(edit(first, path, "zero\n")).isEqualTo(204);
        }
        Files.writeString(directory(first).resolve("text"), "zero\none\ntwo\n");
        Files.write(directory(first).resolve("binary"), new byte[] {0, (byte) 0xff, 1});
        first.end();

        assertThat(get(second, "text").body()).isEqualTo("zero\none\ntwo\n");
        assertThat(tree(second)).isEqualTo(tree(first));
        first.begin();
    }

    @Test
    void a_file_that_a_tool_deleted_does_not_come_back_with_its_document() throws Exception {
        put(first, "stays", "one\n".getBytes(UTF_8));
        put(first, "goes", "one\n".getBytes(UTF_8));
        assertThat(edit(first, "goes", "zero\n")).isEqualTo(204);
        beginAgain("");
        Files.delete(directory(first).resolve("goes"));
        first.end();

        assertThat(get(second, "goes").statusCode()).isEqualTo(404);
        assertThat(tree(second)).isEqualTo(tree(first));
        first.begin();
    }

    @Test
    void a_tool_may_put_a_folder_in_place_of_a_document_and_a_file_in_place_of_its_folder()
            throws Exception {
        for (var path : List.of("config", "lib/a", "lib/b", "linked")) {
            put(first, path, "one\n".getBytes(UTF_8));
            assertThat(edit(first, path, "zero\n")).isEqualTo(204);
        }
        beginAgain("");
        var directory = directory(first);
        Files.delete(directory.resolve("config"));
        Files.createDirectory(directory.resolve("config"));
        Files.writeString(directory.resolve("config/a.txt"), "two\n");
        Files.delete(directory.resolve("lib/a"));
        Files.delete(directory.resolve("lib/b"));
        Files.delete(directory.resolve("lib"));
        Files.writeString(directory.resolve("lib"), "two\n");
        Files.delete(directory.resolve("linked"));
        Files.createSymbolicLink(directory.resolve("linked"), Path.of("lib"));
        first.end();

        assertThat(get(second, "config/a.txt").body()).isEqualTo("two\n");
        assertThat(get(second, "lib").body()).isEqualTo("two\n");
        assertThat(tree(second)).isEqualTo(tree(first));
        first.begin();
    }

    /// A server that was killed may have written a file to the database, but not deleted what was
    /// in the folder before.
    @Test
    void entries_below_a_file_do_not_prevent_a_restore() throws Exception {
        put(first, "lib/a", new byte[100]);
        put(first, "lib/b/c", new byte[100]);
        first.end();
        var changed =
                first.database()
                        .rows(
                                """
                                UPDATE workspace_files SET (kind, mode, bytes, modified, hash) =
                                    (SELECT kind, mode, bytes, modified, hash FROM workspace_files
                                        WHERE path = 'lib/a')
                                WHERE path = 'lib' RETURNING path
                                """);
        assertThat(changed).hasSize(1);
        assertThat(get(second, "lib").statusCode()).isEqualTo(200);
        assertThat(tree(second).keySet()).containsExactly("lib");
        second.end();
        first.begin();
        assertThat(get(first, "lib").statusCode()).isEqualTo(200);
        assertThat(tree(first)).isEqualTo(tree(second));
        second.begin();
    }

    @Test
    void a_folder_that_a_tool_made_read_only_is_restored_with_its_mode() throws Exception {
        put(first, "lib/old", new byte[100]);
        put(first, "lib/changed", new byte[100]);
        setMode(first, "r-xr-xr-x");
        first.end();
        assertThat(get(second, "lib/old").statusCode()).isEqualTo(200);
        assertThat(tree(second)).isEqualTo(tree(first));
        setMode(second, "rwxr-xr-x");
        delete(second, "lib/old");
        put(second, "lib/new", new byte[1]);
        Files.write(directory(second).resolve("lib/changed"), new byte[200]);
        setMode(second, "r-xr-xr-x");
        second.end();
        first.begin();
        assertThat(get(first, "lib/new").statusCode()).isEqualTo(200);
        assertThat(tree(first)).isEqualTo(tree(second));
        setMode(first, "rwxr-xr-x");
        setMode(second, "rwxr-xr-x");
        second.begin();
    }

    private static void setMode(TestServer server, String mode) throws IOException {
        Files.setPosixFilePermissions(
                directory(server).resolve("lib"), PosixFilePermissions.fromString(mode));
    }

    /// Afterwards the first server has the workspace, and no document in memory.
    private void beginAgain(String limits) throws IOException {
        second.end();
        first.end();
        first.begin(limits);
        assertThat(send(file(first, ""), "GET", BodyPublishers.noBody()).statusCode())
                .isEqualTo(200);
        second.begin();
    }

    /// File sync exchanges a file for a new one, and looks a second later whether a tool has
    /// written to the old one.
    @Test
    void what_a_tool_writes_to_a_replaced_file_just_before_the_end_is_at_the_next_server()
            throws Exception {
        put(first, "text", "one\n".getBytes(UTF_8));
        var file = directory(first).resolve("text");
        var uri = first.ws("/yjs/" + NAME + "/text");
        try (var tool = FileChannel.open(file, StandardOpenOption.WRITE);
                var editor = TestClient.connect(uri, token())) {
            editor.binary(
                    new Lib0Encoder()
                            .writeVarUint(0)
                            .writeVarUint(0)
                            .writeVarBytes(new byte[] {0})
                            .toBytes());
            assertThat(editor.frame()).isNotEmpty();
            editor.binary(
                    new Lib0Encoder()
                            .writeVarUint(0)
                            .writeVarUint(2)
                            .writeVarBytes(insertion("zero\n"))
                            .toBytes());
            var lastOld = new AtomicLong(System.nanoTime());
            await(() -> {
                long now = System.nanoTime();
                boolean isNew = content(file).equals("zero\none\n");
                if (!isNew) {
                    lastOld.set(now);
                }
                return isNew;
            });
            var _ = tool.write(UTF_8.encode("one\ntwo\n"));
            // The server looks at the file once more after a second; a longer pause tests nothing.
            assumeThat(System.nanoTime() - lastOld.get()).isLessThan(900_000_000L);
        }
        first.end();

        assertThat(get(second, "text").body()).isEqualTo("zero\none\ntwo\n");
        first.begin();
    }

    /// An update that inserts a text at the beginning, by the client with the lowest id.
    private static byte[] insertion(String text) {
        return new Lib0Encoder()
                .writeVarUint(1)
                .writeVarUint(1)
                .writeVarUint(1)
                .writeVarUint(0)
                .writeVarUint(4)
                .writeVarUint(1)
                .writeVarString("content")
                .writeVarString(text)
                .writeVarUint(0)
                .toBytes();
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Changes by people and tools, among them moves over and into what a server had before;
    /// `-Dreplication.seed=5` repeats a plan.
    @Test
    void directories_are_equal_after_each_change_of_the_server() throws Exception {
        long seed = Long.getLong("replication.seed", System.nanoTime() % 10_000);
        System.out.println("replication.seed=" + seed);
        var random = new Random(seed);
        var owner = first;
        var other = second;
        // An empty directory counts as lost.
        put(first, "stays", new byte[1]);
        for (int round = 0; round < ROUNDS; round++) {
            for (int step = 0; step < STEPS; step++) {
                change(owner, random);
            }
            owner.end();
            assertThat(send(file(other, ""), "GET", BodyPublishers.noBody()).statusCode())
                    .isEqualTo(200);
            assertThat(tree(other)).as("seed " + seed).isEqualTo(tree(owner));
            owner.begin();
            var next = other;
            other = owner;
            owner = next;
        }
    }

    /// Any answer is fine: what the plan asks for may not be possible.
    private void change(TestServer owner, Random random) throws Exception {
        var names = List.of("a", "b", "c", "a/x", "b/x", "c/y", "a/x/z", "b/x/z");
        var name = names.get(random.nextInt(names.size()));
        var onDisk = directory(owner).resolve(name);
        var content = new byte[random.nextInt(5_000)];
        random.nextBytes(content);
        switch (random.nextInt(10)) {
            case 0 -> tryPut(owner, name, content);
            case 1 -> tryPut(owner, name, ("text " + random.nextInt()).getBytes(UTF_8));
            case 2 -> send(file(owner, name + "?folder"), "POST", BodyPublishers.noBody());
            case 3 -> {
                var to = names.get(random.nextInt(names.size()));
                send(file(owner, name + "?move=" + to), "POST", BodyPublishers.noBody());
            }
            case 4 ->
                    send(file(owner, name + "?recursive=true"), "DELETE", BodyPublishers.noBody());
            case 5 -> {
                if (Files.isRegularFile(onDisk)) {
                    Files.write(onDisk, content);
                }
            }
            case 6 -> {
                if (Files.isRegularFile(onDisk)) {
                    var _ = edit(owner, name, "edited ");
                }
            }
            case 7 -> {
                var _ = isRemovedByTool(onDisk);
            }
            case 8 -> {
                boolean isFile = Files.isRegularFile(onDisk);
                if (Files.exists(onDisk) && isRemovedByTool(onDisk)) {
                    var _ = isFile ? Files.createDirectory(onDisk) : Files.write(onDisk, content);
                }
            }
            default -> {
                if (Files.exists(onDisk, LinkOption.NOFOLLOW_LINKS)) {
                    Files.setPosixFilePermissions(
                            onDisk,
                            PosixFilePermissions.fromString(
                                    random.nextBoolean() ? "rwxr-x---" : "rwx------"));
                }
            }
        }
    }

    /// Not in Java, since the server may write in the folder meanwhile.
    private static boolean isRemovedByTool(Path path) throws Exception {
        var _ = new ProcessBuilder("rm", "-rf", path.toString()).start().waitFor();
        return !Files.exists(path);
    }

    @Test
    void many_small_files_take_a_time_that_is_printed() throws Exception {
        var content = new byte[2000];
        var random = new Random(3);
        for (int number = 0; number < FILES; number++) {
            random.nextBytes(content);
            var file = directory(first).resolve("d" + number % 100 + "/f" + number);
            Files.createDirectories(file.getParent());
            Files.write(file, content);
        }
        long begun = System.nanoTime();
        first.end();
        long written = System.nanoTime();
        assertThat(get(second, "d0/f0").statusCode()).isEqualTo(200);
        long restored = System.nanoTime();
        System.out.printf(
                "%d files of %d bytes: written in %d ms, restored in %d ms%n",
                FILES,
                content.length,
                (written - begun) / 1_000_000,
                (restored - written) / 1_000_000);
        assertThat(tree(second)).isEqualTo(tree(first)).hasSize(FILES + Math.min(FILES, 100));
        first.begin();
    }

    private ForkedServer fork(String name, Map<String, String> settings) throws Exception {
        var data = Files.createDirectories(elsewhere.resolve(name));
        Files.copy(
                first.data().resolve("token"),
                data.resolve("token"),
                StandardCopyOption.REPLACE_EXISTING);
        return ForkedServer.begin(
                new ForkedServer.Config(
                        data,
                        folder,
                        FreePort.next(),
                        first.databaseUrl(),
                        ForkedServer.Config.QUICK_START),
                settings);
    }

    /// Opens the shared document of a file, and saves a text over it, which is merged into the
    /// document.
    private int edit(TestServer server, String path, String addition) {
        try (var client = TestClient.connect(server.ws("/ws/" + NAME), token())) {
            client.initialize(null);
            client.authenticate(path, "");
            await(() -> isOf(path, client.frame()));
            var old = get(server, path);
            var saved =
                    send(
                            file(server, path),
                            "PUT",
                            BodyPublishers.ofString(addition + old.body()),
                            "If-Match",
                            old.headers().firstValue("ETag").orElseThrow());
            return saved.statusCode();
        }
    }

    /// Some frames are a single byte.
    private static boolean isOf(String path, byte[] frame) {
        return frame.length > 1 && new Lib0Decoder(frame).readVarString().equals(path);
    }

    private static Path directory(TestServer server) {
        return server.data().resolve("workspaces").resolve(NAME);
    }

    /// Each entry with its mode, and the hash of its content or the target of a link.
    private static Map<String, String> tree(TestServer server) throws IOException {
        return tree(directory(server));
    }

    private static Map<String, String> tree(Path root) throws IOException {
        var found = new TreeMap<String, String>();
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path path, BasicFileAttributes attributes) throws IOException {
                        if (!path.equals(root)) {
                            found.put(root.relativize(path).toString(), "folder " + mode(path));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
                            throws IOException {
                        var content =
                                attributes.isSymbolicLink()
                                        ? "-> " + Files.readSymbolicLink(path)
                                        : FileContent.of(Files.readAllBytes(path)).hash();
                        found.put(root.relativize(path).toString(), content + " " + mode(path));
                        return FileVisitResult.CONTINUE;
                    }
                });
        return found;
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    }

    private static String git(Path directory, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("git"));
        command.addAll(List.of("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-C"));
        command.add(directory.toString());
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private long count(String table) throws Exception {
        return Long.parseLong(first.database().rows("SELECT count(*) FROM " + table).getFirst());
    }

    private static String scrape(TestServer server) {
        try {
            return server.scrape();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
    }

    private void put(TestServer server, String path, byte[] content) {
        var answer = tryPut(server, path, content);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    private HttpResponse<String> tryPut(TestServer server, String path, byte[] content) {
        return send(
                file(server, path),
                "PUT",
                BodyPublishers.ofByteArray(content),
                "If-None-Match",
                "*");
    }

    private void post(TestServer server, String path, int status) {
        var answer = send(file(server, path), "POST", BodyPublishers.noBody());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    }

    private void delete(TestServer server, String path) {
        var tag = get(server, path).headers().firstValue("ETag").orElseThrow();
        var answer = send(file(server, path), "DELETE", BodyPublishers.noBody(), "If-Match", tag);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
    }

    private void deleteFolder(TestServer server, String path) {
        var answer =
                send(file(server, path + "?recursive=true"), "DELETE", BodyPublishers.noBody());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
    }

    private HttpResponse<String> get(TestServer server, String path) {
        return send(file(server, path), "GET", BodyPublishers.noBody());
    }

    private static URI file(TestServer server, String path) {
        return server.http(
                "/api/workspaces/" + NAME + "/files" + (path.isEmpty() ? "" : "/" + path));
    }

    /// Waits until PostgreSQL has noticed that the other server was killed; until then the
    /// workspace is the other server's.
    private void awaitTaken(URI file) {
        await(() ->
                !send(file, "GET", BodyPublishers.noBody()).body().contains("workspace-elsewhere"));
    }

    private HttpResponse<String> send(
            URI uri, String method, BodyPublisher body, String... headers) {
        try {
            var request =
                    HttpRequest.newBuilder(uri)
                            .method(method, body)
                            .header("Authorization", "Bearer " + token());
            if (headers.length > 0) {
                request.headers(headers);
            }
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
    }

    /// All servers have the same.
    private String token() {
        try {
            return Files.readString(first.data().resolve("token")).strip();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
