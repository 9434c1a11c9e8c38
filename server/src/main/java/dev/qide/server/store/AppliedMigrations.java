package dev.qide.server.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32;

/// Whether a database has exactly the migrations of this version, so that Flyway need not be
/// loaded: it takes a fifth of the time of a start.
///
/// When in doubt the answer is no, and Flyway decides.
final class AppliedMigrations {
    private static final String FOLDER = "db/migration/";
    private static final String SUFFIX = ".sql";

    private AppliedMigrations() {}

    /// A migration as Flyway records it; the checksum is its CRC-32 of the lines.
    private record Migration(String script, int checksum) {}

    /// Blocks.
    static boolean areThoseOf(DatabaseAddress address, Duration answerWait) {
        try (var connection =
                        DriverManager.getConnection(
                                address.url(), Database.properties(address, answerWait));
                var query =
                        connection.prepareStatement(
                                "SELECT script, checksum, success FROM flyway_schema_history")) {
            var applied = new HashSet<Migration>();
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    if (!rows.getBoolean("success")) {
                        return false;
                    }
                    applied.add(new Migration(rows.getString("script"), rows.getInt("checksum")));
                }
            }
            return applied.equals(ofThisVersion());
        } catch (SQLException | IOException _) {
            return false;
        }
    }

    private static Set<Migration> ofThisVersion() throws IOException {
        var migrations = new HashSet<Migration>();
        for (var script : scripts()) {
            migrations.add(new Migration(script, checksum(script)));
        }
        return migrations;
    }

    private static List<String> scripts() throws IOException {
        var folder = Database.class.getResource("/" + FOLDER);
        if (folder == null) {
            throw new IOException("missing from the class path: " + FOLDER);
        }
        if (folder.openConnection() instanceof JarURLConnection file) {
            file.setUseCaches(false);
            try (var jar = file.getJarFile()) {
                return jar.stream()
                        .map(entry -> entry.getName())
                        .filter(name -> name.startsWith(FOLDER) && name.endsWith(SUFFIX))
                        .map(name -> name.substring(FOLDER.length()))
                        .toList();
            }
        }
        try (var files = Files.list(Path.of(folder.toURI()))) {
            return files.map(file -> "" + file.getFileName())
                    .filter(name -> name.endsWith(SUFFIX))
                    .toList();
        } catch (URISyntaxException failure) {
            throw new IOException(failure);
        }
    }

    private static int checksum(String script) throws IOException {
        var checksum = new CRC32();
        var stream =
                Objects.requireNonNull(Database.class.getResourceAsStream("/" + FOLDER + script));
        try (var lines =
                new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                checksum.update(line.getBytes(StandardCharsets.UTF_8));
            }
        }
        return (int) checksum.getValue();
    }
}
