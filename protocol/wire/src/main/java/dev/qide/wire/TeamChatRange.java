package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the request `qide/teamChatHistory`, which [TeamChatPage] answers.
///
/// @param before the id of the oldest message that the client has; absent for the newest page
/// @param limit from 1 to 100; 50 when absent
public record TeamChatRange(@Nullable Long before, @Nullable Integer limit) {}
