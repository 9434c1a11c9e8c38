/// The state of the server for everybody: what the status page shows.
///
/// - [StatusHistory] samples the health of every component once a minute, and stores the numbers.
/// - [Incidents] are what administrators report about an outage.
/// - [StatusReports] puts both together; the HTTP endpoints and the page are in `api`.
///
/// [StatusHistory] has a virtual thread of its own; reports are read on the thread of the request.
@NullMarked
package dev.qide.server.status;

import org.jspecify.annotations.NullMarked;
