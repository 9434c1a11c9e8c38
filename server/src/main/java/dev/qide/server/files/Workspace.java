package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;
import java.nio.file.Path;

/// A workspace and its directory, which tools use directly.
///
/// @param directory the real path, without symbolic links
/// @param isManaged whether the server created it in the data directory and may delete it;
///   otherwise the command line named its directory
public record Workspace(WorkspaceId id, String name, Path directory, boolean isManaged) {}
