package dev.qide.server.language.process;

import dev.qide.server.language.ServerLimits;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is in the box of one language server.
///
/// @param install seen inside as `/opt/ls`, null for none
/// @param workspace seen inside as `/workspace`
/// @param hidden folders that must not be seen even if they lie in the workspace
/// @param reads further folders, seen where they are
/// @param isMachine whether the machine's programs (`/usr`) are seen too, for a server that is one
public record SandboxSpec(
        @Nullable Path install,
        Path workspace,
        List<Path> hidden,
        List<Path> reads,
        boolean isMachine,
        ServerLimits limits) {
    public SandboxSpec {
        hidden = List.copyOf(hidden);
        reads = List.copyOf(reads);
    }
}
