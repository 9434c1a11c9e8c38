package dev.qide.server.nodes;

import dev.qide.server.telemetry.Metrics;

/// Counts what is forwarded to other nodes. Thread-safe.
final class ForwardingMetrics implements NodeConnection.Traffic {
    private final Metrics.LabelledCounter requests;
    private final Metrics.LabelledCounter sockets;
    private final Metrics.LabelledCounter bytes;
    private final Metrics.Gauge open;
    private final Metrics.Gauge links;
    private final Metrics.Counter deliveries;

    ForwardingMetrics(Metrics metrics, Nodes nodes) {
        requests =
                metrics.counter(
                        "qide_nodes_forwarded_requests_total",
                        "HTTP requests that were forwarded to the server that has the workspace, by outcome: answered, elsewhere (that server does not have it any more), unreachable, or failed.",
                        "outcome");
        sockets =
                metrics.counter(
                        "qide_nodes_forwarded_handshakes_total",
                        "WebSocket handshakes that were forwarded to the server that has the workspace, by outcome: opened, refused, elsewhere, or unreachable.",
                        "outcome");
        bytes =
                metrics.counter(
                        "qide_nodes_forwarded_bytes_total",
                        "Bytes between this server and others, by direction: sent or received.",
                        "direction");
        open =
                metrics.gauge(
                        "qide_nodes_forwarded_sockets",
                        "Open sockets of this server's clients that another server serves.");
        links =
                metrics.gauge(
                        "qide_nodes_delivery_links",
                        "Open delivery links to other servers, over which a frame for several of this server's clients comes once.");
        deliveries =
                metrics.counter(
                        "qide_nodes_deliveries_received_total",
                        "Frames received once for several clients of this server.");
        metrics.gauge(
                "qide_nodes_peers",
                "Other live servers on the database to which requests can be forwarded.",
                nodes::count);
    }

    void request(String outcome) {
        requests.increment(outcome);
    }

    void handshake(String outcome) {
        sockets.increment(outcome);
    }

    void opened() {
        open.add(1);
    }

    void closed() {
        open.add(-1);
    }

    void linkOpened() {
        links.add(1);
    }

    void linkClosed() {
        links.add(-1);
    }

    void delivery() {
        deliveries.increment();
    }

    @Override
    public void received(long count) {
        bytes.add("received", (double) count);
    }

    @Override
    public void sent(long count) {
        bytes.add("sent", (double) count);
    }
}
