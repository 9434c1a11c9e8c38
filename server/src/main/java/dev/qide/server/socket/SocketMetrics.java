package dev.qide.server.socket;

import dev.qide.server.watch.Metrics;
import java.util.function.DoubleSupplier;

/// What the transport counts. Thread-safe.
final class SocketMetrics {
    private final Metrics.Level open;
    private final Metrics.Count opened;
    private final Metrics.LabelledCount closed;
    private final Metrics.LabelledCount refused;
    private final Metrics.LabelledCount aborted;
    private final Metrics.LabelledCount received;
    private final Metrics.Count receivedBytes;
    private final Metrics.Count sent;
    private final Metrics.Count sentBytes;
    private final Metrics.LabelledCount requests;
    private final Metrics.Duration requestSeconds;
    private final Metrics.Count acceptFailures;
    private final Metrics metrics;

    SocketMetrics(Metrics metrics) {
        this.metrics = metrics;
        open = metrics.level("qide_socket_open_sockets", "Open WebSockets");
        opened = metrics.count("qide_socket_opened_total", "WebSockets that were opened");
        closed = metrics.count("qide_socket_closed_total", "WebSockets that ended", "code");
        refused =
                metrics.count(
                        "qide_socket_refused_total", "Handshakes that were refused", "failure");
        aborted = metrics.count("qide_socket_aborted_total", "Connections aborted", "cause");
        received = metrics.count("qide_socket_received_total", "Messages received", "kind");
        receivedBytes = metrics.count("qide_socket_received_bytes_total", "Bytes received");
        sent = metrics.count("qide_socket_sent_total", "Frames sent");
        sentBytes = metrics.count("qide_socket_sent_bytes_total", "Bytes sent");
        requests = metrics.count("qide_socket_requests_total", "HTTP requests", "status");
        acceptFailures =
                metrics.count(
                        "qide_socket_accept_failures_total", "Connections that were not accepted");
        requestSeconds =
                metrics.duration("qide_socket_request_seconds", "Duration of HTTP requests");
    }

    void watchConnections(DoubleSupplier now) {
        metrics.level("qide_socket_connections", "Accepted TCP connections", now);
    }

    void watchInputBytes(DoubleSupplier now) {
        metrics.level("qide_socket_input_buffer_bytes", "Bytes held in input buffers", now);
    }

    void watchQueuedBytes(DoubleSupplier now) {
        metrics.level("qide_socket_queued_bytes", "Bytes waiting in outgoing queues", now);
    }

    void watchCertificate(DoubleSupplier secondsLeft) {
        metrics.level(
                "qide_socket_certificate_seconds", "Time left of the certificate", secondsLeft);
    }

    void watchReadAhead(DoubleSupplier now) {
        metrics.level("qide_socket_read_ahead_bytes", "Bytes of HTTP read and not used yet", now);
    }

    void acceptFailed() {
        acceptFailures.increment();
    }

    void opened() {
        opened.increment();
        open.move(1);
    }

    void closed(int code) {
        open.move(-1);
        closed.increment(
                switch (code) {
                    case 1000, 1001, 1002, 1006, 1007, 1008, 1009, 1011, 1013 ->
                            Integer.toString(code);
                    default -> "other";
                });
    }

    void refused(String failure) {
        refused.increment(failure);
    }

    /// @param cause from a closed set of words
    void aborted(String cause) {
        aborted.increment(cause);
    }

    void received(String kind) {
        received.increment(kind);
    }

    void receivedBytes(long bytes) {
        receivedBytes.add((double) bytes);
    }

    void sent(int frames, long bytes) {
        sent.add(frames);
        sentBytes.add((double) bytes);
    }

    void answered(int status, long nanos) {
        requests.increment(status / 100 + "xx");
        requestSeconds.recordNanos(nanos);
    }
}
