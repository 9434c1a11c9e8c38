/// WebSocket connections on the Tyrus engine.
///
/// - Input: [WebSocketUpgrade] admits or refuses the handshake, [WebSocketConnection] reads,
///   [FrameValidator] refuses frames that violate the protocol or a bound, and the engine
///   ([TyrusContainer], [SocketEndpoint]) decodes them.
/// - Output: [OutgoingQueue] sends finished [WebSocketFrame]s in the order of its [FrameScheduler].
/// - [SocketTunnel] forwards the bytes of a socket that another server serves, in both directions.
///   [TunnelOutput] adds the frames that arrive over a delivery link.
/// - [DeliveryLink] sends another server a frame once for several of its clients; each of them is a
///   [LinkedSocket] here.
/// - [OpenSockets] holds all sockets; [InputMemory] and [SendMemory] bound their memory.
///
/// Each socket has one reader thread. The thread that queues a frame may send it if the queue was
/// empty; otherwise a virtual thread sends.
@NullMarked
package dev.qide.server.transport.websocket;

import org.jspecify.annotations.NullMarked;
