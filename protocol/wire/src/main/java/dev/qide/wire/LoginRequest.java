package dev.qide.wire;

/// Body of `POST /api/login`.
public record LoginRequest(String token) {}
