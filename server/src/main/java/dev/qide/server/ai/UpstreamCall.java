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

/// One call to a provider, and the single place that may end it.
///
/// Cancellation has to reach the provider before the headers, between headers and body, and inside
/// the body. So request and body live in one object: whatever phase [#cancel()] finds, it closes,
/// and what arrives later is closed on arrival. Thread-safe.
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

    /// Sends the request and waits for its headers.
    ///
    /// @throws CancelledException when the call is cancelled before or meanwhile
    /// @throws FailureException `MODEL_UNAVAILABLE` when there is no answer
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
        } catch (TimeoutException late) {
            cancel();
            throw new FailureException(
                    Failure.MODEL_UNAVAILABLE, Map.of("reason", "timeout"), late);
        }
    }

    /// A read of the body failed: because we closed it, or because the provider did.
    RuntimeException readFailed(IOException failure) {
        return unlessCancelled(
                new FailureException(
                        Failure.MODEL_UNAVAILABLE, Map.of("reason", "interrupted"), failure));
    }

    /// Ends the call in whatever phase it is; harmless when it has ended.
    void cancel() {
        InputStream open;
        synchronized (this) {
            cancelled = true;
            if (request != null) {
                // A response that wins the race against this cancellation would leave its
                // connection open.
                var _ =
                        request.whenComplete((response, _) ->
                                closeBody(response == null ? null : response.body()));
                request.cancel(true);
            }
            open = body;
        }
        closeBody(open);
    }

    /// Ends the call because it took too long: its reader is told so.
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
            // The connection is gone already, which is what was wanted.
        }
    }

    /// The reader has gone or asked to stop.
    static final class CancelledException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CancelledException() {
            super("cancelled", null, false, false);
        }
    }
}
