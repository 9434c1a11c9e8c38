/// JSON-RPC messages as text, in time linear in their length.
///
/// - [JsonScanner] walks the tokens, [JsonText] decodes a string with its positions,
///   [JsonRpcEnvelope] reads what routing needs.
/// - [JsonRewriter] copies a message and changes only its id and the roots in its strings:
///   [RootMap] maps the client's [RootUri] to the server's and back, [ExternalFolder]s included.
/// - [PackageFolders] are the folders of a project that hold installed packages. [OpenedLanguage]
///   corrects the language id of a document.
/// - [Snippets] turns snippets into plain text. [MessageTexts] moves long messages to the CPU pool.
@NullMarked
package dev.qide.server.language.rewrite;

import org.jspecify.annotations.NullMarked;
