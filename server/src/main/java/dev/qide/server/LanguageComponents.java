package dev.qide.server;

import dev.qide.server.language.BackgroundExecutors;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.EditorClient;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.language.LanguageQueries;
import dev.qide.server.language.LanguageRuntime;
import dev.qide.server.language.LocalLanguageServers;
import dev.qide.server.language.QuerySessions;
import dev.qide.server.language.SandboxedPrograms;
import dev.qide.server.language.WorkspaceFolders;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;

/// Wires language servers for editors and for queries without an editor, and programs for
/// terminals.
record LanguageComponents(LanguageHost host, LanguageQueries queries, SandboxedPrograms programs)
        implements AutoCloseable {
    /// What language servers need from the rest of the server.
    ///
    /// @param editors the receiver of messages to editors
    record Parts(
            Declarations declarations,
            WorkspaceFolders folders,
            EditorClient editors,
            BackgroundExecutors executors,
            Metrics metrics) {}

    /// Starts them, once their runtime has started.
    static LanguageComponents start(
            Parts parts, LanguageRuntimeStart started, Health health, StartedComponents components)
            throws InterruptedException {
        var runtime = started.runtime();
        runtime.register(health);
        return components.keep("language servers", of(runtime, parts));
    }

    private static LanguageComponents of(LanguageRuntime runtime, Parts parts) {
        var executors = parts.executors();
        var receivers = new QuerySessions(parts.editors());
        var host =
                new LocalLanguageServers(
                        runtime, parts.folders(), receivers, executors, parts.metrics());
        return new LanguageComponents(
                host,
                new LanguageQueries(host, receivers, parts.declarations(), executors.scheduler()),
                new SandboxedPrograms(runtime, executors.scheduler()));
    }

    @Override
    public void close() {
        programs.close();
        queries.close();
        host.close();
    }
}
