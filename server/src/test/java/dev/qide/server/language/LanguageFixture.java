package dev.qide.server.language;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.language.process.LanguageTools;
import dev.qide.server.language.process.NodeRuntime;
import dev.qide.server.language.process.ProcessStarter;
import dev.qide.server.language.process.Sandbox;
import dev.qide.server.language.process.ServerLauncher;
import dev.qide.server.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/// A language host over real servers, and what it needs.
final class LanguageFixture implements AutoCloseable {
    private static final String SEARCH_PATH =
            Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin:/bin");

    final ProcessStarter starter = new ProcessStarter();
    final NodeRuntime node;
    final Sandbox sandbox;
    final RecordingEditor editor = new RecordingEditor();
    final LocalLanguageServers host;
    final QuerySessions receivers = new QuerySessions(editor);
    private final Declarations declarations;
    private final Scheduler scheduler = new Scheduler();
    private final CpuPool cpu = new CpuPool(1);
    private final Map<String, WorkspaceFolder> folders = new HashMap<>();

    LanguageFixture(Declarations declarations, boolean isSandboxed) throws InterruptedException {
        this.declarations = declarations;
        node = Objects.requireNonNull(NodeRuntime.find(SEARCH_PATH, starter), "Node is missing");
        sandbox =
                isSandboxed
                        ? Sandbox.find(node, SEARCH_PATH, starter)
                        : Sandbox.off(node, "It is switched off by a test.");
        host =
                new LocalLanguageServers(
                        new ServerLauncher(declarations, tools(starter), sandbox, starter),
                        folders::get,
                        receivers,
                        new BackgroundExecutors(scheduler, cpu),
                        new Metrics());
    }

    /// Questions to the servers; closed by the caller.
    LanguageQueries queries() {
        return new LanguageQueries(host, receivers, declarations, scheduler);
    }

    static LanguageTools tools(ProcessStarter starter) {
        return new LanguageTools(toolsFolder(), SEARCH_PATH, starter);
    }

    /// Shared by all tests and kept, since an install takes long.
    static Path toolsFolder() {
        var set = System.getenv("QIDE_TOOLS");
        return set != null
                ? Path.of(set)
                : Path.of(System.getProperty("user.home"), ".cache", "qide", "tools");
    }

    /// Copies a workspace of the test resources into a folder of mode 0700.
    void workspace(String name, Path folder) throws IOException {
        var source = Path.of("src", "test", "resources", "language", name);
        try (var files = Files.walk(source)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var target = folder.resolve(source.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
        add(name, folder, false);
    }

    void add(String name, Path folder, boolean isTrusted) {
        add(name, folder, () -> isTrusted);
    }

    void add(String name, Path folder, BooleanSupplier trust) {
        folders.put(name, new WorkspaceFolder(name, folder, trust, List.of()));
    }

    /// Sends one message as the editor does.
    void send(String session, String language, String json) {
        host.send(session, language, json);
    }

    void open(String session, String language, String uri, String languageId, String text) {
        var document = new JsonObject();
        document.addProperty("uri", uri);
        document.addProperty("languageId", languageId);
        document.addProperty("version", 1);
        document.addProperty("text", text);
        send(
                session,
                language,
                "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":"
                        + document
                        + "}}");
    }

    /// Asks about a position.
    void ask(String session, String language, String id, String method, String uri, int... at) {
        send(
                session,
                language,
                "{\"jsonrpc\":\"2.0\",\"id\":"
                        + id
                        + ",\"method\":\""
                        + method
                        + "\",\"params\":{\"textDocument\":{\"uri\":"
                        + new JsonPrimitive(uri)
                        + "},\"position\":{\"line\":"
                        + at[0]
                        + ",\"character\":"
                        + at[1]
                        + "}}}");
    }

    @Override
    public void close() {
        host.close();
        starter.close();
        scheduler.close();
        cpu.close();
    }
}
