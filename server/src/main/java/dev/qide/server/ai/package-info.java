/// Models: choose, stream, cancel, count.
///
/// - [ModelsFile] reads the configured [Model]s; [Completions] requests an inline completion for a
///   [CompletionRequest].
/// - [OpenAiUpstream] implements a provider's API ([ServerSentEvents]); [UpstreamCall] is one call
///   and the only place that ends it.
///
/// Each call has one virtual thread; ending it closes the provider's connection.
@NullMarked
package dev.qide.server.ai;

import org.jspecify.annotations.NullMarked;
