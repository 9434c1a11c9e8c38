package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.store.DatabaseAddress;
import dev.qide.yjs.UpdateHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What clients wrote down of what they were told (`wire.mjs`), held against the rows.
///
/// Everything that a client was shown has to be there. Of the messages that an acknowledgement may
/// stand for, at least so many have to be there as were acknowledged: an acknowledgement does not
/// say which message it answers.
final class Evidence {
    private final IdCoverage rows;
    private final List<String> missing = new ArrayList<>();
    private long shown;
    private long acknowledged;

    /// How much was held against the rows.
    record Figures(long shown, long acknowledged) {
        Figures plus(Figures other) {
            return new Figures(shown + other.shown, acknowledged + other.acknowledged);
        }
    }

    private Evidence(IdCoverage rows) {
        this.rows = rows;
    }

    /// Fails when something that clients were told is not in the database.
    static Figures check(Path record, DatabaseAddress database) throws IOException {
        var evidence = new Evidence(rows(database));
        evidence.read(Files.readAllLines(record));
        assertThat(evidence.missing)
                .as("told to clients and not in the database (%s)", record)
                .isEmpty();
        return new Figures(evidence.shown, evidence.acknowledged);
    }

    /// All rows of all documents that they are loaded from; history does not count.
    private static IdCoverage rows(DatabaseAddress database) {
        var coverage = new IdCoverage();
        try (var connection =
                        DriverManager.getConnection(
                                database.url(), database.user(), database.password());
                var query = connection.prepareStatement("SELECT data FROM document_updates");
                var found = query.executeQuery()) {
            while (found.next()) {
                coverage.add(UpdateHeader.read(found.getBytes(1)));
            }
        } catch (SQLException failure) {
            throw new AssertionError("the rows cannot be read", failure);
        }
        return coverage;
    }

    private void read(List<String> lines) {
        @Nullable Handshake handshake = null;
        for (var line : lines) {
            var words = line.split(" ", -1);
            switch (words[0]) {
                case "shown" -> {
                    shown++;
                    if (!rows.covers(header(words[1]))) {
                        missing.add("shown: " + words[1]);
                    }
                }
                case "acknowledged" -> {
                    close(handshake);
                    handshake = new Handshake(words[2], Integer.parseInt(words[1]));
                }
                case "sent" -> {
                    if (handshake != null && rows.covers(header(words[1]))) {
                        handshake.stored++;
                    }
                }
                default -> {
                    // An empty record is an empty line.
                }
            }
        }
        close(handshake);
    }

    private void close(@Nullable Handshake handshake) {
        if (handshake == null) {
            return;
        }
        acknowledged += handshake.acknowledged;
        if (handshake.stored < handshake.acknowledged) {
            missing.add(
                    "%s: %d messages acknowledged, %d stored"
                            .formatted(handshake.who, handshake.acknowledged, handshake.stored));
        }
    }

    private static UpdateHeader header(String update) {
        return UpdateHeader.read(Base64.getDecoder().decode(update));
    }

    /// One conversation, from a client's step 1 to the next.
    private static final class Handshake {
        private final String who;
        private final int acknowledged;
        private int stored;

        Handshake(String who, int acknowledged) {
            this.who = who;
            this.acknowledged = acknowledged;
        }
    }
}
