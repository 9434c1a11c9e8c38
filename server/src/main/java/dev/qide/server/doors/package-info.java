/// The visible table of HTTP and WebSocket doors, and who may pass each.
@NullMarked
package dev.qide.server.doors;

import org.jspecify.annotations.NullMarked;
