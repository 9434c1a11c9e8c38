package dev.qide.server.ai.provider;

import dev.qide.server.ai.CancelledException;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.wire.FailureException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// One HTTP exchange with a provider, and the only place that ends it.
///
/// A cancellation must reach the provider before the headers, between headers and body, and during
/// the body. Therefore one object owns request and body: [#cancel()] closes whatever is open, and a
/// response that arrives later is closed on arrival. A silence longer than allowed also ends the
/// call. Thread-safe.
final class UpstreamCall implements AutoCloseable {
    /// Comments and empty events are signs of life too, so silence alone is no bound.
    private static final Duration LONGEST = Duration.ofHours(1);

    private final HttpClient http;
    private final Scheduler scheduler;
    private final Duration gap;
    private final long latest;
    private boolean isCancelled;
    private boolean isExpired;
    private @Nullable CompletableFuture<HttpResponse<InputStream>> request;
    private @Nullable InputStream body;
    private Scheduler.@Nullable Timer timer;
    private volatile boolean hasReceived;
    private volatile long receivedAt;

    /// Creates a call that has not been sent.
    ///
    /// @param start the maximum wait for the first byte of the body
    /// @param gap the maximum silence after that
    UpstreamCall(HttpClient http, Scheduler scheduler, Duration start, Duration gap) {
        this(http, scheduler, start, gap, LONGEST);
    }

    /// @param longest how long the call may take, whatever is received
    UpstreamCall(
            HttpClient http, Scheduler scheduler, Duration start, Duration gap, Duration longest) {
        this.http = http;
        this.scheduler = scheduler;
        this.gap = gap;
        latest = System.nanoTime() + longest.toNanos();
        receivedAt = System.nanoTime() + start.minus(gap).toNanos();
        timer = scheduler.after(start.compareTo(longest) < 0 ? start : longest, this::inspect);
    }

    /// Sends the request and waits for the response headers.
    ///
    /// @throws CancelledException when the call was or is cancelled
    /// @throws FailureException `MODEL_UNAVAILABLE` when there is no response
    HttpResponse<InputStream> send(HttpRequest request) {
        CompletableFuture<HttpResponse<InputStream>> sent;
        synchronized (this) {
            if (isCancelled) {
                throw isExpired ? ProviderFailures.of("timeout") : new CancelledException(true);
            }
            sent = http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
            this.request = sent;
        }
        try {
            var response = sent.get();
            keep(response.body());
            return response;
        } catch (InterruptedException _) {
            cancel();
            Thread.currentThread().interrupt();
            throw new CancelledException();
        } catch (ExecutionException | CancellationException failure) {
            throw unlessCancelled(ProviderFailures.of("unreachable", failure));
        }
    }

    /// The body, whose reads reset the silence timer.
    InputStream watched(InputStream response) {
        return new FilterInputStream(response) {
            @Override
            public int read() throws IOException {
                int read = super.read();
                noteReceived();
                return read;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int read = super.read(into, offset, length);
                noteReceived();
                return read;
            }
        };
    }

    /// Classifies a failed read of the body: cancelled by the server, silent for too long, or
    /// failed at the provider.
    RuntimeException readFailed(IOException failure) {
        return unlessCancelled(ProviderFailures.of("interrupted", failure));
    }

    /// Ends the call in any phase; later calls have no effect.
    void cancel() {
        InputStream open;
        synchronized (this) {
            isCancelled = true;
            if (timer != null) {
                timer.cancel();
                timer = null;
            }
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

    @Override
    public void close() {
        cancel();
    }

    private void noteReceived() {
        receivedAt = System.nanoTime();
        if (!hasReceived) {
            hasReceived = true;
            synchronized (this) {
                if (timer != null) {
                    timer.cancel();
                    var left = Duration.ofNanos(Math.max(0, latest - System.nanoTime()));
                    timer = scheduler.after(gap.compareTo(left) < 0 ? gap : left, this::inspect);
                }
            }
        }
    }

    /// Ends the call if it has been silent for too long, otherwise schedules the next check.
    private void inspect() {
        long now = System.nanoTime();
        long left = Math.min(receivedAt + gap.toNanos() - now, latest - now);
        synchronized (this) {
            if (isCancelled) {
                return;
            }
            if (left > 0) {
                timer = scheduler.after(Duration.ofNanos(left), this::inspect);
                return;
            }
            isExpired = true;
        }
        // Closing may block briefly, and the timer's thread must not.
        Thread.ofVirtual().name("upstream-expiry").start(this::cancel);
    }

    private synchronized RuntimeException unlessCancelled(FailureException failure) {
        if (isExpired) {
            return ProviderFailures.of("timeout", failure);
        }
        return isCancelled ? new CancelledException() : failure;
    }

    private void keep(InputStream body) {
        synchronized (this) {
            this.body = body;
            if (!isCancelled) {
                return;
            }
        }
        closeBody(body);
        throw unlessCancelled(ProviderFailures.of("timeout"));
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
}
