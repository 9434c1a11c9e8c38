/// Logs, metrics, health.
///
/// - [Logging] writes JSON lines with the names of the Elastic Common Schema; [LogKeys] lists every
///   key.
/// - [Metrics] is the only class that knows the Prometheus client.
/// - [Health]: components register a check; `/ready` asks all of them.
///
/// Thread-safe.
@NullMarked
package dev.qide.server.telemetry;

import org.jspecify.annotations.NullMarked;
