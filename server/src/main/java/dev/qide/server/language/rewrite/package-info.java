/// Rewrites JSON-RPC messages as text, in time linear in their length.
///
/// - [JsonScanner] scans the tokens, [JsonText] decodes a string with its positions,
///   [JsonRpcEnvelope] reads the parts that routing needs.
/// - [JsonRewriter] copies a message and changes only its id and the roots in its strings:
///   [RootMap] maps the client's [RootUri] to the server's and back, including each
///   [ExternalFolder].
/// - [PackageFolders] recognizes folders with installed packages. [LanguageIdCorrection] corrects
///   the language id of a document.
/// - [Snippets] turns snippets into plain text. [MessageTexts] processes long messages on the CPU
///   pool.
///
/// `language.lsp` calls them on the owner thread of each language server. Pure functions but for
/// [MessageTexts].
@NullMarked
package dev.qide.server.language.rewrite;

import org.jspecify.annotations.NullMarked;
