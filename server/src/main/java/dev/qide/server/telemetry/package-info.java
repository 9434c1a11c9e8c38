/// Logs, metrics, health.
///
/// - [Logging] writes JSON lines with field names of the Elastic Common Schema; [LogKeys] lists
///   every key, [LogEncoder] and [KeyValuesJson] encode.
/// - [Trace] follows one request or edit; [TraceSource] numbers the messages of one sender.
/// - [SpanExport] sends each [Span] of a trace to an OpenTelemetry collector, if one is set.
/// - [ErrorReports] sends errors to a Sentry server, if one is set.
/// - [Metrics] is the only class that uses the Prometheus client.
/// - [Health]: components register a check; `/ready` runs all of them.
///
/// Thread-safe; used by every package, uses none.
@NullMarked
package dev.qide.server.telemetry;

import org.jspecify.annotations.NullMarked;
