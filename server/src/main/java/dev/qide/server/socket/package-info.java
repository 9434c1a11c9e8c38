/// Transport only: the HTTP and WebSocket engine, sizes, handshake, the outgoing queue.
@NullMarked
package dev.qide.server.socket;

import org.jspecify.annotations.NullMarked;
