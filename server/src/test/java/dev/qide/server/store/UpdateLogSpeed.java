package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/// Measures group commit: rows per second and latency per row, for many clients that each wait for
/// their last row before they offer the next. Not part of the suite; run it by name: `mvn -pl
/// server -am -Dtest=UpdateLogSpeed -Dsurefire.failIfNoSpecifiedTests=false test`.
final class UpdateLogSpeed {
    private static final int ROW_BYTES = 100;
    private static final int DOCUMENTS = 16;
    private static final long SECONDS = 3;

    @Test
    void figures() throws InterruptedException {
        try (var test = TestDatabase.create();
                var database = new Database(test.address());
                var log = new UpdateLog(database, new Metrics())) {
            var workspaces = new WorkspaceTable(database);
            var workspace = workspaces.findOrCreate("demo");
            long epoch = workspaces.raiseEpoch(workspace);
            var documents = new ArrayList<DocumentId>();
            for (int i = 0; i < DOCUMENTS; i++) {
                documents.add(StoreTest.begin(database, workspace, "file-" + i, epoch).id());
            }
            measure(log, workspace, epoch, documents, 64);
            for (int clients : new int[] {1, 8, 64, 512, 4096}) {
                System.out.println(measure(log, workspace, epoch, documents, clients));
            }
        }
    }

    private static String measure(
            UpdateLog log,
            WorkspaceId workspace,
            long epoch,
            List<DocumentId> documents,
            int clients) {
        var waits = new ConcurrentLinkedQueue<long[]>();
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < clients; client++) {
                var document = documents.get(client % DOCUMENTS);
                var _ =
                        threads.submit(
                                () -> waits.add(client(log, workspace, epoch, document, end)));
            }
        }
        var all = waits.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        assertThat(all).isNotEmpty();
        return "%5d clients: %7d rows/s, p50 %.2f ms, p99 %.2f ms"
                .formatted(
                        clients,
                        all.length / SECONDS,
                        all[all.length / 2] / 1e6,
                        all[(int) (all.length * 0.99)] / 1e6);
    }

    private static long[] client(
            UpdateLog log, WorkspaceId workspace, long epoch, DocumentId document, long end)
            throws InterruptedException {
        var mine = new ArrayList<Long>();
        var committed = new Semaphore(0);
        var outcome =
                new UpdateLog.Outcome() {
                    @Override
                    public void committed() {
                        committed.release();
                    }

                    @Override
                    public void refused(Failure why) {}
                };
        while (System.nanoTime() < end) {
            long begun = System.nanoTime();
            log.offer(new UpdateLog.Row(workspace, epoch, document, new byte[ROW_BYTES], outcome));
            committed.acquire();
            mine.add(System.nanoTime() - begun);
        }
        return mine.stream().mapToLong(Long::longValue).toArray();
    }
}
