/// The model gateway: converts requests of OpenAI's and Anthropic's clients to a common form, and
/// answers from it.
///
/// - [OpenAiRequests], [AnthropicRequests] parse requests into a [GatewayRequest]; [MarkerPrompt]
///   recognizes Theia's prompt for a completion.
/// - [OpenAiAnswers], [OpenAiCompletionAnswers] (both an [OpenAiFormat]) and [AnthropicAnswers]
///   write answers ([AnswerFormat]), streamed or from a [CollectedAnswer].
/// - [ApiError] maps failures to the status and error body of each API.
///
/// Pure functions, and objects of one request.
@NullMarked
package dev.qide.server.ai.gateway;

import org.jspecify.annotations.NullMarked;
