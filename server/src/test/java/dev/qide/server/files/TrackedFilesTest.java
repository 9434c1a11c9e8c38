package dev.qide.server.files;

import static dev.qide.server.files.FilesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.files.disk.GitIndex;
import dev.qide.server.files.disk.TrackedFiles;
import dev.qide.wire.Failure;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.eclipse.jgit.api.Git;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What git tracks is the project's, whatever the ignore rules say.
final class TrackedFilesTest {
    private static final List<String> TRACKED =
            List.of(
                    ".gitignore",
                    "build/webpack.js",
                    "config/local.json",
                    "src/build/index.ts",
                    "src/dist/d.ts",
                    "src/target/model.py",
                    "src/use.ts");

    private static final String SHARED_FILE = "sharedindex." + "ab".repeat(20);

    @TempDir Path home;
    private FileSyncFixture fixture;
    private Path root;

    @BeforeEach
    void begin() throws Exception {
        root = Files.createDirectory(home.resolve("project"));
        write(".gitignore", "config/local.json\n.env\nout/\n");
        for (var path : TRACKED.subList(1, TRACKED.size())) {
            write(path, "built\n");
        }
        write(".env", "K=built\n");
        write("build/output.js", "built\n");
        write("build/deep/output.js", "built\n");
        write("node_modules/x/index.js", "built\n");
        fixture = new FileSyncFixture(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void tracked_files_are_listed_read_written_and_searched() throws Exception {
        assertThat(listed()).containsExactly(".gitignore", "src/use.ts");
        try (var git = track(root)) {
            assertThat(listed()).containsExactlyElementsOf(TRACKED);
            assertThat(ignored())
                    .containsExactly(
                            ".env", ".git", "build/deep", "build/output.js", "node_modules");
            var search =
                    new TextSearch(
                            fixture.workspaces, fixture.files, fixture.sync, fixture.documents);
            var query =
                    new SearchPattern.Query(
                            "built", false, false, false, List.of(), List.of(), 1_000);
            assertThat(search.find("demo", query).matches())
                    .extracting(TextSearch.Match::path)
                    .containsExactlyElementsOf(TRACKED.subList(1, TRACKED.size()));
            for (var path : TRACKED) {
                var old = fixture.files.read("demo", path);
                var condition = new Precondition.Unchanged(Set.of(old.hash()));
                var _ = fixture.files.write("demo", path, old.bytes(), condition, "ann");
            }
            fixture.open("src/build/index.ts");
            fixture.type("src/build/index.ts", "built", "!");
            fixture.awaitDisk("src/build/index.ts", "built!\n");
            fixture.tree.move("demo", "src/target/model.py", "src/model.py");
            assertFails(
                    Failure.FILE_IGNORED,
                    () -> fixture.tree.move("demo", "src/model.py", "build/deep/model.py"));

            git.rm().addFilepattern("build/webpack.js").setCached(true).call();
            assertThat(ignored()).contains("build");
            git.add().addFilepattern("build/webpack.js").call();
            assertThat(listed()).contains("build/webpack.js");
        }
    }

    @Test
    void an_ignored_text_is_opened_by_who_may_edit() throws Exception {
        fixture.open(".env");
        fixture.type(".env", "K", "EY");
        fixture.awaitDisk(".env", "KEY=built\n");
        var downloads = new FileDownloads(fixture.workspaces, fixture.files);
        downloads.open("demo", ".env", true).close();
        assertFails(Failure.FILE_IGNORED, () -> downloads.open("demo", ".env", false));
        assertFails(
                Failure.FILE_IGNORED,
                () -> downloads.open("demo", "node_modules/x/index.js", true));
        var source = fixture.source;
        assertFails(
                Failure.FILE_IGNORED,
                () -> source.requireShared(fixture.workspace, "build/output.js"));
        assertThat(source.read(fixture.workspace, "build/output.js", false).text())
                .isEqualTo("built\n");
        assertThat(listed()).doesNotContain(".env", "build/output.js");
    }

    @Test
    void the_nearest_repository_decides() throws Exception {
        Files.createDirectories(root.resolve("inner/build"));
        write("inner/build/a.js", "1\n");
        write("inner/build/b.js", "1\n");
        try (var outer = track(root);
                var inner = Git.init().setDirectory(root.resolve("inner").toFile()).call()) {
            inner.add().addFilepattern("build/b.js").call();
            outer.add().addFilepattern(".").call();
            var tracked = new TrackedFiles(root);
            assertThat(tracked.tracks("inner/build/b.js")).isTrue();
            assertThat(tracked.tracks("inner/build/a.js")).isFalse();
            assertThat(new TrackedFiles(root.resolve("src")).tracks("build/index.ts")).isTrue();
            assertThat(new TrackedFiles(root.resolve("src")).tracks("build/none.ts")).isFalse();

            // A worktree or a submodule points to its repository.
            Files.move(root.resolve(".git"), home.resolve("elsewhere"));
            write(".git", "gitdir: ../elsewhere\n");
            assertThat(tracked.tracks("build/webpack.js")).isTrue();
            write(".git", "gitdir: /nowhere\n");
            assertThat(tracked.tracks("build/webpack.js")).isFalse();
        }
    }

    @Test
    void every_version_of_an_index_is_read_and_nothing_else() throws Exception {
        for (int version = 2; version <= 4; version++) {
            for (int hash : List.of(20, 32)) {
                var bytes = index(version, hash, List.of("a", "build/x/y.js", "build/x/z.js", "é"));
                var index = Objects.requireNonNull(parsed(bytes), "version " + version);
                assertThat(index.tracks("build")).isTrue();
                assertThat(index.tracks("build/x/z.js")).isTrue();
                assertThat(index.tracks("é")).isTrue();
                assertThat(index.tracks("build/x/y")).isFalse();
                assertThat(index.tracks("b")).isFalse();
                for (int end = 0; end < bytes.length - hash; end++) {
                    assertThat(parsed(Arrays.copyOf(bytes, end))).isNull();
                }
            }
        }
        assertThat(parsed(new byte[100])).isNull();
    }

    @Test
    void a_split_index_is_read_with_its_shared_part() throws Exception {
        var shared = index(2, 20, List.of("build/a", "build/b", "build/c", "d"));
        // A replaced entry has no name; "build/b" and "d" are deleted.
        var own = split(index(2, 20, List.of("", "build/new")), 0b1010);

        var index =
                Objects.requireNonNull(
                        GitIndex.parse(own, name -> name.equals(SHARED_FILE) ? shared : null));

        for (var path : List.of("build/a", "build/c", "build/new", "build")) {
            assertThat(index.tracks(path)).as(path).isTrue();
        }
        for (var path : List.of("build/b", "d", "")) {
            assertThat(index.tracks(path)).as(path).isFalse();
        }
        assertThat(parsed(own)).as("its shared part is missing").isNull();
        for (int end = 0; end < own.length - 20; end++) {
            // Cut between two extensions it is a whole index.
            var cut = GitIndex.parse(Arrays.copyOf(own, end), _ -> shared);
            assertThat(cut == null || !cut.tracks("build/c")).as("cut at %d", end).isTrue();
        }
        own[own.length - 20 - 28] = -1;
        assertThat(GitIndex.parse(own, _ -> shared)).as("a bitmap that is too long").isNull();
    }

    /// Appends the extension `link` with a bitmap of one word for the deleted entries.
    private static byte[] split(byte[] index, long deleted) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.write(index, 0, index.length - 20);
        out.writeBytes("TREE");
        out.writeInt(3);
        out.write(new byte[3]);
        out.writeBytes("link");
        out.writeInt(20 + 28);
        for (int i = 0; i < 20; i++) {
            out.writeByte(0xAB);
        }
        out.writeInt(64);
        out.writeInt(2);
        out.writeLong(1L << 33);
        out.writeLong(deleted);
        out.writeInt(0);
        out.write(new byte[20]);
        return bytes.toByteArray();
    }

    private static @Nullable GitIndex parsed(byte[] bytes) {
        return GitIndex.parse(bytes, _ -> null);
    }

    /// gitformat-index(5).
    private static byte[] index(int version, int hashBytes, List<String> paths) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeBytes("DIRC");
        out.writeInt(version);
        out.writeInt(paths.size());
        var before = new byte[0];
        for (var path : paths) {
            var name = path.getBytes(StandardCharsets.UTF_8);
            int begin = out.size();
            out.write(new byte[24]);
            out.writeInt(0100644);
            out.write(new byte[12 + hashBytes]);
            boolean isExtended = version > 2;
            out.writeShort(name.length | (isExtended ? 0x4000 : 0));
            if (isExtended) {
                out.writeShort(0);
            }
            int same = 0;
            if (version == 4) {
                int most = Math.min(before.length, name.length);
                while (same < most && before[same] == name[same]) {
                    same++;
                }
                out.writeByte(before.length - same);
            }
            out.write(name, same, name.length - same);
            out.writeByte(0);
            while (version < 4 && (out.size() - begin) % 8 != 0) {
                out.writeByte(0);
            }
            before = name;
        }
        out.write(new byte[hashBytes]);
        return bytes.toByteArray();
    }

