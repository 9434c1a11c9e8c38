/// The settings of a language server for one document: what is declared, what the project's files
/// say, and what the client says.
///
/// [UpwardSearch] finds the files of a project that are nearest to a document, and
/// [ScopedConfiguration] is what a declaration says for the folders that have them. `lsp` calls it
/// on the thread of a server's link; `session` calls [UpwardSearch] through `LanguageHost` when a
/// document is opened. [SettingsTree] merges settings, [SettingsPolicy] says which of others reach
/// a server, [ProjectSettings] reads those of the project, [ProjectStyle] its formatting style.
/// [NamePattern] matches names of files. [ShippedSchemas] reads JSON schemas of well-known files.
@NullMarked
package dev.qide.server.language.settings;

import org.jspecify.annotations.NullMarked;
