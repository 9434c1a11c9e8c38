/// WebSocket connections on the Tyrus engine.
///
/// - In: [EngineUpgrade] decides about the handshake, [EngineConnection] reads, [FrameValidator]
///   refuses what breaks the protocol or a bound, the engine ([EngineContainer], [SocketEndpoint])
///   decodes.
/// - Out: [OutgoingQueue] sends finished [WebSocketFrame]s by its [SendLanes].
/// - [OpenSockets] knows all of them; [InputMemory] and [SendMemory] bound their sums.
///
/// One reader thread a socket; whoever enqueues may send when the queue is free.
@NullMarked
package dev.qide.server.transport.websocket;

import org.jspecify.annotations.NullMarked;
