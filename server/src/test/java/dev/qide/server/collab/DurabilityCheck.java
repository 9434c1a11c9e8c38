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

/// Compares the clients' records of received messages (`wire.mjs`) with the rows in the database.
///
/// Every update that a client received must be in the rows. An acknowledgement does not name its
/// message, so of the messages that it may refer to, at least as many must be in the rows as were
/// acknowledged.
final class DurabilityCheck {
    private final IdCoverage rows;
    private final List<String> missing = new ArrayList<>();
    private long shown;
    private long acknowledged;

    /// The numbers of compared messages.
    record Figures(long shown, long acknowledged) {
        Figures plus(Figures other) {
            return new Figures(shown + other.shown, acknowledged + other.acknowledged);
        }
    }

    private DurabilityCheck(IdCoverage rows) {
        this.rows = rows;
    }

    /// Fails when an update that clients received or that was acknowledged is not in the database.
    static Figures check(Path record, DatabaseAddress database) throws IOException {
        var durabilityCheck = new DurabilityCheck(rows(database));
        durabilityCheck.read(Files.readAllLines(record));
        assertThat(durabilityCheck.missing)
                .as("received or acknowledged, but not in the database (%s)", record)
                .isEmpty();
        return new Figures(durabilityCheck.shown, durabilityCheck.acknowledged);
    }

    /// The ids in all rows from which documents are loaded, without history.
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
            throw new AssertionError("reading the rows failed", failure);
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

    /// The messages between two step 1 of a client.
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
