/// Models: choose, stream, cancel, count.
///
/// - [ModelsFile] reads the configured [Model]s; [Models] finds one by name or purpose.
/// - [ModelCalls] calls a model and its fallbacks, with lanes for completion and for chat.
/// - [Completions] requests an inline completion for a [CompletionRequest], through [FillInCalls].
/// - `provider` speaks the providers' APIs.
///
/// Each call has one virtual thread; ending it ends the provider's call.
@NullMarked
package dev.qide.server.ai;

import org.jspecify.annotations.NullMarked;
