/// The contract between server and clients: methods, bodies and failures as records.
///
/// - [Methods] names Q-IDE's own JSON-RPC methods; the `…Params` records are their parameters.
/// - The other records are bodies of HTTP requests and answers.
/// - [Failure] lists all failures; [FailureException] carries one, [FailureBody] is its HTTP form.
/// - [WireJson] converts records to and from JSON; [JsonRpcWriter] writes JSON-RPC messages.
/// - [TypeScriptContract] generates the TypeScript side.
///
/// Everything is immutable or thread-safe.
@NullMarked
package dev.qide.wire;

import org.jspecify.annotations.NullMarked;
