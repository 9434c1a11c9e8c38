package dev.qide.server.files;

import dev.qide.server.files.archive.ZipArchive;
import dev.qide.server.files.archive.ZipArchive.Entry;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Merges a zip file into a workspace: each file counts as a change by a tool, so text that people
/// have typed into its document stays. Thread-safe.
///
/// The archive is read to its end and every entry is checked, names, kinds, sizes and sums, before
/// the first file is written.
public final class ZipImport {
    /// The maximum size of an archive.
    public static final long ARCHIVE_BYTES = 64 << 20;

    private static final int ENTRIES = 10_000;
    private static final long UNPACKED_BYTES = 256 << 20;
    private static final int DEPTH = 64;

    /// The maximum compression ratio of an entry above a mebibyte: ordinary text compresses to a
    /// tenth, a zip bomb to a thousandth.
    private static final int RATIO = 200;

    private static final int RATIO_FROM_BYTES = 1 << 20;

    /// The maximum number of archives read at once.
    public static final int IMPORTS_AT_ONCE = 2;

    private static final String PREFIX = "archive-";
    private static final int NAMES_TOLD = 100;
    private static final int COPY_BYTES = 64 << 10;

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final Path spool;
    private final Semaphore running = new Semaphore(IMPORTS_AT_ONCE);

    /// The result of an import.
    ///
    /// @param skipped entries that are on the ignore list, by name, the first 100
    public record Result(int created, int changed, int unchanged, List<String> skipped) {
        public Result {
            skipped = List.copyOf(skipped);
        }
    }

    /// @param spool a folder of the server's own for archives on their way
    public ZipImport(WorkspaceRegistry workspaces, WorkspaceFiles files, Path spool) {
        this.workspaces = workspaces;
        this.files = files;
        this.spool = spool;
    }

    /// Merges an archive.
    ///
    /// @param by the id of the sender, for notifications to others
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `SERVER_CANCELLED` when two others are under
    ///   way, `MESSAGE_TOO_LARGE` above 64 MiB, `ARCHIVE_REFUSED`, `TOO_MANY_FILES` above 10,000
    ///   entries, `FILE_TOO_LARGE` when a file or all together are, `WORKSPACE_FULL`, `PATH_CLASH`,
    ///   `IS_A_FOLDER`
    public Result merge(String workspace, InputStream archive, String by) throws IOException {
        return merge(workspaces.named(workspace), archive, by);
    }

    Result merge(Workspace workspace, InputStream archive, String by) throws IOException {
        return spooled(archive, zip -> merge(workspace, zip, by));
    }

    /// The result of unpacking an archive.
    ///
    /// @param files how many
    /// @param skipped entries that are on the ignore list, by name, the first 100
    public record Unpacked(int files, List<String> skipped) {}

    /// Unpacks an archive into an empty folder that nobody else knows, after the same checks.
    ///
    /// @throws FailureException as [#merge(String, InputStream, String)]
    public Unpacked unpack(InputStream archive, Path folder) throws IOException {
        return spooled(archive, zip -> unpack(zip, folder));
    }

    /// Removes the archives that an earlier server was reading when it was killed. Comes before any
    /// other is read.
    public void removeLeftovers() throws IOException {
        Files.createDirectories(spool);
        try (var left = Files.newDirectoryStream(spool, PREFIX + "*")) {
            for (var archive : left) {
                Files.deleteIfExists(archive);
            }
        }
    }

    private interface Use<T> {
        T of(ZipArchive zip) throws IOException;
    }

    private <T> T spooled(InputStream archive, Use<T> use) throws IOException {
        if (!running.tryAcquire()) {
            throw new FailureException(Failure.SERVER_CANCELLED);
        }
        try {
            Files.createDirectories(spool);
            return spooled(archive, Files.createTempFile(spool, PREFIX, ".zip"), use);
        } finally {
            running.release();
        }
    }

