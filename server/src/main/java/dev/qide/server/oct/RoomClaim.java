package dev.qide.server.oct;

import dev.qide.server.identity.Principal;

/// The right of the bearer of a room token: to be one peer of one room, on behalf of one person.
///
/// @param token secret
/// @param isHost whether the room begins and ends with this peer
/// @param issuedAt in nanoseconds of the clock of the timers
record RoomClaim(String token, String room, Principal principal, boolean isHost, long issuedAt) {}
