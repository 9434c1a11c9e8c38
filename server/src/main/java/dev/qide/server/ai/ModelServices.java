package dev.qide.server.ai;

import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.ConversationTable;
import dev.qide.server.store.Database;
import dev.qide.server.store.ModelTable;
import dev.qide.server.store.OrganisationBudgetTable;
import dev.qide.server.store.UsageTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import java.time.InstantSource;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// All services for models. Thread-safe.
public final class ModelServices implements AutoCloseable {
    private final UsageLedger ledger;
    private final ModelCalls calls;
    private final Completions completions;
    private final Chats chats;
    private final ModelApi api;
    private final ModelAdministration administration;
    private final OrganisationBudgets budgets;

    /// The parts of the server that the services use.
    ///
    /// @param workspaces the id of a workspace by its name; null for none
    public record Parts(
            Database database,
            PrivateFiles privateFiles,
            WorkspaceTools tools,
            Scheduler scheduler,
            ComputePool cpu,
            InstantSource clock,
            Metrics metrics,
            CallListener listener,
            ModelKeys keys,
            Function<String, @Nullable WorkspaceId> workspaces) {}

    /// @param content the models in order of preference, and the budgets
    public ModelServices(ModelsFile.Content content, Parts parts) {
        var usage = new UsageTable(parts.database());
        var conversations = new ConversationTable(parts.database());
        ledger = new UsageLedger(usage, parts.scheduler(), parts.clock(), parts.metrics());
        var admission = new Budgets(content.budgets(), parts.clock(), parts.metrics());
        admission.load(usage);
        budgets = new OrganisationBudgets(admission, new OrganisationBudgetTable(parts.database()));
        var models = new Models(content.models(), content.localOnly(), parts.keys());
        administration =
                new ModelAdministration(
                        models,
                        parts.keys(),
                        new ModelTable(parts.database()),
                        parts.workspaces(),
                        ledger.metrics());
        calls =
                ModelCalls.of(
                        models,
                        new Accounting(admission, ledger, parts.listener()),
                        parts.scheduler(),
                        parts.cpu());
        completions =
                new Completions(calls, parts.privateFiles(), parts.scheduler(), parts.metrics());
        chats =
                new Chats(
                        calls,
                        parts.privateFiles(),
                        parts.tools(),
                        conversations,
                        parts.scheduler(),
                        parts.clock());
        api = new ModelApi(calls, parts.clock());
    }

    /// The reports of past usage.
    public UsageReports usage() {
        return new UsageReports(ledger);
    }

    public OrganisationBudgets budgets() {
        return budgets;
    }

    public Completions completions() {
        return completions;
    }

    public Chats chats() {
        return chats;
    }

    public ModelAdministration administration() {
        return administration;
    }

    public ModelApi api() {
        return api;
    }

    /// Reads the models, keys, budgets and restricted workspaces that other servers of the database
    /// have changed. Blocks.
    public void refresh() {
        administration.refresh();
        budgets.refresh();
    }

    /// Ends all calls.
    @Override
    public void close() {
        chats.close();
        completions.close();
        calls.close();
        ledger.close();
    }
}