    private static <T> T spooled(InputStream archive, Path file, Use<T> use) throws IOException {
        try {
            keep(archive, file);
            try (var zip = new ZipArchive(file)) {
                return use.of(zip);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static void keep(InputStream archive, Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            var piece = new byte[COPY_BYTES];
            long size = 0;
            for (int read = archive.read(piece); read >= 0; read = archive.read(piece)) {
                size += read;
                if (size > ARCHIVE_BYTES) {
                    throw new FailureException(
                            Failure.MESSAGE_TOO_LARGE, Map.of("limit", "" + ARCHIVE_BYTES));
                }
                out.write(piece, 0, read);
            }
        }
    }

    private Result merge(Workspace workspace, ZipArchive zip, String by) throws IOException {
        var skipped = new ArrayList<String>();
        var wanted = wanted(zip, files.rules(workspace), skipped);
        var sizes = new HashMap<WorkspacePath, Long>();
        for (var entry : wanted) {
            boolean isChange = isChange(workspace, zip, entry);
            if (isChange || entry.isFolder()) {
                sizes.put(new WorkspacePath(entry.name()), entry.bytes());
            }
            check(zip, entry);
        }
        requireRoom(workspace, sizes);
        return written(workspace, zip, wanted, skipped, by);
    }

    private Unpacked unpack(ZipArchive zip, Path folder) throws IOException {
        var skipped = new ArrayList<String>();
        var wanted = wanted(zip, new IgnoreRules(folder), skipped);
        var sizes = new HashMap<WorkspacePath, Long>();
        for (var entry : wanted) {
            check(zip, entry);
            if (!entry.isFolder()) {
                sizes.put(new WorkspacePath(entry.name()), entry.bytes());
            }
        }
        requireRoom(null, sizes);
        var disk = files.diskAt(folder);
        int count = 0;
        for (var entry : wanted) {
            var path = new WorkspacePath(entry.name());
            if (entry.isFolder()) {
                createFolder(disk, path);
                continue;
            }
            var bytes = files.compute((int) entry.bytes() + 1, () -> zip.content(entry));
            if (!disk.create(path, bytes)) {
                throw ZipArchive.refused("twice", entry.name());
            }
            count++;
        }
        return new Unpacked(count, skipped);
    }

    private static List<Entry> wanted(ZipArchive zip, IgnoreRules rules, List<String> skipped)
            throws IOException {
        var wanted = new ArrayList<Entry>();
        for (var entry : zip.entries(ENTRIES)) {
            if (!isSkipped(rules, entry)) {
                wanted.add(entry);
            } else if (skipped.size() < NAMES_TOLD) {
                skipped.add(entry.name());
            }
        }
        requireSizes(wanted);
        requireNames(wanted);
        return wanted;
    }

    private void check(ZipArchive zip, Entry entry) {
        files.compute(
                COPY_BYTES + 1,
                () -> {
                    zip.check(entry);
                    return true;
                });
    }

    /// Whether an entry is a file that is missing or different in the workspace.
    ///
    /// @throws FailureException when it cannot be written; the tag `entry` names it
    private boolean isChange(Workspace workspace, ZipArchive zip, Entry entry) {
        try {
            return isChange(workspace, new WorkspacePath(entry.name()), zip, entry);
        } catch (FailureException failure) {
            var tags = new HashMap<>(failure.tags());
            tags.put("entry", entry.name());
            throw new FailureException(failure.failure(), tags, failure);
        }
    }

    private boolean isChange(Workspace workspace, WorkspacePath path, ZipArchive zip, Entry entry) {
        var disk = files.disk(workspace);
        var there = disk.tree().find(path);
        if (there != null && there.isFolder() != entry.isFolder()) {
            throw there.isFolder()
                    ? new FailureException(Failure.IS_A_FOLDER)
                    : WorkspacePath.illegal("not-a-folder");
        }
        boolean isChange =
                !entry.isFolder()
                        && (there == null
                                || there.bytes() != entry.bytes()
                                || !hasContent(disk, path, zip, entry));
        if (isChange) {
            disk.requireWritable(path);
            requireRoom(workspace, Map.of(path, entry.bytes()));
        }
        var other = disk.clash(path);
        if (other != null) {
            throw new FailureException(Failure.PATH_CLASH, Map.of("name", other));
        }
        return isChange;
    }

    private boolean hasContent(Disk disk, WorkspacePath path, ZipArchive zip, Entry entry) {
        var next = files.compute((int) entry.bytes() + 1, () -> zip.content(entry));
        return Arrays.equals(next, disk.readOrNull(path, WorkspaceFiles.FILE_BYTES));
    }

    /// @param workspace null for a new one
    private void requireRoom(@Nullable Workspace workspace, Map<WorkspacePath, Long> sizes) {
        var replication = files.replication();
        if (replication == null) {
            return;
        }
        if (workspace == null) {
            replication.requireRoomInNew(sizes);
        } else {
            replication.requireRoom(workspace, sizes);
        }
    }

    private Result written(
            Workspace workspace,
            ZipArchive zip,
            List<Entry> wanted,
            List<String> skipped,
            String by) {
        int created = 0;
        int changed = 0;
        int unchanged = 0;
        for (var entry : wanted) {
            if (entry.isFolder()) {
                createFolder(files.disk(workspace), new WorkspacePath(entry.name()));
                continue;
            }
            var bytes = files.compute((int) entry.bytes() + 1, () -> zip.content(entry));
            switch (files.put(workspace, new WorkspacePath(entry.name()), bytes, by)) {
                case CREATED -> created++;
                case CHANGED -> changed++;
                case UNCHANGED -> unchanged++;
            }
        }
        files.replicate(
                workspace, wanted.stream().map(entry -> new WorkspacePath(entry.name())).toList());
        return new Result(created, changed, unchanged, skipped);
    }

    private static void createFolder(Disk disk, WorkspacePath path) {
        if (disk.tree().find(path) == null) {
            disk.makeFolders(path);
            disk.tree().makeFolder(path);
        }
    }

    /// Archivers of desktops add files that do not belong to the project either.
    private static boolean isSkipped(IgnoreRules rules, Entry entry) {
        var path = legal(entry);
        return path.segments().getFirst().equals("__MACOSX")
                || rules.isIgnored(path, entry.isFolder());
    }

    private static WorkspacePath legal(Entry entry) {
        try {
            var path = new WorkspacePath(entry.name());
            if (path.segments().size() > DEPTH) {
                throw WorkspacePath.illegal("too-deep");
            }
            return path;
        } catch (FailureException illegal) {
            throw ZipArchive.refused(
                    illegal.tags().getOrDefault("reason", "path-illegal"), entry.name());
        }
    }

    private static void requireSizes(List<Entry> entries) {
        long all = 0;
        for (var entry : entries) {
            if (entry.isFolder() && entry.bytes() > 0) {
                throw ZipArchive.refused("folder-with-content", entry.name());
            }
            all += entry.bytes();
            if (entry.bytes() > WorkspaceFiles.FILE_BYTES || all > UNPACKED_BYTES) {
                throw new FailureException(
                        Failure.FILE_TOO_LARGE,
                        Map.of(
                                "limit",
                                ""
                                        + (all > UNPACKED_BYTES
                                                ? UNPACKED_BYTES
                                                : WorkspaceFiles.FILE_BYTES),
                                "entry",
                                entry.name()));
            }
            if (entry.bytes() > RATIO_FROM_BYTES && entry.bytes() / RATIO > entry.packed()) {
                throw ZipArchive.refused("ratio", entry.name());
            }
        }
    }

    /// No name twice, none that differs from another only in case, no file that is a folder too.
    private static void requireNames(List<Entry> entries) {
        Map<String, String> spellings = new HashMap<>();
        Set<String> names = new HashSet<>();
        Set<String> folders = new HashSet<>();
        for (var entry : entries) {
            if (!names.add(entry.name())) {
                throw ZipArchive.refused("twice", entry.name());
            }
            var path = entry.name() + "/";
            for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
                var one = path.substring(0, end);
                var other = spellings.putIfAbsent(one.toLowerCase(Locale.ROOT), one);
                if (other != null && !other.equals(one)) {
                    throw new FailureException(
                            Failure.PATH_CLASH, Map.of("name", other, "entry", entry.name()));
                }
                if (end < path.length() - 1 || entry.isFolder()) {
                    folders.add(one);
                }
            }
        }
        for (var entry : entries) {
            if (!entry.isFolder() && folders.contains(entry.name())) {
                throw ZipArchive.refused("file-and-folder", entry.name());
            }
        }
    }
}
