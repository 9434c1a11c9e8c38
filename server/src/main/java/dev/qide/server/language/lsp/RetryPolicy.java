package dev.qide.server.language.lsp;

import dev.qide.server.language.LspMethod;
import dev.qide.wire.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// What becomes of a request that was under way when its server ended.
///
/// It is sent again to the next server, once, if nobody can tell the difference: it only reads (a
/// command may have been half done), everything that it means is in itself (what completes an item,
/// a call hierarchy or a delta refers to something that the dead server knew), and the texts are
/// those it was asked about. Whoever asked about a text that has changed meanwhile is told so and
/// asks again. A request that two servers have died of is not sent a third time.
final class RetryPolicy {
    private RetryPolicy() {}

    /// The requests that are sent again.
    ///
    /// @param interrupted the requests under way, in their order
    /// @param revision of the documents, now
    /// @param fail answers a request, by its client id, that is not sent again
    static List<WaitingMessages.Waiting> repeated(
            List<OutstandingRequests.Sent> interrupted,
            long revision,
            BiConsumer<String, Failure> fail) {
        var again = new ArrayList<WaitingMessages.Waiting>();
        for (var sent : interrupted) {
            var failure = failure(sent, revision);
            var message = sent.message();
            if (failure == null && message != null) {
                again.add(new WaitingMessages.Waiting(sent.envelope(), message));
            } else {
                fail.accept(
                        sent.request().clientId(),
                        failure == null ? Failure.LANGUAGE_STOPPED : failure);
            }
        }
        return again;
    }

    /// @param revision of the documents, now
    /// @return what to answer; null to send it again
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
