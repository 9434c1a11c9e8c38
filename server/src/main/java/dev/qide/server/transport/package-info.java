/// The HTTP and WebSocket engine: TLS, sizes, handshakes, the outgoing queue. Only this package
/// uses Tyrus and Jakarta WebSocket.
///
/// - [WebServer] binds, serves and drains; [Listener] accepts connections. [TransportLimits] names
///   every bound; [TransportMetrics] counts. [AcceptedChannels] counts connections and aborts stuck
///   ones.
/// - `api` implements [HttpHandler], which answers requests, and [WebSocketHandler], which admits
///   handshakes and creates the receiver of a socket; both get a [RequestHead]. [WebSocketSender]
///   is the sending side of a socket. [Delivery] and [DeliveryLinkProtocol] define how a server
///   sends another one a frame for several of its clients. [ContentCoding] and [JsonCompression]
///   choose how an answer is encoded.
/// - `http` parses requests and writes responses, `websocket` receives and sends frames, `tls`
///   reads certificates and encrypts.
///
/// Each connection has a virtual thread. Invariants: a handler decides before the engine sees a
/// handshake; the outgoing queue is the only sender, also of pings, pongs and close frames; nothing
/// follows a close frame.
@NullMarked
package dev.qide.server.transport;

import org.jspecify.annotations.NullMarked;
