package dev.qide.wire;

/// Answer to `POST /api/me/tokens`.
///
/// @param token the credential, never shown again
public record TokenCreated(TokenList.Token details, String token) {}
