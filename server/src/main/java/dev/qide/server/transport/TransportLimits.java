package dev.qide.server.transport;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/// All bounds of this package.
public record TransportLimits(Connections connections, Receiving receiving, Sending sending) {
    /// Suitable for one machine with an ordinary descriptor limit.
    public static TransportLimits defaults() {
        return new TransportLimits(
                Connections.defaults(), Receiving.defaults(), Sending.defaults());
    }

    /// @param total the largest number of TCP connections; further ones wait in the kernel's
    ///   backlog. It is far below the process's descriptor limit, so that descriptors remain for
    ///   files and processes
    /// @param perAddress the largest number of connections of one remote address; a further one is
    ///   aborted
    /// @param headWait the time for a request's first line and headers, from the accept or from the
    ///   first byte of a later request
    /// @param entityWait the time that one write of an HTTP body may make no progress, and the time
    ///   that a request's body may take in addition to its transfer at a minimal rate
    /// @param idleWait the time that a connection may be idle between two requests
    public record Connections(
            int total, int perAddress, Duration headWait, Duration entityWait, Duration idleWait) {
        private static final int TOTAL = 20_000;
        private static final int PER_ADDRESS = 2_500;

        /// The bounds of a production server: at most half of the file descriptors become
        /// connections.
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

    /// @param messageBytes the largest message that any admission may allow
    /// @param totalBytes the bound of all sockets' input buffers together; beyond it the largest
    ///   idle holders are closed with 1013
    /// @param pingInterval the ping interval; a socket that is silent for two more intervals is
    ///   aborted
    public record Receiving(int messageBytes, long totalBytes, Duration pingInterval) {
        private static final int MESSAGE_BYTES = 8 << 20;
        private static final int HEAP_SHARE = 8;

        /// The bounds of a production server: input buffers take at most an eighth of the heap.
        public static Receiving defaults() {
            return new Receiving(
                    MESSAGE_BYTES,
                    Runtime.getRuntime().maxMemory() / HEAP_SHARE,
                    Duration.ofSeconds(22));
        }
    }

    /// @param bytes the bound of one socket's outgoing queue; a single message may be larger
    /// @param messages the largest number of frames in one socket's outgoing queue
    /// @param totalBytes the size of all queues together beyond which each has only an even share
    /// @param stuckAfter the time that the head of the queue may make no progress before the
    ///   connection is aborted
    /// @param closeWait the time that the connection may stay open after a close frame was queued
    public record Sending(
            long bytes, int messages, long totalBytes, Duration stuckAfter, Duration closeWait) {
        private static final long BYTES = 16 << 20;
        private static final int MESSAGES = 16_384;
        private static final int HEAP_SHARE = 8;

        /// The bounds of a production server: outgoing queues share an eighth of the heap.
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
