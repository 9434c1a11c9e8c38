package dev.qide.server.language;

import dev.qide.server.language.process.LanguageTools;
import dev.qide.server.language.process.NodeRuntime;
import dev.qide.server.language.process.ProcessStarter;
import dev.qide.server.language.process.Sandbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tools for language servers on this machine, found by looking for them and running them.
///
/// @param node the output of `node --version`; null without a working Node
/// @param hasNpm whether `npm` is on the search path
/// @param ready the languages whose server is installed or was found on the search path
/// @param installable the languages whose server is installed at its first use
/// @param sandbox whether it works; null without Node, which the probe needs
public record InstalledTools(
        @Nullable String node,
        boolean hasNpm,
        List<String> ready,
        List<String> installable,
        @Nullable SandboxProbeResult sandbox) {
    /// Finds the tools; takes some tenths of a second, at most half a minute.
    ///
    /// @param tools the folder of all tools
    /// @param searchPath in the format of the environment variable PATH
    /// @param declarations the servers that could run on this machine
    public static InstalledTools detect(Path tools, String searchPath, Declarations declarations)
            throws InterruptedException {
        try (var starter = new ProcessStarter()) {
            var node = NodeRuntime.find(searchPath, starter);
            var version = node == null ? null : node.version(starter);
            var installs = new LanguageTools(tools, searchPath, starter);
            var ready = new ArrayList<String>();
            var installable = new ArrayList<String>();
            for (var server : declarations.servers()) {
                var install = server.start().install();
                boolean isReady = install == null || installs.isInstalled(install);
                (isReady ? ready : installable).add(server.language());
            }
            return new InstalledTools(
                    version,
                    NodeRuntime.which("npm", searchPath) != null,
                    List.copyOf(ready),
                    List.copyOf(installable),
                    node == null || version == null
                            ? null
                            : Sandbox.find(node, searchPath, starter).probeResult());
        }
    }
}
