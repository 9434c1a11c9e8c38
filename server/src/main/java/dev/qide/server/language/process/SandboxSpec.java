package dev.qide.server.language.process;

import dev.qide.server.language.ServerLimits;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The folders that one language server sees in its sandbox.
///
/// @param install the folder of its installation, visible at `/opt/ls`; null for none
/// @param workspace the directory of the workspace
/// @param name the name of the workspace; the sandbox shows it at [Sandbox#workspace(String)]
/// @param hidden folders that stay invisible even if they are in the workspace
/// @param readableFolders further folders, visible at their own paths
/// @param interpreters the folder of the shims for Python interpreters, visible at `/opt/python`;
///   null for none
/// @param includesSystem whether the machine's programs (`/usr`) are visible too, for a server that
///   is one of them
/// @param isWritable whether the directory of the workspace may be changed
public record SandboxSpec(
        @Nullable Path install,
        Path workspace,
        String name,
        List<Path> hidden,
        List<Path> readableFolders,
        @Nullable Path interpreters,
        boolean includesSystem,
        ServerLimits limits,
        boolean isWritable) {
    public SandboxSpec {
        hidden = List.copyOf(hidden);
        readableFolders = List.copyOf(readableFolders);
    }

    /// With a read-only workspace, as language servers have it.
    public SandboxSpec(
            @Nullable Path install,
            Path workspace,
            String name,
            List<Path> hidden,
            List<Path> readableFolders,
            @Nullable Path interpreters,
            boolean includesSystem,
            ServerLimits limits) {
        this(
                install,
                workspace,
                name,
                hidden,
                readableFolders,
                interpreters,
                includesSystem,
                limits,
                false);
    }
}
