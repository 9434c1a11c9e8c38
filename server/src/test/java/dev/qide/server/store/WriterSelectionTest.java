package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Await;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Which writer of the update log gets a row.
class WriterSelectionTest {
    private static final WorkspaceId WORKSPACE = new WorkspaceId(UUID.randomUUID());

    private final RowQueue first = new RowQueue();
    private final RowQueue second = new RowQueue();
    private final WriterSelection selection = new WriterSelection(List.of(first, second));

    @Test
    void few_rows_go_to_one_writer() {
        for (int i = 0; i < WriterSelection.BUSY_ROWS; i++) {
            assertThat(selection.offer(row(document()))).isTrue();
        }
        assertThat(first.rows()).isEqualTo(WriterSelection.BUSY_ROWS);
        assertThat(second.rows()).isZero();
    }

    @Test
    void the_second_writer_helps_a_busy_one() {
        for (int i = 0; i < 4 * WriterSelection.BUSY_ROWS; i++) {
            assertThat(selection.offer(row(document()))).isTrue();
        }
        assertThat(first.rows()).isEqualTo(second.rows());
    }

    @Test
    void the_second_writer_replaces_one_whose_commit_takes_long() {
        assertThat(selection.offer(row(document()))).isTrue();
        var stuck = first.next();
        Await.await(() -> first.batchTime().compareTo(WriterSelection.SLOW_BATCH) > 0);
        assertThat(selection.offer(row(document()))).isTrue();
        assertThat(second.rows()).isOne();

        // Also if the second one is busy, and has more rows.
        for (int i = 0; i < 2 * WriterSelection.BUSY_ROWS; i++) {
            assertThat(selection.offer(row(document()))).isTrue();
        }
        assertThat(first.rows()).isOne();

        first.settled(stuck);
        assertThat(selection.offer(row(document()))).isTrue();
        assertThat(first.rows()).isOne();
    }

    @Test
    void rows_of_a_document_stay_with_its_writer_until_they_are_settled() {
        var document = document();
        assertThat(selection.offer(row(document))).isTrue();
        for (int i = 0; i < WriterSelection.BUSY_ROWS; i++) {
            assertThat(selection.offer(row(document()))).isTrue();
        }
        assertThat(selection.offer(row(document))).isTrue();
        assertThat(second.rows()).isOne();
        settle(first);
        settle(second);
        assertThat(selection.offer(row(document))).isTrue();
        assertThat(first.rows()).isOne();
        assertThat(second.rows()).isZero();
    }

    @Test
    void a_refused_row_binds_nothing() {
        var document = document();
        first.close();
        assertThat(selection.offer(row(document))).isFalse();
        assertThat(selection.offer(row(document))).isFalse();
        assertThat(first.rows()).isZero();
        assertThat(selection.documents()).isZero();
    }

    private void settle(RowQueue queue) {
        var rows = queue.next();
        queue.settled(rows);
        rows.forEach(selection::settled);
    }

    private static DocumentId document() {
        return new DocumentId(UUID.randomUUID());
    }

    private static UpdateLog.Row row(DocumentId document) {
        return UnusedRows.of(WORKSPACE, document);
    }
}
