package dev.qide.server.transport.http;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import java.util.Map;

/// What the web server itself refuses, before any endpoint: the same JSON shape, no version, no
/// message of the library.
final class FailurePage implements DirectHandler {
    @Override
    public TransportResponse handle(
            TransportRequest request,
            EventType event,
            Status status,
            ServerResponseHeaders headers,
            String message) {
        var failure =
                switch (status.code()) {
                    case 404 -> Failure.METHOD_NOT_FOUND;
                    case 413 -> Failure.MESSAGE_TOO_LARGE;
                    case 503 -> Failure.SERVER_CANCELLED;
                    default -> status.code() < 500 ? Failure.INVALID_REQUEST : Failure.INTERNAL;
                };
        return TransportResponse.builder()
                .status(status)
                .headers(headers)
                .header(HeaderNames.CONTENT_TYPE, FailureBody.MEDIA_TYPE)
                .keepAlive(false)
                .entity(new FailureBody(failure, Map.of()).toJson())
                .build();
    }
}
