/// Models: choose, stream, cancel, count.
///
/// - [ModelServices] wires the package. [ModelsFile] reads the configured [Model]s; [Models] finds
///   one by name or purpose.
/// - [ModelCalls] calls a model and its fallbacks, with lanes for completion and for chat.
/// - [Completions] requests an inline completion for a [CompletionRequest], through [FillInCalls].
/// - [Chats] keeps conversations; [ChatTurn] is one answer of a conversation, kept in `chat`.
/// - [ModelApi] serves the APIs of OpenAI and Anthropic, whose shapes `facade` knows.
/// - [Accounting] meters each call: [Budgets] admit it, [UsageLedger] books it.
/// - [PrivateFiles] and `privacy` keep files and secrets from leaving.
/// - `provider` speaks the providers' APIs.
///
/// Each call has one virtual thread; ending it ends the provider's call.
@NullMarked
package dev.qide.server.ai;

import org.jspecify.annotations.NullMarked;
