package dev.qide.server.tools;

import dev.qide.server.ai.PrivateFiles;
import dev.qide.server.ai.WorkspaceTools;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.TextSearch;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.language.LanguageQueries;
import dev.qide.server.telemetry.Metrics;
import java.util.ArrayList;
import java.util.random.RandomGenerator;

/// Everything that models and programs may do in a workspace. Thread-safe.
public final class ToolServices implements AutoCloseable {
    private final ToolTable table;
    private final McpServer mcp;
    private final ChangeSets changeSets;

    /// The parts of the server that tools use.
    public record Parts(
            WorkspaceFiles files,
            TextSearch search,
            Collaboration documents,
            LanguageQueries languages,
            PrivateFiles privateFiles,
            Scheduler scheduler,
            RandomGenerator random,
            Metrics metrics) {}

    /// @param version of this server
    public ToolServices(Parts parts, String version) {
        var texts = new WorkspaceTexts(parts.files(), parts.documents(), parts.privateFiles());
        var tools = new ArrayList<Tool>();
        tools.addAll(new FileTools(texts, parts.files(), parts.search()).tools());
        tools.addAll(new CodeTools(texts, parts.languages()).tools());
        changeSets = new ChangeSets(texts, parts.documents(), parts.scheduler(), parts.random());
        tools.addAll(new EditTools(texts, changeSets).tools());
        table = new ToolTable(tools, parts.metrics());
        mcp = new McpServer(table, version);
    }

    public WorkspaceTools table() {
        return table;
    }

    public McpServer mcp() {
        return mcp;
    }

    /// The edits that models propose.
    public ChangeSets changeSets() {
        return changeSets;
    }

    @Override
    public void close() {
        changeSets.close();
    }
}
