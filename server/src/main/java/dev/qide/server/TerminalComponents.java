package dev.qide.server;

import dev.qide.server.audit.AuditLog;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.identity.EmailAddresses;
import dev.qide.server.language.WorkspaceFolders;
import dev.qide.server.session.Grants;
import dev.qide.server.session.WorkspaceTerminals;
import dev.qide.server.store.Database;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.terminal.TerminalLimits;
import dev.qide.server.terminal.Terminals;

/// Wires terminals, and the rule that decides who may use them.
record TerminalComponents(Terminals all, WorkspaceTerminals ofWorkspaces) implements AutoCloseable {
    static TerminalComponents of(
            ServerConfig config,
            LanguageComponents languages,
            WorkspaceFolders folders,
            Admission admission,
            Recording recording) {
        var all =
                new Terminals(
                        languages.programs(),
                        recording.audit(),
                        TerminalLimits.STANDARD,
                        recording.metrics());
        var leases = admission.leases();
        var ofWorkspaces =
                new WorkspaceTerminals(
                        all,
                        new WorkspaceTerminals.Admission(
                                config.terminals(), admission.grants(), leases),
                        folders,
                        new EmailAddresses(admission.database()));
        leases.addLossListener(lost ->
                BackgroundTask.start(
                        Thread.ofVirtual().name("terminals-lost"), () -> ofWorkspaces.end(lost)));
        return new TerminalComponents(all, ofWorkspaces);
    }

    /// Whether a terminal may run, and for whom.
    ///
    /// @param leases terminals end when another node takes the lease of their workspace
    record Admission(Database database, Grants grants, WorkspaceLeases leases) {}

    /// Where it is recorded what happens.
    record Recording(AuditLog audit, Metrics metrics) {}

    @Override
    public void close() {
        all.close();
    }
}
