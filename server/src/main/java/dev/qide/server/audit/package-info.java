/// The audit log: who did what to which object, from which address, with which result.
///
/// - [AuditLog] writes each event to the log stream at once, and to the table in batches on a
///   thread of its own; owners read the table.
/// - [AuditEvent] is one event, without names and without content.
///
/// `api` records requests and logins, `root` the calls of models. Thread-safe.
@NullMarked
package dev.qide.server.audit;

import org.jspecify.annotations.NullMarked;
