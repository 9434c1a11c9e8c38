package dev.qide.wire;

/// Answer to `POST /api/organisations/{org}/invitations`.
///
/// @param link where the invited person logs in, relative to the server's address; valid once, and
///   never shown again
public record InvitationCreated(InvitationList.Invitation invitation, String link) {}
