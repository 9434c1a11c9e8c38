/// The settings of a language server for a document, from its declaration, the project's files and
/// the client.
///
/// - [ScopedConfiguration] holds what a declaration sets for the workspace and for folders with
///   certain files, which [UpwardSearch] finds.
/// - [SettingsTree] merges settings; [SettingsPolicy] decides which of a client's or project's
///   settings a server receives; [EslintSettings] converts those of ESLint.
/// - [ProjectSettings] reads the project's settings, [ProjectStyle] its formatting style.
///   [NamePattern] matches file names, [JsonWithComments] parses settings files. [ShippedSchemas]
///   reads JSON schemas of well-known files.
///
/// `language.lsp` calls them on the owner thread of a language server; `session` calls
/// [UpwardSearch] through `LanguageHost` when a document is opened.
@NullMarked
package dev.qide.server.language.settings;

import org.jspecify.annotations.NullMarked;
