/// HTTP and WebSocket endpoints, and the action that each requires.
///
/// - [Api] creates all endpoints; `transport` calls them. [HttpRoutes] is the table of HTTP routes,
///   [WebSocketEndpoints] that of WebSocket routes; a path in neither is answered with 404.
///   [RequestAuthorization] asks whether the caller may use a row.
/// - [Credentials] identifies the caller, with [Cookies], [Origins] and [LocalPeers].
/// - [RequestRates] limits requests, [RequestAudit] records them, [BrowserPolicy] adds the headers
///   of every answer; the sub-package `http` has what endpoints share.
/// - Each resource has a class: [HealthEndpoints], [LoginEndpoints], [AuthEndpoints] (with
///   [AuthPages]), [PersonEndpoints], [AccountEndpoints], [AuditEndpoints], [WorkspaceEndpoints],
///   [FileEndpoints], [TreeEndpoints], [ArchiveEndpoints], [SearchEndpoints], [ShareEndpoints],
///   [OrganisationEndpoints], [PageLinks] (links into the browser IDE, whose files are in `page`).
///
/// Each request runs on the virtual thread of its connection.
@NullMarked
package dev.qide.server.api;

import org.jspecify.annotations.NullMarked;
