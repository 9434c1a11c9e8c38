package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.ChildJvm;
import dev.qide.server.TestDatabase;
import dev.qide.server.files.sync.SyncPass;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.workspace.WorkspaceAddress;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server that makes and deletes workspaces is killed, between any two steps and at any moment:
/// the next one finds each of them whole or not at all, and what nobody deleted is there.
class WorkspaceKillTest {
    private static final int ROUNDS = Integer.getInteger("workspace.kills", 3);
    private static final int LONGEST_MILLIS = 700;

    /// More than these are deleted between two rounds.
    private static final int MANY = 20;

    private static final List<String> PYTHON =
            List.of("README.md", "greeting.py", "main.py", "test_greeting.py");

    @TempDir Path home;
    private TestDatabase database;
    private Path root;
    private Path directories;

    @BeforeEach
    void start() throws IOException {
        database = TestDatabase.create();
        root = Files.createDirectory(home.resolve("project"));
        directories = home.resolve("data/workspaces");
    }

    @AfterEach
    void stop() {
        database.close();
    }

    /// What runs in the process that is killed: makes and deletes, and tells each when it is done.
    static final class WorkspaceCreator {
        private WorkspaceCreator() {}

        /// @param arguments URL, user and password of the database, the given workspace, the first
        ///   number
        public static void main(String[] arguments) throws Exception {
            var fixture =
                    new FileSyncFixture(
                            new DatabaseAddress(arguments[0], arguments[1], arguments[2]),
                            Path.of(arguments[3]));
            System.out.println("ready");
            for (int number = Integer.parseInt(arguments[4]); ; number++) {
                var _ =
                        fixture.managed.create(
                                WorkspaceAddress.inHomeOrganisation("w" + number), "python");
                System.out.println("made w" + number);
                fixture.open(fixture.workspaces.named("w" + number).id(), "main.py");
                if (number % 3 != 0) {
                    System.out.println("deleting w" + number);
                    fixture.managed.delete("w" + number, fixture.documents, _ -> {});
                    System.out.println("deleted w" + number);
                }
            }
        }
    }

