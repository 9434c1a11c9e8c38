/// People, tokens, logins and tickets.
///
/// - [Identity] answers who is behind a credential: a [Principal], with role and scopes.
/// - [IssuedTokens] creates, lists and revokes tokens; [Tokens] makes secrets and hashes; [Tickets]
///   are good for one WebSocket handshake.
/// - [CredentialCache] holds what the database said a moment ago, so that a revocation acts within
///   a second; an [AccessListener] is told and asks again.
///
/// Thread-safe.
@NullMarked
package dev.qide.server.identity;

import org.jspecify.annotations.NullMarked;
