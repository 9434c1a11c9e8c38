/// Models: choosing one, streaming, cancelling and accounting.
///
/// - [ModelServices] wires the package. [ModelsFile] reads the configured [Model]s; [Models] finds
///   one by name or purpose.
/// - [ModelAdministration] changes models and their [ModelKeys] while the server runs.
/// - [ModelCalls] calls a model and its fallbacks, with separate slots for completion and chat.
/// - [Completions] answers a [CompletionRequest] for inline completion, through [FillInCalls].
/// - [Chats] stores conversations; [ChatTurn] is one answer of a conversation, whose deltas are in
///   `chat`.
/// - [ModelApi] serves the APIs of OpenAI and Anthropic, whose formats are in `gateway`.
/// - [Accounting] meters each call: [Budgets] admit it, [UsageLedger] records it.
///   [OrganisationBudgets] changes those of organisations while the server runs.
/// - [PrivateFiles] and `privacy` keep files and secrets on this machine.
/// - [ComputePool] runs work on large texts.
/// - `provider` implements the providers' APIs.
///
/// Each call has one virtual thread; cancelling it ends the provider's work.
@NullMarked
package dev.qide.server.ai;

import org.jspecify.annotations.NullMarked;
