package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.files.FileChange.ExternalChange;
import dev.qide.server.files.watch.FolderEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What tools do to files that nobody has open, over a real disk: with the system's events, and
/// polled.
final class WatchTest {
    private static final long WITHIN_NANOS = 2_000_000_000L;

    /// What the machine may add while other tests run.
    private static final long SLACK_NANOS = 8_000_000_000L;

    @TempDir Path home;
    private TestDatabase test;

    /// Every test begins with [#watch(boolean)].
    @SuppressWarnings("NullAway.Init")
    private FileSyncFixture fixture;

    private Path root;
    private int sentinels;

    @BeforeEach
    void begin() throws Exception {
        test = TestDatabase.create();
        root = Files.createDirectory(home.resolve("project"));
        write("src/a.py", "a = 1\n");
        write("src/deep/b.py", "b = 1\n");
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_file_that_a_tool_makes_changes_and_deletes_is_reported(boolean hasEvents)
            throws Exception {
        watch(hasEvents);

        long begun = System.nanoTime();
        fixture.replace("src/new.py", "n = 1\n");
        awaitFound("CREATED src/new.py");
        assertThat(System.nanoTime() - begun).isLessThan(WITHIN_NANOS + SLACK_NANOS);
        fixture.replace("src/deep/b.py", "b = 22\n");
        awaitFound("CHANGED src/deep/b.py");
        Files.delete(root.resolve("src/a.py"));
        awaitFound("DELETED src/a.py");

        assertThat(found())
                .containsExactly("CREATED src/new.py", "CHANGED src/deep/b.py", "DELETED src/a.py");
        assertThat(fixture.heard)
                .contains(
                        new ExternalChange(
                                fixture.workspaces.named("demo"),
                                "src/new.py",
                                ExternalChange.Kind.CREATED,
                                FileContent.of(FileSyncFixture.bytes("n = 1\n")).hash(),
                                ExternalChange.Audience.EVERYBODY));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_servers_own_writes_are_not_reported_again(boolean hasEvents) throws Exception {
        watch(hasEvents);
        var anything = new Precondition.Anything();

        // The watch looks at the new folders once the write is published.
        fixture.withPathsLocked(
                () ->
                        fixture.files.write(
                                "demo",
                                "made/by/put.py",
                                FileSyncFixture.bytes("1\n"),
                                anything,
                                "ann"),
                "made",
                "made/by");
        fixture.files.write("demo", "src/a.py", FileSyncFixture.bytes("2\n"), anything, "ann");
        fixture.withPathsLocked(() -> fixture.tree.createFolder("demo", "empty/folder"), "empty");
        fixture.tree.move("demo", "src/deep", "lib/deeper");
        fixture.tree.move("demo", "made/by/put.py", "made/moved.py");
        awaitQuiet();
        fixture.tree.delete("demo", "lib", null, true);
        fixture.tree.delete("demo", "src/a.py", anything, false);
        awaitQuiet();

        assertThat(found()).allMatch(one -> one.contains("sentinel"));
        write("made/moved.py", "by a tool\n");
        awaitFound("CHANGED made/moved.py");
        write("empty/folder/x.py", "1\n");
        awaitFound("CREATED empty/folder/x.py");
        assertThat(found()).noneMatch(one -> one.endsWith("empty/folder"));
    }

    @Test
    void the_file_of_an_open_document_is_merged_and_reported_once() throws Exception {
        watch(true);
        fixture.open("src/a.py");
        awaitQuiet();

        fixture.type("src/a.py", "a", "b");
        fixture.awaitDisk("src/a.py", "ab = 1\n");
        awaitQuiet();
        fixture.replace("src/a.py", "ab = 2\n");
        fixture.awaitText("src/a.py", "ab = 2\n");
        FileSyncFixture.await(
                "the merge is reported",
                () ->
                        fixture.heard.stream()
                                .anyMatch(FileChange.ChangedExternally.class::isInstance));
        awaitQuiet();
        assertThat(found()).allMatch(one -> one.contains("sentinel"));
        assertThat(fixture.heard.stream().filter(FileChange.ChangedExternally.class::isInstance))
                .hasSize(1);

        Files.delete(root.resolve("src/a.py"));
        FileSyncFixture.await(
                "the document ends",
                () ->
                        fixture.heard.stream()
                                .anyMatch(change ->
                                        change instanceof FileChange.ChangedExternally different
                                                && different.hash() == null));
        awaitQuiet();
        write("src/a.py", "made again\n");
        awaitFound("CREATED src/a.py");
        assertThat(found()).noneMatch(one -> one.equals("DELETED src/a.py"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void moved_deleted_and_recreated_folders_are_followed(boolean hasEvents) throws Exception {
        watch(hasEvents);

        Files.move(root.resolve("src/deep"), root.resolve("moved"));
        awaitFound("DELETED src/deep/b.py", "DELETED src/deep");
        awaitFound("FOLDER_CREATED moved", "CREATED moved/b.py");
        write("moved/b.py", "b = 333\n");
        awaitFound("CHANGED moved/b.py");

        delete("moved");
        awaitFound("DELETED moved/b.py", "DELETED moved");
        write("moved/b.py", "again\n");
        awaitFound("FOLDER_CREATED moved");
        awaitFound("CREATED moved/b.py", 2);
        write("moved/b.py", "and again\n");
        awaitFound("CHANGED moved/b.py", 2);

        Files.move(root.resolve("moved"), root.resolve("away"));
        write("moved/c.py", "another folder of the same name\n");
        awaitFound("CREATED moved/c.py");
        awaitFound("CREATED away/b.py");
        write("moved/c.py", "changed\n");
        awaitFound("CHANGED moved/c.py");
        write("away/b.py", "changed\n");
        awaitFound("CHANGED away/b.py");
    }

    @Test
    void a_link_that_takes_a_folders_name_leads_nowhere() throws Exception {
        var outside = Files.createDirectory(home.resolve("outside"));
        Files.writeString(outside.resolve("secret.py"), "1\n");
        watch(true);

        Files.move(root.resolve("src/deep"), root.resolve("src/kept"));
        Files.createSymbolicLink(root.resolve("src/deep"), outside);
        awaitFound("CREATED src/kept/b.py", "DELETED src/deep/b.py");
        Files.writeString(outside.resolve("other.py"), "2\n");
        write("src/kept/b.py", "followed\n");
        awaitFound("CHANGED src/kept/b.py");
        Files.delete(root.resolve("src/deep"));
        Files.move(root.resolve("src/kept"), root.resolve("src/deep"));
        awaitFound("CREATED src/deep/b.py");
        write("src/deep/b.py", "back again\n");
        awaitFound("CHANGED src/deep/b.py");

        assertThat(found()).noneMatch(one -> one.contains("secret") || one.contains("other.py"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void language_servers_are_notified_of_packages_and_changes_in_ignored_folders(boolean hasEvents)
            throws Exception {
        write("node_modules/old/index.js", "1\n");
        write("node_modules/@types/old/index.d.ts", "1\n");
        write(".venv/lib/python3.12/site-packages/old/__init__.py", "1\n");
        write("dist/out.js", "1\n");
        write(".git/HEAD", "1\n");
        watch(hasEvents);

        write("node_modules/fresh/deep/index.js", "1\n");
        awaitFound("FOLDER_CREATED node_modules/fresh");
        write("node_modules/@types/fresh/index.d.ts", "1\n");
        awaitFound("FOLDER_CREATED node_modules/@types/fresh");
        write("node_modules/@new/one/index.js", "1\n");
        awaitFound("FOLDER_CREATED node_modules/@new");
        write(".venv/lib/python3.12/site-packages/fresh/__init__.py", "1\n");
        awaitFound("FOLDER_CREATED .venv/lib/python3.12/site-packages/fresh");
        write("dist/other.js", "1\n");
        awaitFound("CHANGED dist");
        write(".git/HEAD", "2\n");
        write("node_modules/old/index.js", "2\n");
        awaitQuiet();

        assertThat(found())
                .noneMatch(one ->
                        one.contains(".git") || one.contains("index.js") || one.contains("dist/"));
        assertThat(fixture.heard.stream().filter(ExternalChange.class::isInstance))
                .filteredOn(change -> !change.path().contains("sentinel"))
                .allMatch(change ->
                        ((ExternalChange) change).audience()
                                == ExternalChange.Audience.LANGUAGE_SERVERS);
    }

    @Test
    void five_thousand_files_at_once_are_all_found_and_reported_once() throws Exception {
        var paths = IntStream.range(0, 5_000).mapToObj(WatchTest::numbered).toList();
        for (var path : paths) {
            write(path, "1\n");
        }
        watch(true);
        int known = fixture.heard.size();

        for (int i = 0; i < paths.size(); i++) {
            if (i % 2 == 0) {
                // Without truncation: a scan between two steps would find two changes.
                Files.writeString(root.resolve(paths.get(i)), "22\n", StandardOpenOption.WRITE);
            } else {
                Files.delete(root.resolve(paths.get(i)));
            }
        }
        FileSyncFixture.await("all are found", () -> found().size() >= paths.size());

        var wanted = new ArrayList<String>();
        for (int i = 0; i < paths.size(); i++) {
            wanted.add((i % 2 == 0 ? "CHANGED " : "DELETED ") + paths.get(i));
        }
        awaitQuiet();
        assertThat(found())
                .filteredOn(one -> !one.contains("sentinel"))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(wanted);
        var all = List.copyOf(fixture.heard).subList(known, fixture.heard.size());
        assertThat(all.stream().filter(FileChange.ManyExternalChanges.class::isInstance).count())
                .isBetween(1L, 20L);
        assertThat(all.stream().filter(WatchTest::isForPeople).count()).isLessThan(500);
    }

    @Test
    void a_workspace_that_is_deleted_or_away_is_not_watched() throws Exception {
        watch(true);

        Files.move(root, home.resolve("unmounted"));
        FileSyncFixture.await("it is away", () -> !Files.exists(root));
        Files.writeString(home.resolve("unmounted/src/a.py"), "while it was away\n");
        Files.move(home.resolve("unmounted"), root);
        awaitFound("CHANGED src/a.py");
        assertThat(found()).containsExactly("CHANGED src/a.py");

        fixture.files.forget(fixture.workspaces.named("demo"));
        write("src/a.py", "nobody hears\n");
        delete("src");
        assertThat(found()).containsExactly("CHANGED src/a.py");
    }

    private void watch(boolean hasEvents) throws Exception {
        fixture = new FileSyncFixture(test.address(), root, hasEvents ? FolderEvents.open() : null);
        var _ = fixture.watcher.open(fixture.workspace);
        FileSyncFixture.await(
                "the tree is known",
                () ->
                        fixture.heard.stream()
                                .anyMatch(FileChange.ManyExternalChanges.class::isInstance));
    }

    private List<String> found() {
        return fixture.heard.stream()
                .filter(ExternalChange.class::isInstance)
                .map(ExternalChange.class::cast)
                .map(change -> change.kind() + " " + change.path())
                .toList();
    }

    private void awaitFound(String... wanted) {
        for (var one : wanted) {
            awaitFound(one, 1);
        }
    }

    private void awaitFound(String wanted, int times) {
        FileSyncFixture.await(
                wanted + ", not only " + found(),
                () -> found().stream().filter(wanted::equals).count() >= times);
    }

    /// What was done before has been looked at: a file that came after it has been found, and it
    /// has been found that it went, which takes as long as anything may be away.
    private void awaitQuiet() throws IOException {
        var sentinel = "sentinel-" + sentinels++;
        write(sentinel, "1\n");
        awaitFound("CREATED " + sentinel);
        Files.delete(root.resolve(sentinel));
        awaitFound("DELETED " + sentinel);
    }

    private static boolean isForPeople(FileChange change) {
        return change instanceof ExternalChange found
                && found.audience() == ExternalChange.Audience.EVERYBODY;
    }

    private static String numbered(int i) {
        return "many/%d/%d/f%d.py".formatted(i / 1_000, i / 100 % 10, i);
    }

    private void write(String path, String text) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }

    private void delete(String path) throws IOException {
        try (var all = Files.walk(root.resolve(path))) {
            for (var each : all.toList().reversed()) {
                Files.delete(each);
            }
        }
    }
}
