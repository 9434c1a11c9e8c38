package dev.qide.wire;

/// Answer to `POST /api/ticket`: a secret that opens one WebSocket, as `?ticket=`.
///
/// @param expiresIn seconds until the ticket expires
public record Ticket(String ticket, int expiresIn) {}
