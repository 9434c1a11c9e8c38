/// HTTP/1.1 on Helidon's parser, without its listener.
///
/// - [HttpHost] serves an accepted connection ([ClientConnection], bounded by its [ReadBudget]);
///   [RequestHeadParser] reads the head, [HttpRequests] calls the one handler and writes its
///   answer.
/// - [DisconnectDetector] notices that the client of a silent handler has left; [FailurePage] is
///   what the parser itself refuses.
///
/// One virtual thread a connection.
@NullMarked
package dev.qide.server.transport.http;

import org.jspecify.annotations.NullMarked;
