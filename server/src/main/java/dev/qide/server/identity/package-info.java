/// People, tokens, logins and tickets.
///
/// - [Identity] maps a credential to a [Principal] with role and scopes.
/// - [Authorizer] decides which [Action] a principal may do to a [Resource], by its [Roles].
/// - [IssuedTokens] creates, lists and revokes tokens; [Tokens] generates secrets and hashes;
///   [Tickets] are valid for one WebSocket handshake.
/// - [PersonalTokens] and [LoginSessions] are a person's own tokens and logins.
/// - [Shares] are tokens for guests of one workspace.
/// - [People] decides who may log in with a login provider.
/// - [PersonalSettings] are the texts that editors keep for a person; [DisplayName] is what others
///   see.
/// - [CredentialCache] refreshes the credentials in use on a thread of its own, so that a
///   revocation takes effect within a second; an [AccessListener] is then notified.
///
/// Thread-safe.
@NullMarked
package dev.qide.server.identity;

import org.jspecify.annotations.NullMarked;
