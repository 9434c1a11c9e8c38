/// A relay for Open Collaboration Tools (protocol 0.3): the *Collaborate* command of Eclipse Theia
/// and of the extension *Open Collaboration Tools* for VS Code.
///
/// A room belongs to its host: files and texts are the host's, messages are encrypted between the
/// peers, and the server passes them on. Rooms are in memory and end with their host or the server.
///
/// - [Rooms] admits people to rooms; a [Room] passes messages on between its [Peer]s, whose
///   envelopes [OctMessage] reads and [ServerMessages] writes ([MsgPackReader], [MsgPackWriter]).
/// - [EngineIoServer] has the connections: an [EngineIoSession] is Socket.IO 5 over Engine.IO 4,
///   which begins with HTTP polling and continues on a WebSocket.
/// - [PendingLogins] hands a credential to an editor that waits for its person to log in.
///
/// Threads of requests and sockets call in; no call waits, except a poll for its bounded time.
/// Messages go one way: session → peer → room → other peers → their sessions.
@NullMarked
package dev.qide.server.oct;

import org.jspecify.annotations.NullMarked;
