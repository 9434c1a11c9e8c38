/// Conversations with models.
///
/// - [ConversationMessages] is the stored form of a conversation's messages.
/// - [ChatDeltaBuffer] keeps the deltas of a running turn, so that another socket can resume it.
///
/// [dev.qide.server.ai.Chats] owns the turns; each has one virtual thread.
@NullMarked
package dev.qide.server.ai.chat;

import org.jspecify.annotations.NullMarked;
