package dev.qide.server.transport;

import dev.qide.server.telemetry.Metrics;
import java.util.function.DoubleSupplier;

/// The metrics of the transport. Thread-safe.
public final class TransportMetrics {
    private final Metrics.Gauge open;
    private final Metrics.Counter opened;
    private final Metrics.LabelledCounter closed;
    private final Metrics.LabelledCounter refused;
    private final Metrics.LabelledCounter aborted;
    private final Metrics.LabelledCounter received;
    private final Metrics.Counter receivedBytes;
    private final Metrics.Counter sent;
    private final Metrics.Counter sentBytes;
    private final Metrics.Counter deliveries;
    private final Metrics.Counter delivered;
    private final Metrics.LabelledCounter requests;
    private final Metrics.Histogram requestSeconds;
    private final Metrics.Counter acceptFailures;
    private final Metrics metrics;

    TransportMetrics(Metrics metrics) {
        this.metrics = metrics;
        open = metrics.gauge("qide_transport_open_sockets", "Open WebSockets.");
        opened = metrics.counter("qide_transport_opened_total", "WebSockets that were opened.");
        closed =
                metrics.counter(
                        "qide_transport_closed_total",
                        "WebSockets that ended, by close code.",
                        "code");
        refused =
                metrics.counter(
                        "qide_transport_refused_total",
                        "Handshakes that were refused, by failure.",
                        "failure");
        aborted =
                metrics.counter(
                        "qide_transport_aborted_total",
                        "Connections that the server aborted, by cause.",
                        "cause");
        received =
                metrics.counter(
                        "qide_transport_received_total",
                        "WebSocket messages received, by kind.",
                        "kind");
        receivedBytes =
                metrics.counter(
                        "qide_transport_received_bytes_total",
                        "Bytes of WebSocket messages received.");
        sent = metrics.counter("qide_transport_sent_total", "WebSocket frames sent.");
        sentBytes =
                metrics.counter(
                        "qide_transport_sent_bytes_total", "Bytes of WebSocket frames sent.");
        deliveries =
                metrics.counter(
                        "qide_transport_deliveries_total",
                        "Frames sent once to another server for several of its clients.");
        delivered =
                metrics.counter(
                        "qide_transport_delivered_total",
                        "Deliveries of those frames to clients of other servers.");
        requests =
                metrics.counter(
                        "qide_transport_requests_total",
                        "HTTP requests other than health checks and scrapes, by status class.",
                        "status");
        acceptFailures =
                metrics.counter(
                        "qide_transport_accept_failures_total",
                        "Connections that were not accepted.");
        requestSeconds =
                metrics.histogram(
                        "qide_transport_request_seconds",
                        "Duration of HTTP requests other than health checks and scrapes, from the"
                                + " head to the end of the answer.");
    }

    void watchConnections(DoubleSupplier now) {
        metrics.gauge("qide_transport_connections", "Accepted TCP connections.", now);
    }

    /// Registers the gauge of the bytes in all sockets' input buffers.
    public void watchInputBytes(DoubleSupplier now) {
        metrics.gauge("qide_transport_input_buffer_bytes", "Bytes held in input buffers.", now);
    }

    /// Registers the gauge of the bytes in all sockets' outgoing queues.
    public void watchQueuedBytes(DoubleSupplier now) {
        metrics.gauge("qide_transport_queued_bytes", "Bytes waiting in outgoing queues.", now);
    }

    void watchCertificate(DoubleSupplier secondsLeft) {
        metrics.gauge(
                "qide_transport_certificate_seconds",
                "Time until the TLS certificate expires; +Inf without TLS.",
                secondsLeft);
    }

    /// Registers the gauge of the bytes of HTTP requests that were read but not processed.
    public void watchReadAhead(DoubleSupplier now) {
        metrics.gauge(
                "qide_transport_read_ahead_bytes",
                "Bytes of HTTP requests read but not processed yet.",
                now);
    }

    void acceptFailed() {
        acceptFailures.increment();
    }

    /// Counts an opened WebSocket.
    public void opened() {
        opened.increment();
        open.add(1);
    }

    /// Counts a closed WebSocket.
    ///
    /// @param code the status code of the close frame (RFC 6455, section 7.4)
    public void closed(int code) {
        open.add(-1);
        closed.increment(
                switch (code) {
                    case 1000, 1001, 1002, 1006, 1007, 1008, 1009, 1011, 1013 ->
                            Integer.toString(code);
                    default -> "other";
                });
    }

    /// Counts a refused handshake.
    ///
    /// @param failure from a closed set of words
    public void refused(String failure) {
        refused.increment(failure);
    }

    /// @param cause from a closed set of words
    public void aborted(String cause) {
        aborted.increment(cause);
    }

    /// Counts a received message.
    ///
    /// @param kind `text` or `binary`
    public void received(String kind) {
        received.increment(kind);
    }

    /// Counts the bytes of received frames.
    public void receivedBytes(long bytes) {
        receivedBytes.add((double) bytes);
    }

    /// Counts sent frames and their bytes.
    public void sent(int frames, long bytes) {
        sent.add(frames);
        sentBytes.add((double) bytes);
    }

    /// A frame was sent once to another server.
    public void delivered(int clients) {
        deliveries.increment();
        delivered.add(clients);
    }

    /// Counts an HTTP response and records its duration, from the request's head to its end.
    public void answered(int status, long nanos) {
        requests.increment(status / 100 + "xx");
        requestSeconds.recordNanos(nanos);
    }
}
