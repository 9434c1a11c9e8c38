/// The model APIs that Q-IDE itself serves: requests of OpenAI's and Anthropic's clients become the
/// common form, and answers in the common form become theirs.
///
/// - [OpenAiRequests], [AnthropicRequests] read requests as [FacadeRequest]; [MarkerPrompt] finds
///   Theia's prompt for a completion.
/// - [OpenAiAnswers], [LegacyAnswers], [AnthropicAnswers] write answers ([AnswerFormat]), streamed
///   or from a [CollectedAnswer].
/// - [ApiError] maps failures to status and error body of each API.
///
/// Pure functions and objects of one request.
@NullMarked
package dev.qide.server.ai.facade;

import org.jspecify.annotations.NullMarked;
