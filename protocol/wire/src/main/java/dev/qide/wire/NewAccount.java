package dev.qide.wire;

/// Body of `POST /api/accounts`, which begins to link a further account.
///
/// @param provider the id of a login provider
public record NewAccount(String provider) {}
