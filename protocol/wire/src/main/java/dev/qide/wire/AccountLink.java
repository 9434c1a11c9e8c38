package dev.qide.wire;

/// Answer to `POST /api/accounts`.
///
/// @param url where the browser goes next
public record AccountLink(String url) {}
