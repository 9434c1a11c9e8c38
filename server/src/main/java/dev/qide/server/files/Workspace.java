package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;
import java.nio.file.Path;

/// A workspace and its directory, which is used in place: it is what tools see.
///
/// @param directory real path (no symbolic link in it)
/// @param isManaged whether it was made here, with a directory in the data directory, and can be
///   deleted; else its directory was given at the start
public record Workspace(WorkspaceId id, String name, Path directory, boolean isManaged) {}
