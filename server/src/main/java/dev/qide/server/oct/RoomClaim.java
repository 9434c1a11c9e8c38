package dev.qide.server.oct;

import dev.qide.server.identity.Principal;

/// The right of one person to be one peer of a room, for whoever has the token.
///
/// @param token secret
/// @param isHost whether the room begins and ends with this peer
/// @param issuedAt in nanoseconds of the clock of the timers
record RoomClaim(String token, String room, Principal principal, boolean isHost, long issuedAt) {}
