package dev.qide.server.language;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What this machine has for language servers, found by looking and by running the sandbox once;
/// for whoever explains a machine to its operator.
///
/// @param node null when there is none that runs: then no language server can run
/// @param npm null when it is missing: then nothing can be installed
/// @param sandbox whether it holds here, and why not
/// @param servers each declared server, in the order of the declaration
public record LanguageCheck(
        @Nullable Path node,
        @Nullable Path npm,
        SandboxVerdict sandbox,
        List<ServerCheck> servers) {
    public LanguageCheck {
        servers = List.copyOf(servers);
    }

    /// @param program the program of this machine that it is, null for one that is installed
    /// @param found where the program is, null when it is missing
    /// @param needsSandbox whether it runs the project's code: without a sandbox only in a trusted
    ///   workspace
    public record ServerCheck(
            String id,
            String title,
            @Nullable String program,
            @Nullable Path found,
            boolean needsSandbox) {}

    /// Takes some tenths of a second, at most 20 seconds.
    ///
    /// @param declarations all, also those that this machine has not
    /// @param searchPath as in the environment variable PATH
    public static LanguageCheck of(
            Declarations declarations, String searchPath, ProcessStarter starter)
            throws InterruptedException {
        var node = NodeRuntime.find(searchPath, starter);
        SandboxVerdict sandbox =
                node == null
                        ? new SandboxVerdict.Fails(
                                "Node is missing: install Node 20 or newer with npm.")
                        : Sandbox.find(node, searchPath, starter).verdict();
        var present = declarations.present(searchPath);
        var servers = new ArrayList<ServerCheck>();
        for (var server : declarations.servers()) {
            var here =
                    present.servers().stream()
                            .filter(other -> other.id().equals(server.id()))
                            .findFirst()
                            .orElse(server);
            servers.add(
                    new ServerCheck(
                            server.id(),
                            server.title(),
                            server.start().program(),
                            here.start().found(),
                            server.start().runsProjectCode()));
        }
        return new LanguageCheck(
                node == null ? null : node.binary(),
                NodeRuntime.which("npm", searchPath),
                sandbox,
                servers);
    }
}
