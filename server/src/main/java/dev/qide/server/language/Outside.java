package dev.qide.server.language;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects the folders outside what is edited in which a server's answers may lie. Owned by one
/// thread.
final class Outside {
    /// Folders of a project that hold installed packages: on disk, but no documents of anybody.
    static final List<String> PACKAGES = List.of("node_modules", ".venv", "venv");

    private final ServerDeclaration server;
    private final List<ExternalFolder> folders = new ArrayList<>();

    private Outside(ServerDeclaration server) {
        this.server = server;
    }

    /// The packages of a workspace.
    ///
    /// @param asServer the workspace's path as the server has it
    static Outside of(ServerDeclaration server, WorkspaceFolder workspace, String asServer) {
        var outside = new Outside(server);
        for (var name : PACKAGES) {
            outside.folders.add(
                    ExternalFolder.of(
                            server,
                            "project/" + name,
                            asServer + "/" + name,
                            workspace.directory().resolve(name)));
        }
        return outside;
    }

    /// The server's own files.
    Outside with(@Nullable Path install, String asServer) {
        if (install != null) {
            folders.add(ExternalFolder.of(server, "install", asServer, install));
        }
        return this;
    }

    /// What it sees of the machine.
    Outside with(Box box) {
        for (var folder : box.reads()) {
            machine(folder);
        }
        if (box.isMachine()) {
            machine(Sandbox.SYSTEM);
        }
        return this;
    }

    List<ExternalFolder> folders() {
        return List.copyOf(folders);
    }

    private void machine(Path folder) {
        folders.add(ExternalFolder.of(server, "machine" + folder, folder.toString(), folder));
    }
}
