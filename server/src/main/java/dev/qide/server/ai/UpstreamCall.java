package dev.qide.server.ai;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// One call to a provider, and the only place that ends it.
///
/// A cancellation must reach the provider before the headers, between headers and body, and during
/// the body. One object therefore owns request and body: [#cancel()] closes whatever is open, and a
/// response that arrives later is closed on arrival. Thread-safe.
final class UpstreamCall {
    private static final Duration HEADERS_TIMEOUT = Duration.ofSeconds(20);

    private final HttpClient http;
    private boolean cancelled;
    private boolean expired;
    private @Nullable CompletableFuture<HttpResponse<InputStream>> request;
    private @Nullable InputStream body;

    UpstreamCall(HttpClient http) {
        this.http = http;
    }

    /// Sends the request and waits for the response headers.
    ///
    /// @throws CancelledException when the call was or is cancelled
    /// @throws FailureException `MODEL_UNAVAILABLE` when there is no response
    HttpResponse<InputStream> send(HttpRequest request) {
        CompletableFuture<HttpResponse<InputStream>> sent;
        synchronized (this) {
            if (cancelled) {
                throw new CancelledException();
            }
            sent = http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
            this.request = sent;
        }
        try {
            var response = sent.get(HEADERS_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            keep(response.body());
            return response;
        } catch (InterruptedException _) {
            cancel();
            Thread.currentThread().interrupt();
            throw new CancelledException();
        } catch (ExecutionException | java.util.concurrent.CancellationException failure) {
            throw unlessCancelled(
                    new FailureException(
                            Failure.MODEL_UNAVAILABLE, Map.of("reason", "unreachable"), failure));
        } catch (TimeoutException timeout) {
            cancel();
            throw new FailureException(
                    Failure.MODEL_UNAVAILABLE, Map.of("reason", "timeout"), timeout);
        }
    }

    /// Classifies a failed read of the body: cancelled by us, or failed at the provider.
    RuntimeException readFailed(IOException failure) {
        return unlessCancelled(
                new FailureException(
                        Failure.MODEL_UNAVAILABLE, Map.of("reason", "interrupted"), failure));
    }

    /// Ends the call in any phase; does nothing after the end.
    void cancel() {
        InputStream open;
        synchronized (this) {
            cancelled = true;
            if (request != null) {
                // A response that arrives during the cancellation would leave its connection open.
                var _ =
                        request.whenComplete((response, _) ->
                                closeBody(response == null ? null : response.body()));
                request.cancel(true);
            }
            open = body;
        }
        closeBody(open);
    }

    /// Ends the call because it timed out; its reader receives that failure.
    void expire() {
        synchronized (this) {
            expired = !cancelled;
        }
        cancel();
    }

    private synchronized RuntimeException unlessCancelled(FailureException failure) {
        if (expired) {
            return new FailureException(
                    Failure.MODEL_UNAVAILABLE, Map.of("reason", "timeout"), failure);
        }
        return cancelled ? new CancelledException() : failure;
    }

    private void keep(InputStream body) {
        synchronized (this) {
            this.body = body;
            if (!cancelled) {
                return;
            }
        }
        closeBody(body);
        throw new CancelledException();
    }

    private static void closeBody(@Nullable InputStream body) {
        if (body == null) {
            return;
        }
        try {
            body.close();
        } catch (IOException _) {
            // The connection is already closed.
        }
    }

    /// The call was cancelled.
    static final class CancelledException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CancelledException() {
            super("cancelled", null, false, false);
        }
    }
}
