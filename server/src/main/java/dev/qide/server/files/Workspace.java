package dev.qide.server.files;

import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.WorkspaceId;
import java.nio.file.Path;

/// A workspace and its directory, which tools use directly.
///
/// @param organisation the one that it belongs to
/// @param name `name` in the home organisation, `organisation:name` in others; unique on the server
/// @param directory the real path, without symbolic links
/// @param isManaged whether the server created it in the data directory and may delete it;
///   otherwise the command line named its directory
public record Workspace(
        WorkspaceId id,
        OrganisationId organisation,
        String name,
        Path directory,
        boolean isManaged) {}
