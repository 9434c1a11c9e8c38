/// HTTP/1.1 and HTTP/1.0 (RFC 9110 and 9112).
///
/// - [HttpConnections] serves an accepted connection ([ClientConnection], which reads by its
///   [ConnectionInput]); [HttpConnection] takes its requests one after the other.
/// - In: [HeadReader] reads lines, [RequestParser] checks the head and creates a [ParsedRequest],
///   which [RequestHeadParser] converts to the `RequestHead` that handlers see; [RequestBody] is
///   the content, [ChunkedInput] decodes chunks. A request that violates a rule is a
///   [RequestRefusal].
/// - Out: [HttpRequests] calls the one handler, [ResponseSender] sends its answer under a
///   [ResponseHead]. [DisconnectDetector] notices that the client of a silent handler has left.
///
/// One virtual thread per connection.
@NullMarked
package dev.qide.server.transport.http;

import org.jspecify.annotations.NullMarked;
