package dev.qide.server.language.process;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.language.python.PythonEnvironments;
import dev.qide.server.language.rewrite.ExternalFolder;
import dev.qide.server.language.rewrite.RootMap;
import dev.qide.wire.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts a declared server: installs it, decides whether it may run here, and starts its process.
/// Thread-safe.
public final class ServerLauncher {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLauncher.class);

    private static final String SANDBOXED_NODE = "/usr/bin/node";

    private final Declarations declarations;
    private final LanguageTools tools;
    private final @Nullable Sandbox sandbox;
    private final ProcessStarter starter;

    /// @param sandbox null when there is no Node on this machine
    public ServerLauncher(
            Declarations declarations,
            LanguageTools tools,
            @Nullable Sandbox sandbox,
            ProcessStarter starter) {
        this.declarations = declarations;
        this.tools = tools;
        this.sandbox = sandbox;
        this.starter = starter;
    }

    /// A started process whose output is not read yet, and its view of paths.
    ///
    /// @param warning one sentence for the user, null for none
    /// @param python the environments of the workspace, null for a server that needs none
    public record Launched(
            ServerProcess process,
            RootMap.PathView view,
            @Nullable String warning,
            @Nullable PythonEnvironments python) {
        /// The workspace's path as the server has it.
        public String workspace() {
            return view.workspace();
        }

        /// The path of the server's own files as the server has it.
        String install() {
            return view.install();
        }

        /// The folder of the server's own files; null for a program of the machine.
        public @Nullable Path installed() {
            return view.externalFolders().stream()
                    .filter(folder -> folder.asServer().equals(view.install()))
                    .map(ExternalFolder::real)
                    .findFirst()
                    .orElse(null);
        }
    }

    public Declarations declarations() {
        return declarations;
    }

    /// Blocks while it installs and starts.
    ///
    /// @param progress gets at most one sentence when it takes time
    /// @throws ServerUnavailable with a sentence that says what to do
    public Launched launch(
            ServerDeclaration server,
            WorkspaceFolder folder,
            ServerProcess.Listener listener,
            Consumer<String> progress)
            throws InterruptedException {
        if (sandbox == null) {
            throw new ServerUnavailable(
                    Failure.LANGUAGE_UNAVAILABLE,
                    "Node is missing: install Node 20 or newer with npm, then open the file again.",
                    null);
        }
        var warning = permitted(server, folder);
        var install =
                server.start().install() == null
                        ? null
                        : tools.installed(server.start().install(), progress);
        try {
            return sandbox.holds()
                    ? confined(sandbox, server, folder, listener, install)
                    : open(sandbox, server, folder, listener, install, warning);
        } catch (IOException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "language.start_failed")
                    .addKeyValue("languageServer", server.id())
                    .setCause(failure)
                    .log("a language server cannot be started");
            throw new ServerUnavailable(
                    Failure.LANGUAGE_UNAVAILABLE,
                    "The " + server.title() + " language server cannot be started.",
                    failure);
        }
    }

    /// Whether the sandbox holds.
    public boolean isSandboxed() {
        return sandbox != null && sandbox.holds();
    }

    /// Why a server must not run here, in one sentence; null when it may. Evaluated at each use,
    /// since trust changes while servers run.
    @Nullable
    public String refusal(ServerDeclaration server, WorkspaceFolder folder) {
        if (isSandboxed() || !server.start().runsProjectCode() || folder.isTrusted()) {
            return null;
        }
        return "The "
                + server.title()
                + " language server runs the project's code and the sandbox does not work here:"
                + " install the package bubblewrap, or have its owner trust this workspace, in the"
                + " browser or at the start with --trust "
                + folder.name()
                + ".";
    }

    /// @return a warning, null for none
    private @Nullable String permitted(ServerDeclaration server, WorkspaceFolder folder) {
        var refusal = refusal(server, folder);
        if (refusal != null) {
            throw new ServerUnavailable(Failure.LANGUAGE_NOT_TRUSTED, refusal, null);
        }
        return isSandboxed()
                ? null
                : "The " + server.title() + " language server runs without a sandbox.";
    }

    private Launched confined(
            Sandbox sandbox,
            ServerDeclaration server,
            WorkspaceFolder folder,
            ServerProcess.Listener listener,
            @Nullable Path install)
            throws IOException, InterruptedException {
        var program = server.start().found();
        var reads = new ArrayList<Path>();
        if (program != null) {
            reads.add(program.toRealPath().resolveSibling(""));
        }
        server.start().reads().forEach(named -> reads.add(inHome(named)));
        var workspace = Sandbox.workspace(folder.name());
        var python =
                python(
                        server,
                        folder,
                        new PythonEnvironments.View(
                                tools.interpreters(), true, SANDBOXED_NODE, workspace));
        if (python != null) {
            reads.addAll(python.libraries());
        }
        var spec =
                new SandboxSpec(
                        install,
                        folder.directory(),
                        folder.name(),
                        folder.hidden(),
                        reads,
                        python == null ? null : python.programs(),
                        program != null,
                        server.limits());
        var places = places(SANDBOXED_NODE, RootMap.INSTALL, workspace, server.start().found());
        var builder =
                new ProcessBuilder(sandbox.command(spec, filled(server.start().command(), places)));
        builder.environment().clear();
        builder.environment().putAll(Sandbox.ENVIRONMENT);
        if (program != null) {
            builder.environment().put("PATH", searchPath(program.toRealPath(), reads));
        }
        var process =
                new ServerProcess(starter.start(builder), server.id(), server.limits(), listener);
        var view =
                new RootMap.PathView(
                        workspace,
                        RootMap.INSTALL,
                        ExternalFolders.of(server, folder, workspace)
                                .with(install, RootMap.INSTALL)
                                .with(spec)
                                .folders());
        return new Launched(process, view, null, python);
    }

    /// Without the sandbox there is still no environment, and no search path on which a server
    /// could find an interpreter that runs the project's code.
    private Launched open(
            Sandbox sandbox,
            ServerDeclaration server,
            WorkspaceFolder folder,
            ServerProcess.Listener listener,
            @Nullable Path install,
            @Nullable String warning)
            throws IOException, InterruptedException {
        var workspace = folder.directory().toRealPath().toString();
        var installed = install == null ? RootMap.INSTALL : install.toRealPath().toString();
        var places =
                places(
                        sandbox.node().binary().toString(),
                        installed,
                        workspace,
                        server.start().found());
        // Clients know the installation as `/opt/ls`, so messages contain no path of this machine.
        var python =
                python(
                        server,
                        folder,
                        new PythonEnvironments.View(
                                Path.of(installed, "interpreters"),
                                false,
                                sandbox.node().binary().toString(),
                                workspace));
        var line = sandbox.unconfined(server.limits(), filled(server.start().command(), places));
        var builder = new ProcessBuilder(line).directory(folder.directory().toFile());
        builder.environment().clear();
        builder.environment().putAll(Sandbox.ENVIRONMENT);
        builder.environment().put("PATH", "/nonexistent");
        var process =
                new ServerProcess(starter.start(builder), server.id(), server.limits(), listener);
        var machine =
                new SandboxSpec(
                        null,
                        folder.directory(),
                        folder.name(),
                        folder.hidden(),
                        python == null ? List.of() : python.libraries(),
                        null,
                        server.start().found() != null,
                        server.limits());
        var view =
                new RootMap.PathView(
                        workspace,
                        installed,
                        ExternalFolders.of(server, folder, workspace)
                                .with(install, installed)
                                .with(machine)
                                .folders());
        return new Launched(process, view, warning, python);
    }

    /// The environments of the workspace; null for a server that requests no interpreter, and where
    /// the tools folder is not writable: then packages are not found, and everything else works.
    private @Nullable PythonEnvironments python(
            ServerDeclaration server, WorkspaceFolder folder, PythonEnvironments.View view) {
        if (!server.settings().hasPythonEnvironment()) {
            return null;
        }
        try {
            return new PythonEnvironments(folder, view, tools.searchPath());
        } catch (IOException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "language.interpreter_failed")
                    .setCause(failure)
                    .log(
                            "cannot provide a Python environment: check that the tools folder is writable");
            return null;
        }
    }

    private static Map<String, String> places(
            String node, String install, String workspace, @Nullable Path program)
            throws IOException {
        return Map.of(
                "node",
                node,
                "install",
                install,
                "workspace",
                workspace,
                "program",
                program == null ? "" : program.toRealPath().toString());
    }

    /// A machine's server calls the tools beside it, or in the `bin` of a folder that it reads:
    /// `go`, `cargo`.
    private static String searchPath(Path program, List<Path> reads) {
        var places = new StringBuilder(Sandbox.PROGRAMS).append(':').append(program.getParent());
        for (var folder : reads) {
            if (Files.isDirectory(folder.resolve("bin"))) {
                places.append(':').append(folder.resolve("bin"));
            }
        }
        return places.toString();
    }

    private static Path inHome(String folder) {
        return folder.startsWith("~/")
                ? Path.of(System.getProperty("user.home"), folder.substring(2))
                : Path.of(folder);
    }

    private static List<String> filled(List<String> texts, Map<String, String> places) {
        return texts.stream().map(text -> filled(text, places)).toList();
    }

    private static String filled(String text, Map<String, String> places) {
        var filled = text;
        for (var place : places.entrySet()) {
            filled = filled.replace("${" + place.getKey() + "}", place.getValue());
        }
        return filled;
    }

    /// A copy of declared JSON with its placeholders filled in as the server sees the paths.
    public static JsonElement filled(JsonElement json, Launched launched) {
        return switch (json) {
            case JsonObject object -> {
                var copy = new JsonObject();
                object.asMap().forEach((name, value) -> copy.add(name, filled(value, launched)));
                yield copy;
            }
            case JsonArray array -> {
                var copy = new JsonArray();
                array.forEach(element -> copy.add(filled(element, launched)));
                yield copy;
            }
            case JsonPrimitive text when text.isString() ->
                    new JsonPrimitive(
                            filled(
                                    text.getAsString(),
                                    Map.of(
                                            "install", launched.install(),
                                            "workspace", launched.workspace())));
            default -> json;
        };
    }
}
