package dev.qide.wire;

/// A message between the people of a workspace: the answer to `qide/teamChatSend`, and the
/// parameters of the notification `qide/teamChatMessage`, which every editor of the workspace gets,
/// also the sender's.
///
/// @param id greater than that of every earlier message of the workspace; orders the messages
/// @param person stable id of the sender
/// @param name the sender's name as of now
/// @param text plain text with line feeds
/// @param sentAt ISO 8601, UTC
public record TeamChatMessage(long id, String person, String name, String text, String sentAt) {}
