package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.StateVector;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The socket's reader looks client ids up; the document's thread only reads the answers.
final class GenesisRegistryTest {
    private static final long FIRST = Genesis.FIRST_AUTHOR;

    private TestDatabase test;
    private Database database;
    private GenesisRegistry registry;
    private WorkspaceId workspace;

    @BeforeEach
    void open() throws Exception {
        test = TestDatabase.create();
        database = new Database(test.address());
        registry = new GenesisRegistry(new DocumentTable(database));
        workspace = new WorkspaceTable(database).findOrCreate("demo");
    }

    @AfterEach
    void close() {
        database.close();
        test.close();
    }

    @Test
    void the_thread_of_a_document_reads_the_answers_without_the_database() {
        var stored =
                new StoredDocument(
                        new DocumentId(UUID.randomUUID()), workspace, "a.py", "first", FIRST);
        var guard = new GenesisGuard(registry, new LiveDocument(stored, List.of()));
        registry.lookUp(workspace, List.of(FIRST + 1));
        database.close();

        assertThat(guard.refusalOf(vector(FIRST))).isEqualTo(Failure.DOCUMENT_REPLACED);
        assertThat(guard.refusalOf(vector(FIRST + 1))).isNull();
        assertThat(guard.refusalOf(vector(FIRST + 2))).isEqualTo(Failure.DOCUMENT_UNAVAILABLE);
        assertThatThrownBy(() -> registry.lookUp(workspace, List.of(FIRST + 2)))
                .isInstanceOf(FailureException.class);
    }

    @Test
    void an_answer_stays_while_as_many_others_follow_as_a_map_holds() {
        registry.lookUp(workspace, List.of(FIRST));
        lookUp(1, GenesisRegistry.ANSWERS_PER_MAP);
        assertThat(registry.find(workspace, FIRST)).isFalse();
        lookUp(GenesisRegistry.ANSWERS_PER_MAP, 2 * GenesisRegistry.ANSWERS_PER_MAP + 1);
        assertThat(registry.find(workspace, FIRST)).isNull();
        lookUp(0, 1);
        assertThat(registry.find(workspace, FIRST)).isFalse();
    }

    private void lookUp(int from, int to) {
        for (int first = from; first < to; first += GenesisRegistry.IDS_PER_MESSAGE) {
            int end = Math.min(to, first + GenesisRegistry.IDS_PER_MESSAGE);
            registry.lookUp(
                    workspace, LongStream.range(FIRST + first, FIRST + end).boxed().toList());
        }
    }

    private static StateVector vector(long client) {
        return StateVector.of(Map.of(client, 1L));
    }
}
