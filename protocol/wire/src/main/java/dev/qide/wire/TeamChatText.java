package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the request `qide/teamChatSend`, which [TeamChatMessage] answers.
///
/// @param text plain text, at most 8 KiB in UTF-8
/// @param key 1 to 64 letters, digits and hyphens that the sender chose for this message: one that
///   is sent again under its key, after a reconnect, is stored once
public record TeamChatText(String text, @Nullable String key) {}
