package dev.qide.wire;

/// Body of the answer to `POST /api/ticket`: what opens one WebSocket, as `?ticket=`.
///
/// @param expiresIn seconds until it is over
public record Ticket(String ticket, int expiresIn) {}
