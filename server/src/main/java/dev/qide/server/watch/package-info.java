/// Log keys, metrics, health.
@NullMarked
package dev.qide.server.watch;

import org.jspecify.annotations.NullMarked;
