package dev.qide.server.language.process;

import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.language.rewrite.ExternalFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects the folders outside the workspace's sources that a server's results may name. Owned by
/// one thread.
public final class ExternalFolders {
    private final ServerDeclaration server;
    private final List<ExternalFolder> folders = new ArrayList<>();

    private ExternalFolders(ServerDeclaration server) {
        this.server = server;
    }

    /// Adds the packages of a workspace, wherever they are installed in it.
    ///
    /// @param asServer the workspace's path as the server has it
    public static ExternalFolders of(
            ServerDeclaration server, WorkspaceFolder workspace, String asServer) {
        var externalFolders = new ExternalFolders(server);
        externalFolders.folders.add(
                ExternalFolder.of(server, ExternalFolder.PROJECT, asServer, workspace.directory()));
        return externalFolders;
    }

    /// Adds the server's own files.
    ExternalFolders with(@Nullable Path install, String asServer) {
        if (install != null) {
            folders.add(ExternalFolder.of(server, "install", asServer, install));
        }
        return this;
    }

    /// Adds the visible folders of the machine.
    ExternalFolders with(SandboxSpec spec) {
        for (var folder : spec.readableFolders()) {
            machine(folder);
        }
        if (spec.includesSystem()) {
            machine(Sandbox.SYSTEM);
        }
        return this;
    }

    public List<ExternalFolder> folders() {
        return List.copyOf(folders);
    }

    private void machine(Path folder) {
        folders.add(ExternalFolder.of(server, "machine" + folder, folder.toString(), folder));
    }
}