    private Git track(Path directory) throws Exception {
        var git = Git.init().setDirectory(directory.toFile()).call();
        var rules = Files.readString(root.resolve(".gitignore"));
        write(".gitignore", "");
        for (var path : TRACKED) {
            git.add().addFilepattern(path).call();
        }
        write(".gitignore", rules);
        git.add().addFilepattern(".gitignore").call();
        return git;
    }

    private List<String> listed() {
        return entries(false);
    }

    private List<String> ignored() {
        return entries(true);
    }

    private List<String> entries(boolean isIgnored) {
        return fixture.files.list("demo").entries().stream()
                .filter(entry -> entry.isIgnored() == isIgnored)
                .filter(entry -> isIgnored || entry.kind() == FileTree.Kind.FILE)
                .map(FileTree.Entry::path)
                .toList();
    }

    /// Opening a pipe would wait for its writer, forever, and no interrupt ends that.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_shared_part_of_an_index_that_is_a_pipe_is_not_opened() throws Exception {
        var git = Files.createDirectory(root.resolve(".git"));
        var own = split(index(2, 20, List.of("", "src/use.ts")), 0);
        Files.write(git.resolve("index"), own);
        var pipe = git.resolve(SHARED_FILE).toString();
        assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();

        assertThat(new TrackedFiles(root.toRealPath()).tracks("src/use.ts")).isFalse();
    }

    /// Opening a pipe would wait for its writer, forever.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_repository_that_becomes_a_pipe_tracks_nothing() throws Exception {
        try (var _ = Git.init().setDirectory(root.toFile()).call()) {
            var tracked = new TrackedFiles(root.toRealPath());
            assertThat(tracked.tracks("src/use.ts")).isFalse();
            int before = tracked.version();
            Files.move(root.resolve(".git"), home.resolve("moved"));
            var pipe = root.resolve(".git").toString();
            assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();

            assertThat(tracked.version()).isEqualTo(before);
            assertThat(tracked.tracks("src/use.ts")).isFalse();
        }
    }

    private void write(String path, String text) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }
}
