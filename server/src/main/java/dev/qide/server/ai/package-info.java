/// Models: choose, stream, cancel, count.
///
/// - [ModelsFile] reads the configured [Model]s; [Completions] asks one for an inline completion of
///   a [CompletionRequest].
/// - [OpenAiUpstream] speaks a provider's dialect ([ServerSentEvents]); [UpstreamCall] is one call
///   and the only place that may end it.
///
/// A call reads on a virtual thread of its own; ending it closes the provider's connection.
@NullMarked
package dev.qide.server.ai;

import org.jspecify.annotations.NullMarked;
