/// Which workspaces there are.
///
/// - [Workspaces] is the registry, by name and id; `files` sees it as its `WorkspaceRegistry`.
/// - [ManagedWorkspaces] creates and deletes workspaces while the server runs, in
///   [ManagedDirectories]; [Templates] and [SampleWorkspace] are their first content.
/// - [Trust] says where language servers may run project code without a sandbox.
/// - A room that has to stop its work when a workspace is deleted implements [WorkspaceListener].
///
/// Thread-safe; creating and deleting block on the disk and the database.
@NullMarked
package dev.qide.server.workspace;

import org.jspecify.annotations.NullMarked;
