/// Model providers: encode a request, stream the answer, decode it, map its errors.
///
/// - [ModelProvider] is the one interface; [HttpModelProvider] implements it for every [Dialect].
/// - A dialect encodes a [ModelRequest] as an [HttpCall] and decodes frames ([ServerSentEvents],
///   [JsonLines]) into [ModelEvent]s: [OpenAiDialect], [AnthropicDialect], [GeminiDialect],
///   [OllamaDialect], and [FillInDialect] for completion.
/// - [UpstreamCall] owns one HTTP exchange and is the only place that ends it;
///   [dev.qide.server.ai.Cancellation] tells it to.
/// - [HttpRetryPolicy] is the retry contract of the providers' SDKs; [DestinationCheck] refuses
///   private addresses.
///
/// Each stream is read by one virtual thread.
@NullMarked
package dev.qide.server.ai.provider;

import org.jspecify.annotations.NullMarked;
