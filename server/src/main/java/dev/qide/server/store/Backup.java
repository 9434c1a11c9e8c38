package dev.qide.server.store;

import dev.qide.server.store.backup.BackupFile;
import dev.qide.server.store.backup.RowHashes;
import dev.qide.server.store.backup.SchemaCatalog;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

/// Writes a consistent copy of the whole database to a file or a stream while servers continue to
/// run.
///
/// One transaction reads one snapshot of all tables in the catalogue, row by row, so the memory
/// needed does not depend on the size of the database. The file appears by one rename after it is
/// complete and on disk. Thread-safe.
public final class Backup {
    private static final long PROGRESS_BYTES = 256L << 20;
    private static final Duration STATEMENT_WAIT = Duration.ofMinutes(30);

    private Backup() {}

    /// Writes the file, readable by its owner only; replaces an existing file of that name.
    ///
    /// @param progress receives progress messages, one sentence each
    /// @throws BackupException when the file cannot be written or the database fails; nothing is
    ///   left behind
    public static void write(
            DatabaseAddress address, Path file, Instant now, Consumer<String> progress) {
        var target = file.toAbsolutePath().normalize();
        if (Files.isDirectory(target)) {
            throw new BackupException(file + " is a directory. Name a file for the backup.");
        }
        var folder = target.resolveSibling(".");
        Path fresh = null;
        try {
            // Temporary files are readable by their owner only.
            fresh = Files.createTempFile(folder, ".qide-backup-", ".part");
            // Also delete it when the command is interrupted.
            fresh.toFile().deleteOnExit();
            try (var channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                copy(address, Channels.newOutputStream(channel), now, progress);
                channel.force(true);
            }
            long bytes = Files.size(fresh);
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
            forceDirectory(folder);
            progress.accept(file + " is written: " + size(bytes) + ".");
        } catch (SQLException failure) {
            throw new BackupException("The backup failed: " + description(failure), failure);
        } catch (IOException failure) {
            throw new BackupException(
                    "The backup " + file + " cannot be written: " + description(failure), failure);
        } finally {
            delete(fresh);
        }
    }

    /// Writes the content of a backup file to a stream, which stays open. After a failure its end
    /// is missing, so that no restore accepts it.
    ///
    /// @param progress receives progress messages, one sentence each
    /// @throws BackupException when the stream fails or the database fails
    public static void write(
            DatabaseAddress address, OutputStream to, Instant now, Consumer<String> progress) {
        try {
            copy(address, to, now, progress);
        } catch (SQLException failure) {
            throw new BackupException("The backup failed: " + description(failure), failure);
        } catch (IOException failure) {
            throw new BackupException(
                    "The backup cannot be written: " + description(failure), failure);
        }
    }

    private static void copy(
            DatabaseAddress address, OutputStream to, Instant now, Consumer<String> progress)
            throws SQLException, IOException {
        try (var connection = connect(address)) {
            var writer = new BackupFile.Writer(to);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            var schemaCatalog =
                    SchemaCatalog.of(connection, SchemaCatalog.currentSchema(connection));
            writer.head(
                    new BackupFile.Head(
                            SchemaCatalog.migration(connection), now, schemaCatalog.tables()));
            for (var table : schemaCatalog.tables()) {
                copy(connection, table, writer, progress);
            }
            // Sequences are not part of the snapshot: read last, they are ahead of all rows.
            writer.finish(sequences(connection, schemaCatalog));
            connection.rollback();
        }
    }

    private static void copy(
            Connection connection,
            SchemaCatalog.Table table,
            BackupFile.Writer writer,
            Consumer<String> progress)
            throws SQLException, IOException {
        var hashes = new RowHashes();
        var tableProgress = new TableProgress(table.name(), progress);
        copyOut(
                connection,
                table,
                new OutputStream() {
                    @Override
                    public void write(int one) throws IOException {
                        write(new byte[] {(byte) one}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        hashes.write(bytes, offset, length);
                        writer.block(bytes, offset, length);
                        tableProgress.add(length);
                    }
                });
        var sum = hashes.sum();
        writer.tableEnds(sum);
        tableProgress.end(sum.rows());
    }

    /// Copies out all rows of a table. COPY accepts no parameters; the names come from the
    /// catalogue and are quoted.
    static void copyOut(Connection connection, SchemaCatalog.Table table, OutputStream to)
            throws SQLException, IOException {
        var _ =
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyOut("COPY " + table.target() + " TO STDOUT (FORMAT binary)", to);
    }

    private static List<BackupFile.SequenceState> sequences(
            Connection connection, SchemaCatalog schemaCatalog) throws SQLException {
        var states = new ArrayList<BackupFile.SequenceState>();
        for (var sequence : schemaCatalog.sequences()) {
            try (var query = connection.createStatement();
                    var rows =
                            query.executeQuery(
                                    "SELECT last_value, is_called FROM " + sequence.quoted())) {
                if (rows.next()) {
                    states.add(
                            new BackupFile.SequenceState(
                                    sequence.name(), rows.getLong(1), rows.getBoolean(2)));
                }
            }
        }
        return states;
    }

    static Connection connect(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(
                address.url(), Database.properties(address, STATEMENT_WAIT));
    }

    /// The error message of PostgreSQL without its detail fields, which may contain rows and
    /// values.
    static String description(SQLException failure) {
        var message = failure instanceof PSQLException own ? own.getServerErrorMessage() : null;
        return (message == null ? "no answer" : "" + message.getMessage())
                + " (SQLSTATE "
                + SqlErrors.state(failure)
                + ").";
    }

    private static String description(IOException failure) {
        return switch (failure) {
            case NoSuchFileException _, FileNotFoundException _ -> "there is no such directory.";
            case FileSystemException refused when refused.getReason() != null ->
                    refused.getReason() + ".";
            default -> failure.getMessage() + ".";
        };
    }

    /// Forces the directory entry to disk.
    private static void forceDirectory(Path folder) throws IOException {
        try (var directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static void delete(@Nullable Path fresh) {
        if (fresh != null) {
            File file = fresh.toFile();
            var _ = file.delete();
        }
    }

    static String size(long bytes) {
        return bytes < 1 << 20
                ? String.format(Locale.ROOT, "%,d bytes", bytes)
                : String.format(Locale.ROOT, "%,.1f MiB", bytes / (double) (1 << 20));
    }

    /// Reports the progress of one table.
    static final class TableProgress {
        private final String table;
        private final Consumer<String> progress;
        private long bytes;

        TableProgress(String table, Consumer<String> progress) {
            this.table = table;
            this.progress = progress;
        }

        void add(long more) {
            if ((bytes + more) / PROGRESS_BYTES > bytes / PROGRESS_BYTES) {
                progress.accept(table + ": " + size(bytes + more) + " so far");
            }
            bytes += more;
        }

        void end(long rows) {
            progress.accept(
                    String.format(Locale.ROOT, "%s: %,d rows, %s", table, rows, size(bytes)));
        }
    }
}
