package dev.qide.server;

import dev.qide.server.ai.CallListener;
import dev.qide.server.ai.ModelKeys;
import dev.qide.server.ai.ModelServices;
import dev.qide.server.ai.ModelsFile;
import dev.qide.server.api.Api;
import dev.qide.server.api.BudgetEndpoints;
import dev.qide.server.api.ModelAdminEndpoints;
import dev.qide.server.api.ModelEndpoints;
import dev.qide.server.api.PersonEndpoints;
import dev.qide.server.audit.AuditLog;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.cli.Version;
import dev.qide.server.identity.Organisations;
import dev.qide.server.session.Grants;
import dev.qide.server.store.Database;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.tools.ToolServices;
import dev.qide.server.workspace.Workspaces;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Wires models, and the workspace tools that they may call.
record ModelComponents(ModelServices models, ToolServices tools) implements AutoCloseable {
    /// The callers of models.
    ///
    /// @param workspaces the id of a workspace by its name; null for none
    record Callers(
            CallListener listener,
            ModelKeys keys,
            Function<String, @Nullable WorkspaceId> workspaces) {
        static Callers of(
                AuditLog audit, Database database, ServerConfig config, Workspaces workspaces) {
            return new Callers(
                    AccountComponents.recordingCalls(audit),
                    new SealedModelKeys(
                            database, config.login().keys(), workspaces, new SecureRandom()),
                    name -> {
                        var found = workspaces.find(name);
                        return found == null ? null : found.id();
                    });
        }
    }

    static ModelComponents of(
            ModelsFile.Content content,
            ToolServices.Parts parts,
            Database database,
            InstantSource clock,
            Callers callers) {
        var tools = new ToolServices(parts, Version.read());
        var models =
                new ModelServices(
                        content,
                        new ModelServices.Parts(
                                database,
                                parts.privateFiles(),
                                tools.table(),
                                parts.scheduler(),
                                parts.files()::compute,
                                clock,
                                parts.metrics(),
                                callers.listener(),
                                callers.keys(),
                                callers.workspaces()));
        return new ModelComponents(models, tools);
    }

    Api.ModelResources endpoints(
            Grants grants, Organisations organisations, PersonEndpoints people) {
        return new Api.ModelResources(
                new ModelEndpoints(models, grants, organisations),
                new ModelAdminEndpoints(models.administration(), organisations, people),
                new BudgetEndpoints(models, organisations));
    }

    @Override
    public void close() {
        models.close();
        tools.close();
    }
}
