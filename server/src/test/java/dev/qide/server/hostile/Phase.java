package dev.qide.server.hostile;

/// The people's measurements in one part of the run.
///
/// @param acknowledged from sending an edit to its acknowledgement
/// @param received from sending an edit to its arrival at the partner
/// @param answered from a request for a small file to the end of its answer
record Phase(String name, Latencies acknowledged, Latencies received, Latencies answered) {
    static Phase named(String name) {
        return new Phase(name, new Latencies(), new Latencies(), new Latencies());
    }
}