    @Test
    void a_kill_at_any_moment_leaves_whole_workspaces_or_none() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("-Dseed=" + seed);
        var random = new Random(seed);
        var made = new HashSet<String>();
        var deleting = new HashSet<String>();
        var deleted = new HashSet<String>();
        int first = 1;
        for (int round = 0; round < ROUNDS; round++) {
            var address = database.address();
            var server =
                    ChildJvm.start(
                            WorkspaceCreator.class,
                            address.url(),
                            address.user(),
                            address.password(),
                            root.toString(),
                            "" + first);
            var begun = new CountDownLatch(1);
            var told = new FutureTask<>(() -> told(server.process(), begun));
            Thread.ofVirtual().start(told);
            assertThat(begun.await(30, TimeUnit.SECONDS)).as("w%d is made", first).isTrue();
            LockSupport.parkNanos(random.nextInt(LONGEST_MILLIS) * 1_000_000L);
            server.kill();
            for (var line : told.get(10, TimeUnit.SECONDS)) {
                var name = line.substring(line.indexOf(' ') + 1);
                first = Math.max(first, Integer.parseInt(name.substring(1)));
                if (line.startsWith("made")) {
                    made.add(name);
                } else {
                    (line.startsWith("deleting") ? deleting : deleted).add(name);
                }
            }
            try (var fixture = new FileSyncFixture(address, root)) {
                var there = names(fixture);
                for (var name : there) {
                    if (!name.equals("demo")) {
                        first = Math.max(first, Integer.parseInt(name.substring(1)));
                        assertThat(files(name)).isEqualTo(PYTHON);
                    }
                }
                assertThat(there).filteredOn(deleted::contains).isEmpty();
                var kept = new HashSet<>(made);
                kept.removeAll(deleting);
                assertThat(there).containsAll(kept);
                assertThat(directories())
                        .isEqualTo(there.stream().filter(name -> !name.equals("demo")).toList());
                if (there.size() > MANY) {
                    for (var name : directories()) {
                        fixture.managed.delete(name, fixture.documents, _ -> {});
                        deleted.add(name);
                    }
                }
            }
            made.removeAll(deleted);
            first++;
        }
        System.out.println(first - 1 + " made, " + deleted.size() + " deleted");
    }

    @Test
    void a_new_workspace_that_was_recorded_is_finished_and_another_is_removed() throws Exception {
        var recorded = UUID.randomUUID();
        var unknown = UUID.randomUUID();
        try (var fixture = new FileSyncFixture(database.address(), root)) {
            var _ = fixture.managed.create(WorkspaceAddress.inHomeOrganisation("first"), "python");
        }
        database.execute(
                "INSERT INTO workspaces (id, name, is_made) VALUES ('"
                        + recorded
                        + "', 'b', true)");
        for (var id : List.of(recorded, unknown)) {
            var staged = Files.createDirectory(directories.resolve(".qide-new-" + id));
            Files.writeString(staged.resolve("a.txt"), "text");
        }
        try (var fixture = new FileSyncFixture(database.address(), root)) {
            assertThat(names(fixture)).containsExactly("b", "demo", "first");
            assertThat(directories()).containsExactly("b", "first");
            assertThat(files("b")).containsExactly("a.txt");
        }
    }

    @Test
    void a_deletion_that_was_not_recorded_did_not_happen_and_another_did() throws Exception {
        UUID kept;
        UUID gone;
        try (var fixture = new FileSyncFixture(database.address(), root)) {
            var _ = fixture.managed.create(WorkspaceAddress.inHomeOrganisation("kept"), "python");
            var _ = fixture.managed.create(WorkspaceAddress.inHomeOrganisation("gone"), "python");
            kept = fixture.workspaces.named("kept").id().value();
            gone = fixture.workspaces.named("gone").id().value();
            fixture.open(fixture.workspaces.named("kept").id(), "main.py");
        }
        var nobodys = UUID.randomUUID();
        Files.move(directories.resolve("kept"), directories.resolve(".qide-gone-" + kept));
        Files.move(directories.resolve("gone"), directories.resolve(".qide-gone-" + gone));
        Files.createDirectory(directories.resolve(".qide-gone-" + nobodys));
        database.execute("UPDATE workspaces SET retired_at = now() WHERE id = '" + gone + "'");
        try (var fixture = new FileSyncFixture(database.address(), root)) {
            assertThat(names(fixture)).containsExactly("demo", "kept");
            assertThat(directories()).containsExactly(".qide-gone-" + nobodys, "kept");
            var id = fixture.workspaces.named("kept").id();
            assertThat(fixture.documents.committedText(id, "main.py")).isNotNull();
        }
    }

    @Test
    void a_lost_directory_is_written_again_from_its_documents() throws Exception {
        var windows = "\uFEFFone\r\ntwo\r\n";
        try (var fixture = new FileSyncFixture(database.address(), root)) {
            var _ =
                    fixture.managed.create(
                            WorkspaceAddress.inHomeOrganisation("mine"), (String) null);
            var mine = fixture.workspaces.named("mine");
            Files.createDirectories(mine.directory().resolve("src"));
            Files.writeString(mine.directory().resolve("src/a.txt"), windows);
            Files.writeString(mine.directory().resolve("b.txt"), "b\n");
            Files.writeString(mine.directory().resolve("never opened.txt"), "c\n");
            for (var path : List.of("src/a.txt", "b.txt")) {
                fixture.open(mine.id(), path);
            }
            // On its way to the disk when that is lost.
            var _ = fixture.documents.edit(mine.id(), "b.txt", text -> text + "typed\n");
        }
        database.execute(
                "INSERT INTO trusts SELECT id, '%s' FROM workspaces WHERE is_made"
                        .formatted(directories.resolve("mine").toRealPath()));
        delete(directories.resolve("mine"));
        Files.createDirectory(
                directories.resolve(
                        ".qide-again-" + UUID.randomUUID())); // An attempt that was cut.

        try (var fixture = new FileSyncFixture(database.address(), root)) {
            var mine = fixture.workspaces.named("mine");
            var b = mine.directory().resolve("b.txt");
            FileSyncFixture.await("b.txt", () -> Files.readString(b).equals("b\ntyped\n"));
            assertThat(Files.readString(mine.directory().resolve("src/a.txt"))).isEqualTo(windows);
            assertThat(directories()).containsExactly("mine");
            // They are the documents that they were, longer than a deletion by a tool takes.
            LockSupport.parkNanos(SyncPass.GRACE.toNanos());
            for (var path : List.of("src/a.txt", "b.txt")) {
                assertThat(fixture.documents.committedText(mine.id(), path)).isNotNull();
            }
        }
        assertThat(database.count("SELECT count(*) FROM documents WHERE retired_at IS NULL"))
                .isEqualTo(2);
        assertThat(database.count("SELECT count(*) FROM trusts")).isZero();
    }

    @Test
    void while_the_database_is_down_nothing_is_created_or_deleted() throws Exception {
        try (var fixture = new FileSyncFixture(database.address(), root);
                var both = Executors.newVirtualThreadPerTaskExecutor()) {
            var _ = fixture.managed.create(WorkspaceAddress.inHomeOrganisation("mine"), "python");
            var id = fixture.workspaces.named("mine").id();
            fixture.open(id, "main.py");
            database.goAway();
            try {
                var deletion =
                        both.submit(() -> {
                            assertFails(
                                    Failure.STORE_UNAVAILABLE,
                                    () ->
                                            fixture.managed.delete(
                                                    "mine", fixture.documents, _ -> {}));
                            return true;
                        });
                assertFails(
                        Failure.STORE_UNAVAILABLE,
                        () ->
                                fixture.managed.create(
                                        WorkspaceAddress.inHomeOrganisation("next"), "python"));
                assertThat(deletion.get(30, TimeUnit.SECONDS)).isTrue();
            } finally {
                database.comeBack();
            }
            assertThat(names(fixture)).containsExactly("demo", "mine");
            assertThat(directories()).containsExactly("mine");
            assertThat(files("mine")).isEqualTo(PYTHON);
            FileSyncFixture.await(
                    "an edit",
                    () ->
                            fixture.documents.edit(id, "main.py", text -> text + "# typed\n")
                                    != null);
        }
        try (var fixture = new FileSyncFixture(database.address(), root)) {
            assertThat(names(fixture)).containsExactly("demo", "mine");
            assertThat(directories()).containsExactly("mine");
        }
    }

    @Test
    void a_write_during_a_workspaces_deletion_reaches_no_other_workspace() throws Exception {
        try (var fixture = new FileSyncFixture(database.address(), root)) {
            var _ =
                    fixture.managed.create(
                            WorkspaceAddress.inHomeOrganisation("mine"), (String) null);
            var old = fixture.workspaces.named("mine");
            fixture.open(old.id(), "typed.txt");
            var _ = fixture.documents.edit(old.id(), "typed.txt", text -> text + "typed\n");
            fixture.managed.delete("mine", fixture.documents, _ -> {});
            var _ =
                    fixture.managed.create(
                            WorkspaceAddress.inHomeOrganisation("mine"), (String) null);
            var next = fixture.workspaces.named("mine");

            assertThat(next.id()).isNotEqualTo(old.id());
            assertFails(
                    Failure.WORKSPACE_UNKNOWN,
                    () -> fixture.files.put(old, new WorkspacePath("a.txt"), new byte[1], "me"));
            assertFails(
                    Failure.WORKSPACE_UNKNOWN,
                    () -> fixture.documents.edit(old.id(), "typed.txt", text -> text + "more\n"));
            FileSyncFixture.await(
                    "the mirror rests", () -> fixture.sync.isSynced(old.id(), "typed.txt"));
            assertThat(files("mine")).isEmpty();
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void assertFails(Failure why, Action act) {
        assertThatThrownBy(act::run)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(why));
    }

    /// @param begun is counted down with the first
    private static List<String> told(Process server, CountDownLatch begun) {
        var told = new java.util.ArrayList<String>();
        try {
            var lines = server.inputReader(StandardCharsets.UTF_8);
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                told.add(line);
                begun.countDown();
            }
        } catch (IOException _) {
            // The pipe ends with the server.
        }
        return told;
    }

    private static List<String> names(FileSyncFixture fixture) {
        return fixture.workspaces.all().stream().map(Workspace::name).toList();
    }

    private List<String> directories() throws IOException {
        try (var all = Files.list(directories)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private List<String> files(String name) throws IOException {
        var directory = directories.resolve(name);
        try (var all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .map(path -> directory.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
