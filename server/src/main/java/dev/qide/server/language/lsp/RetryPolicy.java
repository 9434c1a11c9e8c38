package dev.qide.server.language.lsp;

import dev.qide.server.language.LspMethod;
import dev.qide.wire.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Decides about the pending requests of a server that ended.
///
/// A request is sent to the next server once more if the client cannot tell the difference: it only
/// reads (a command may have been half executed); it is self-contained (resolving an item, a call
/// hierarchy or a delta refers to the ended server's state); and the texts are unchanged. If a text
/// changed, the client gets `ContentModified` and may ask again. A request is sent to at most two
/// servers.
final class RetryPolicy {
    private RetryPolicy() {}

    /// Selects the requests to send again.
    ///
    /// @param interrupted the pending requests, in order
    /// @param revision the current revision of the documents
    /// @param fail answers a request that is not sent again, by its client id
    static List<PendingMessages.Waiting> repeated(
            List<OutstandingRequests.Sent> interrupted,
            long revision,
            BiConsumer<String, Failure> fail) {
        var again = new ArrayList<PendingMessages.Waiting>();
        for (var sent : interrupted) {
            var failure = failure(sent, revision);
            var message = sent.message();
            if (failure == null && message != null) {
                again.add(new PendingMessages.Waiting(sent.envelope(), message));
            } else {
                fail.accept(
                        sent.request().clientId(),
                        failure == null ? Failure.LANGUAGE_STOPPED : failure);
            }
        }
        return again;
    }

    /// @param revision the current revision of the documents
    /// @return the failure to answer; null to send it again
    static @Nullable Failure failure(OutstandingRequests.Sent sent, long revision) {
        boolean canRepeat =
                sent.message() != null
                        && sent.times() < 2
                        && LspMethod.named(String.valueOf(sent.envelope().method())).isRepeatable();
        if (!canRepeat) {
            return Failure.LANGUAGE_STOPPED;
        }
        return sent.revision() == revision ? null : Failure.CONTENT_MODIFIED;
    }
}
