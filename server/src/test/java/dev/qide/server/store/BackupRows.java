package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.telemetry.Metrics;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/// Rows in every table, for tests that copy a whole database.
final class BackupRows {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private BackupRows() {}

    /// Adds them.
    static void fill(TestDatabase test) throws Exception {
        try (var database = new Database(test.address());
                var log = new UpdateLog(database, new Metrics())) {
            var workspaces = new WorkspaceTable(database);
            workspaces.findOrCreate("other \u00FC \\N\t\n");
            var workspace = workspaces.findOrCreate("demo");
            long epoch = workspaces.raiseEpoch(workspace);
            var document = StoreTest.begin(database, workspace, "main.py", epoch);
            for (int bytes : new int[] {1, 150_000}) {
                var heard = new UpdateLogTest.RecordingOutcome();
                log.offer(new UpdateLog.Row(workspace, epoch, document.id(), bytes(bytes), heard));
                assertThat(heard.await()).isEqualTo("committed");
            }
            var tree = new FileTreeTable(database);
            tree.claim(workspace, epoch);
            new BlobTable(database)
                    .put(workspace, epoch, List.of(new BlobTable.Chunk("ab", 0, false, bytes(9))));
            tree.apply(
                    workspace,
                    epoch,
                    new FileTreeTable.Change(
                            List.of(
                                    new FileTreeTable.Entry(
                                            "a \u00FC.bin",
                                            FileTreeTable.Kind.FILE,
                                            0644,
                                            9,
                                            1,
                                            "ab")),
                            List.of(),
                            Set.of()));
            var _ =
                    new TeamChatTable(database)
                            .add(
                                    workspace,
                                    new TeamChatTable.Draft(
                                            UUID.randomUUID(), "Ann", "hello \u00FC\n", "a"),
                                    9);
            new StatusTable(database)
                    .add(
                            List.of(
                                    new StatusTable.ComponentDay(
                                            LocalDate.of(2026, 11, 28), "server", 9, 1, 0)));
            new IncidentTable(database)
                    .create(
                            new IncidentTable.Incident(
                                    UUID.randomUUID(),
                                    "Slow",
                                    NOW,
                                    List.of(new IncidentTable.Update(NOW, "RESOLVED", "x\n"))));
            var models = new ModelTable(database);
            models.put(new ModelTable.Entry("large", "{}"));
            models.setLocalOnly(workspace, true);
            new DisplayNameTable(database).set(UUID.randomUUID(), "Ann \u00FC");
            var _ =
                    new SettingTable(database)
                            .change(
                                    UUID.randomUUID(),
                                    settings -> {
                                        settings.put("settings.json", bytes(9));
                                        return settings.all();
                                    });
            new UsageTable(database)
                    .add(
                            List.of(
                                    new UsageTable.Sum(
                                            new UsageTable.Subject(
                                                    LocalDate.of(2026, 11, 28),
                                                    UUID.randomUUID(),
                                                    "home",
                                                    "demo",
                                                    "large",
                                                    "chat",
                                                    false),
                                            1,
                                            2,
                                            3,
                                            4,
                                            new UsageTable.Suggested(6, 5))));
            var _ =
                    new ConversationTable(database)
                            .create(
                                    new ConversationTable.StoredConversation(
                                            UUID.randomUUID(),
                                            UUID.randomUUID(),
                                            workspace,
                                            "Why?",
                                            "[{\"role\": \"user\"}]",
                                            NOW));
            new TokenTable(database)
                    .create(
                            new TokenTable.Token(
                                    UUID.randomUUID(),
                                    bytes(32),
                                    UUID.randomUUID(),
                                    "Ben",
                                    "VIEWER",
                                    Set.of("READ"),
                                    NOW,
                                    null,
                                    null),
                            10);
            var person = UUID.randomUUID();
            var home = OrganisationId.HOME.value();
            new PeopleTable(database)
                    .decide(people -> {
                        people.createPerson(person, "Ann", NOW);
                        var account =
                                new PeopleTable.Account("github", "1", "ann@example.org", NOW);
                        people.join(OrganisationId.HOME, person, "OWNER", account);
                        people.link(account, person);
                        people.invite(
                                new PeopleTable.Invitation(
                                        UUID.randomUUID(), home, "VIEWER", person, NOW, NOW),
                                bytes(32));
                        return true;
                    });
            new LoginTable(database)
                    .createByAccount(
                            new LoginTable.AccountLogin(
                                    bytes(32), person, "github", "1", "Firefox", NOW, NOW));
            new SealedSecretTable(database)
                    .put(
                            "person:ben",
                            "model-key",
                            () -> new SealedSecretTable.Sealed("k1", bytes(40)));
        }
        test.awaitUnused();
    }

    static byte[] bytes(int length) {
        var bytes = new byte[length];
        // Few values, so that the file is small and every byte can be tried.
        var random = new Random(length);
        for (int i = 0; i < Math.min(length, 40); i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }
}
