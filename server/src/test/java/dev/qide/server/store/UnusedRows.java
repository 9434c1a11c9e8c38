package dev.qide.server.store;

import dev.qide.wire.Failure;

/// Rows for tests that commit nothing.
final class UnusedRows {
    private UnusedRows() {}

    /// A row of two bytes, whose outcome must not be reported.
    static UpdateLog.Row of(WorkspaceId workspace, DocumentId document) {
        return new UpdateLog.Row(workspace, 1, document, new byte[] {0, 0}, new Unused());
    }

    private static final class Unused implements UpdateLog.Outcome {
        @Override
        public void committed() {
            throw new AssertionError("nothing commits here");
        }

        @Override
        public void refused(Failure why) {
            throw new AssertionError("nothing is refused here");
        }
    }
}
