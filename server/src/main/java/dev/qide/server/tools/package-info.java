/// The workspace as tools for models: what a model may read, ask and propose.
///
/// - [ToolTable] is the one table of tools. A chat uses it through `ai.WorkspaceTools`, any client
///   of the Model Context Protocol through [McpServer].
/// - [FileTools] read and search files, [CodeTools] ask language servers, [EditTools] propose
///   edits, which [ChangeSets] keeps until the person has decided; `change` makes them.
/// - [ToolArguments] reads the arguments that a model wrote.
///
/// Every call has the rights of the person on whose behalf it is made. Files that must not reach a
/// model stay hidden. Calls run on their callers' threads.
@NullMarked
package dev.qide.server.tools;

import org.jspecify.annotations.NullMarked;
