package dev.qide.server.api;

import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.server.transport.HttpHandler.Writer;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/// Bounds how many requests of one person an endpoint answers at the same time. A slot is used
/// until the endpoint has answered; for a streamed response, until it is sent.
final class PerPersonConcurrency {
    private PerPersonConcurrency() {}

    /// @param person the person's id
    /// @throws FailureException `TOO_MANY_REQUESTS` when the person uses all slots
    static Answer answer(
            PerPrincipalLimit limit,
            String person,
            HttpEndpoints.Exchange exchange,
            HttpEndpoints.Handler handler)
            throws IOException, InterruptedException {
        var slot = limit.tryAcquire(person);
        if (slot == null) {
            throw new FailureException(
                    Failure.TOO_MANY_REQUESTS,
                    Map.of("reason", "at-once", "limit", "" + limit.permits()));
        }
        boolean isStreamed = false;
        try {
            var answer = handler.answer(exchange);
            isStreamed = answer.content() instanceof Content.Stream;
            return answer.content() instanceof Content.Stream(var mediaType, var writer)
                    ? answer.with(new Content.Stream(mediaType, new SlotWriter(writer, slot)))
                    : answer;
        } finally {
            if (!isStreamed) {
                slot.close();
            }
        }
    }

    /// Releases the slot when the response is sent or abandoned.
    private record SlotWriter(Writer writer, PerPrincipalLimit.Permit slot) implements Writer {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            writer.writeTo(out);
        }

        @Override
        public void close() throws IOException {
            slot.close();
            writer.close();
        }
    }
}
