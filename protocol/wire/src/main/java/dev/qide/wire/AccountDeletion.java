package dev.qide.wire;

/// Body of `DELETE /api/me`.
///
/// @param confirm the caller's present name, so that nobody deletes an account by accident
public record AccountDeletion(String confirm) {}
