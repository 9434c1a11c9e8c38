package dev.qide.server;

import dev.qide.server.language.BackgroundExecutors;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.EditorClient;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.language.LanguageQueries;
import dev.qide.server.language.LanguageRuntime;
import dev.qide.server.language.LocalLanguageServers;
import dev.qide.server.language.QuerySessions;
import dev.qide.server.language.WorkspaceFolders;
import dev.qide.server.telemetry.Metrics;

/// Language servers for editors, and for questions without an editor.
record LanguageComponents(LanguageHost host, LanguageQueries queries) implements AutoCloseable {
    /// @param editors the receiver of messages to editors
    static LanguageComponents of(
            LanguageRuntime runtime,
            Declarations declarations,
            WorkspaceFolders folders,
            EditorClient editors,
            BackgroundExecutors executors,
            Metrics metrics) {
        var receivers = new QuerySessions(editors);
        var host = new LocalLanguageServers(runtime, folders, receivers, executors, metrics);
        return new LanguageComponents(
                host, new LanguageQueries(host, receivers, declarations, executors.scheduler()));
    }

    @Override
    public void close() {
        queries.close();
        host.close();
    }
}
