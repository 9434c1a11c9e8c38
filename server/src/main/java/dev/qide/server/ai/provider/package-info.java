/// Model providers: encode a request, stream the answer, decode it, map its errors.
///
/// - [ModelProvider] is the interface; [HttpModelProvider] implements it for every [Dialect].
/// - A dialect encodes a [ModelRequest] as an [HttpCall] and decodes frames ([ServerSentEvents],
///   [JsonLines]) into [ModelEvent]s: [OpenAiDialect], [AnthropicDialect], [GeminiDialect],
///   [OllamaDialect], and [FillInDialect] for completion.
/// - [UpstreamCall] owns one HTTP exchange and ends it when [dev.qide.server.ai.Cancellation] says
///   so.
/// - [HttpRetryPolicy] follows the retry rules of the providers' SDKs; [DestinationCheck] refuses
///   private addresses.
///
/// Each stream is read by one virtual thread.
@NullMarked
package dev.qide.server.ai.provider;

import org.jspecify.annotations.NullMarked;
