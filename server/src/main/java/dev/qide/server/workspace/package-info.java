/// The workspaces of the server.
///
/// - [Workspaces] is the registry, by name and id; `files` uses it as its `WorkspaceRegistry`.
/// - [ManagedWorkspaces] creates and deletes workspaces while the server runs, in
///   [ManagedDirectories]; [Templates] are their initial files. [DirectoryRecovery] recreates
///   missing directories at the start.
/// - [SampleWorkspace] is served if the command line names no workspace.
/// - [Trust] says where language servers may run project code without a sandbox.
/// - A higher package that must stop its work for a deleted workspace implements
///   [WorkspaceListener].
///
/// `api` calls the package on the threads of requests. Thread-safe; creating and deleting block on
/// the disk and the database.
@NullMarked
package dev.qide.server.workspace;

import org.jspecify.annotations.NullMarked;
