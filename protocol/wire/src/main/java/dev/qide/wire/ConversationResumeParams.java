package dev.qide.wire;

/// Parameters of the request `qide/conversationResume`: the turn goes on at this socket. Possible
/// within 10 seconds after the previous socket ended.
///
/// @param after the last delta that has arrived; those after it are sent again
public record ConversationResumeParams(String conversation, int after) {}
