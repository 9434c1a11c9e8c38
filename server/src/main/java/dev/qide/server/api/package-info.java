/// HTTP and WebSocket endpoints, and the access rule of each.
///
/// - [Api] creates all endpoints; `transport` calls them. [HttpEndpoints] is the table of HTTP
///   routes, each with its [AccessRule]; [WebSocketEndpoints] is the table of WebSocket routes,
///   each with its way to log in. A path that is in neither table is answered with 404.
/// - [Credentials] identifies the caller, with [Cookies], [Origins] and [LocalPeers].
/// - [RequestRates] limits requests, [RequestAudit] records them, [BrowserPolicy] adds the headers
///   of every answer; the sub-package `http` has what endpoints share.
/// - Each resource has a class: [HealthEndpoints], [LoginEndpoints], [AuthEndpoints] (with
///   [AuthPages]), [PersonEndpoints], [AccountEndpoints], [AuditEndpoints], [WorkspaceEndpoints],
///   [FileEndpoints], [TreeEndpoints], [ArchiveEndpoints], [SearchEndpoints], [ShareEndpoints],
///   [WebClient] (the browser IDE's files, [PackagedFiles]), [PageLinks] (links into it).
///
/// Each request runs on the virtual thread of its connection.
@NullMarked
package dev.qide.server.api;

import org.jspecify.annotations.NullMarked;
