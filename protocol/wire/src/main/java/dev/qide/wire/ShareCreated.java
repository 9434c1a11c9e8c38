package dev.qide.wire;

/// Answer to `POST /api/workspaces/{ws}/shares`.
///
/// @param token the guest's credential, never shown again
/// @param link the address for the guest, relative to the page's, with the token
public record ShareCreated(ShareList.Share share, String token, String link) {}
