package dev.qide.server.session;

import dev.qide.server.files.FileSync;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.wire.FailureException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Delays notifications after which a language server reads the file (`didSave`, `didClose`) until
/// the file has the document's text.
final class FlushBeforeNotify {
    private static final Logger LOG = LoggerFactory.getLogger(FlushBeforeNotify.class);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private FlushBeforeNotify() {}

    /// Waits for the file, on the session's thread and for at most five seconds.
    ///
    /// @param uri of the document; null for none
    static void await(FileSync sync, Editor editor, ClientRoot root, @Nullable String uri) {
        var path = uri == null ? null : root.pathOf(uri);
        if (path == null) {
            return;
        }
        try {
            var workspace = editor.workspaceId();
            if (!sync.awaitSynced(workspace, path, LONGEST) && !sync.isFailing(workspace, path)) {
                LOG.atWarn()
                        .addKeyValue("event.action", "session.flush_timed_out")
                        .addKeyValue("workspace", workspace)
                        .log("notifying a language server of a file that is not written yet");
            }
        } catch (FailureException _) {
            // Not a path of a file: nothing to wait for.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
