/// The visible table of HTTP and WebSocket doors, and who may pass each.
@NullMarked
package dev.qide.server.api;

import org.jspecify.annotations.NullMarked;
