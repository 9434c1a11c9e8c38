package dev.qide.server.transport;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/// How much the transport takes and keeps: every bound of this room.
public record TransportLimits(Connections connections, Receiving receiving, Sending sending) {
    /// Fit for one machine with its ordinary descriptor limit.
    public static TransportLimits defaults() {
        return new TransportLimits(
                Connections.defaults(), Receiving.defaults(), Sending.defaults());
    }

    /// @param total how many TCP connections are accepted; the next ones wait in the kernel's
    ///   backlog. Far below the process's descriptor limit: exhausted descriptors would end the
    ///   listener for good
    /// @param perAddress how many of them one remote address may hold; the next one is aborted
    /// @param headWait how long a request's first line and headers may take, from the accept or
    ///   from the first byte of a later request
    /// @param entityWait how long one write of an HTTP entity may make no progress, and how much
    ///   longer a request's entity may take than its bytes at a rate that any line has
    /// @param idleWait how long a connection may stay without a further request
    public record Connections(
            int total, int perAddress, Duration headWait, Duration entityWait, Duration idleWait) {
        private static final int TOTAL = 20_000;
        private static final int PER_ADDRESS = 2_500;

        public static Connections defaults() {
            return new Connections(
                    Math.toIntExact(Math.min(TOTAL, descriptors() / 2)),
                    PER_ADDRESS,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(75));
        }

        private static long descriptors() {
            return ManagementFactory.getOperatingSystemMXBean()
                            instanceof UnixOperatingSystemMXBean unix
                    ? unix.getMaxFileDescriptorCount()
                    : 2L * TOTAL;
        }
    }

    /// @param messageBytes the most that any admission may allow for one message
    /// @param totalBytes how much all sockets together may hold in input buffers; beyond it the
    ///   largest idle holders are closed with 1013
    /// @param pingEvery how often the server pings; a socket that is silent for two more periods is
    ///   aborted
    public record Receiving(int messageBytes, long totalBytes, Duration pingEvery) {
        private static final int MESSAGE_BYTES = 8 << 20;
        private static final int HEAP_SHARE = 8;

        public static Receiving defaults() {
            return new Receiving(
                    MESSAGE_BYTES,
                    Runtime.getRuntime().maxMemory() / HEAP_SHARE,
                    Duration.ofSeconds(22));
        }
    }

    /// @param bytes how much one socket's outgoing queue holds; one message alone may be larger
    /// @param messages how many frames one socket's outgoing queue holds
    /// @param totalBytes how much all queues together hold before each is cut to an even share
    /// @param stuckAfter how long the head of the queue may make no progress before the connection
    ///   is aborted
    /// @param closeWait how long after a close frame was queued the connection may stay open
    public record Sending(
            long bytes, int messages, long totalBytes, Duration stuckAfter, Duration closeWait) {
        private static final long BYTES = 16 << 20;
        private static final int MESSAGES = 16_384;
        private static final int HEAP_SHARE = 8;

        public static Sending defaults() {
            return new Sending(
                    BYTES,
                    MESSAGES,
                    Runtime.getRuntime().maxMemory() / HEAP_SHARE,
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(5));
        }
    }
}
