/// HTTP and WebSocket endpoints, and who may use each.
///
/// - [Api] wires the room for the transport; [HttpEndpoints] is the table of HTTP routes,
///   [WebSocketEndpoints] that of WebSocket routes. Both name an [AccessRule] for every route; a
///   path that is in neither table is answered 404.
/// - [Credentials] finds out who asks ([Cookies], [Origins]); [PathTemplate] matches paths.
/// - One class a resource: [HealthEndpoints], [LoginEndpoints], [WorkspaceEndpoints],
///   [FileEndpoints], [TreeEndpoints], [ArchiveEndpoints], [SearchEndpoints], [WebClient] (the
///   browser IDE's files).
///
/// Each request runs on the virtual thread of its connection.
@NullMarked
package dev.qide.server.api;

import org.jspecify.annotations.NullMarked;
