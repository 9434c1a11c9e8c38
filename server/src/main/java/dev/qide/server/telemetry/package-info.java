/// Log keys, metrics, health.
@NullMarked
package dev.qide.server.telemetry;

import org.jspecify.annotations.NullMarked;
