package dev.qide.server;

import dev.qide.server.ai.ModelsFile;
import dev.qide.server.api.Api;
import dev.qide.server.api.ArchiveEndpoints;
import dev.qide.server.api.FileEndpoints;
import dev.qide.server.api.McpEndpoint;
import dev.qide.server.api.OrganisationEndpoints;
import dev.qide.server.api.SearchEndpoints;
import dev.qide.server.api.ShareEndpoints;
import dev.qide.server.api.TreeEndpoints;
import dev.qide.server.api.WorkspaceEndpoints;
import dev.qide.server.audit.AuditLog;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.cli.Version;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.FileDownloads;
import dev.qide.server.files.FileReplication;
import dev.qide.server.files.FileSync;
import dev.qide.server.files.FileTextSource;
import dev.qide.server.files.FileWatcher;
import dev.qide.server.files.InterruptedMoves;
import dev.qide.server.files.LocalOnlyFiles;
import dev.qide.server.files.PathSearch;
import dev.qide.server.files.TextSearch;
import dev.qide.server.files.TreeChanges;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Organisations;
import dev.qide.server.identity.Shares;
import dev.qide.server.language.BackgroundExecutors;
import dev.qide.server.limits.Limit;
import dev.qide.server.oct.OpenCollaboration;
import dev.qide.server.session.Capabilities;
import dev.qide.server.session.ChangeSetRequests;
import dev.qide.server.session.DatabaseStatusNotifier;
import dev.qide.server.session.FileChangeNotifier;
import dev.qide.server.session.Grants;
import dev.qide.server.session.NodeDrain;
import dev.qide.server.session.PresenceNotifier;
import dev.qide.server.session.RequestGates;
import dev.qide.server.session.SaveMerger;
import dev.qide.server.session.SessionFactory;
import dev.qide.server.session.SessionServices;
import dev.qide.server.session.Sessions;
import dev.qide.server.session.TeamChatRequests;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.session.WorkspaceDeletionListener;
import dev.qide.server.session.WorkspaceForwarding;
import dev.qide.server.session.WorkspaceHandover;
import dev.qide.server.store.AuditTable;
import dev.qide.server.store.Database;
import dev.qide.server.store.DirectoryLock;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.MoveTable;
import dev.qide.server.store.Retention;
import dev.qide.server.store.TeamChatTable;
import dev.qide.server.store.TrustTable;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.teamchat.TeamChat;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.telemetry.SpanExport;
import dev.qide.server.tools.ToolServices;
import dev.qide.server.transport.JsonCompression;
import dev.qide.server.transport.WebServer;
import dev.qide.server.workspace.ManagedWorkspaces;
import dev.qide.server.workspace.Trust;
import dev.qide.server.workspace.Workspaces;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running server: every package, wired by constructors in start order, closed in reverse.
final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final Duration LEAVE_LIMIT = Duration.ofSeconds(10);
    private static final Duration DRAIN_GRACE = Duration.ofSeconds(5);

    private final ServerConfig config;
    private final StartedComponents started = new StartedComponents();
    private final SecureRandom random = new SecureRandom();
    private final InstantSource clock = InstantSource.system();
    private final Metrics metrics = new Metrics();
    private final Health health = new Health();
    private final Scheduler scheduler = keep("scheduler", new Scheduler());
    private final CpuPool cpu =
            keep("cpu", new CpuPool(Math.max(2, Runtime.getRuntime().availableProcessors())));

    /// The running server: its listener, its endpoints, the link with the owner's token, and what
    /// leaves its workspaces to other servers.
    record Serving(WebServer host, Api api, String link, NodeDrain drain) {}

    private @Nullable Serving serving;

    private Server(ServerConfig config) {
        this.config = config;
    }

    private Serving wire() throws IOException, InterruptedException {
        // Mistakes in the settings are reported before a database is set up.
        var models = ModelsFile.orNone(config.modelsFile());
        var declarations = config.declarations(LanguageRuntimeStart.SEARCH_PATH);
        var providers = LoginSetup.providers(config);
        var directories = ConfiguredWorkspaces.of(config);
        var _ = keep("data directory", DirectoryLock.ofServer(config.data()));
        var languageRuntime =
                keep("language runtime", new LanguageRuntimeStart(declarations, config.tools()));
        var _ = keep("spans", SpanExport.start(config.spans(), clock, metrics));
        var database =
                keep(
                        "database",
                        new Database(
                                DatabaseComponents.address(config, random, health, this::keep),
                                DatabaseComponents.pooler(config)));
        health.register("database", database::state);
        health.register("database-login", database::loginState);
        health.register("timers", scheduler::state);
        ServerMetrics.register(metrics, health, database, cpu);
        var nodes = keep("nodes", NodeComponents.of(config, database, random, clock, metrics));
        health.register("nodes", nodes.nodes()::state);
        var shared = RedisComponents.start(config, metrics, health, started);
        var rates = ServerMetrics.counted(config.limits(), metrics, shared);
        var identity =
                keep(
                        "identity",
                        new Identity(
                                config.data(),
                                Identity.Tables.of(database),
                                rates.limiter(Limit.LOGIN_FAILURES),
                                clock,
                                nodes.nodes()::hasHadPeers));
        health.register("identity", identity::state);
        var audit = keep("audit", new AuditLog(new AuditTable(database), clock, metrics));
        health.register("audit", audit::state);
        var retention = keep("retention", new Retention(database, config.retention(), clock));
        health.register("retention", retention::state);
        var status = keep("status", StatusComponents.of(health, database, clock));
        var login = keep("login", LoginSetup.of(config, providers, identity, database, clock));
        var workspaces = new Workspaces(directories, config.data(), new WorkspaceTable(database));
        var sessions = new Sessions(metrics);
        var grants = new Grants(identity);
        identity.addListener(grants);
        // Expiry has no event, and a credential may end while its socket is opening.
        var _ = scheduler.every(Grants.CHECK_INTERVAL, grants::accessChanged);
        var databaseStatusNotifier = new DatabaseStatusNotifier(sessions);
        database.addListener(databaseStatusNotifier);
        var files = new WorkspaceFiles(workspaces, cpu, random);
        var downloads = new FileDownloads(workspaces, files);
        var syncTable = new FileSyncTable(database);
        var texts = new FileTextSource(workspaces, files, syncTable, scheduler);
        var documents =
                new CollabComponents(cpu, scheduler, clock, random, metrics)
                        .start(database, texts, health, this::keep);
        var moves = new InterruptedMoves(workspaces, files, InterruptedMoves.Tables.of(database));
        var replication =
                keep(
                        "file replication",
                        ReplicationComponents.of(
                                config,
                                new FileReplication.Parts(
                                        workspaces,
                                        files,
                                        texts,
                                        moves,
                                        documents.leases(),
                                        FileReplication.Tables.of(database),
                                        scheduler,
                                        clock),
                                metrics));
        if (replication.isOn()) {
            health.register("file-replication", replication::state);
        }
        var sync = keep("file sync", new FileSync(texts, documents, clock, metrics));
        keep("changes by tools", replication::compareHeld);
        var archives = new ZipImport(workspaces, files, config.data().resolve("uploads"));
        var trusts = new TrustTable(database);
        var managed =
                new ManagedWorkspaces(
                        workspaces,
                        files,
                        archives,
                        new ManagedWorkspaces.Tables(
                                new WorkspaceTable(database), syncTable, trusts),
                        replication,
                        config.data());
        managed.recover();
        var trust = new Trust(workspaces, trusts, config.trusted());
        var tree =
                new TreeChanges(
                        workspaces,
                        files,
                        sync,
                        documents,
                        new TreeChanges.Tables(
                                new DocumentTable(database), syncTable, new MoveTable(database)));
        tree.completeMoves();
        sync.start();
        health.register("file-sync", sync::state);
        var watcher =
                keep("file watch", new FileWatcher(files, sync, scheduler, documents::isOpen))
                        .observed(health, metrics);
        var folders = new WorkspaceFoldersAdapter(workspaces, trust, config.data());
        var languageParts =
                LanguageComponents.start(
                        new LanguageComponents.Parts(
                                declarations,
                                folders,
                                sessions,
                                new BackgroundExecutors(scheduler, cpu),
                                metrics),
                        languageRuntime,
                        health,
                        started);
        var languages = languageParts.host();
        var terminals =
                keep(
                                "terminals",
                                TerminalComponents.of(
                                        config,
                                        languageParts,
                                        folders,
                                        new TerminalComponents.Admission(
                                                database, grants, documents.leases()),
                                        new TerminalComponents.Recording(audit, metrics)))
                        .ofWorkspaces();
        files.changes().addListener(new FileChangeNotifier(sessions, identity, languages));
        files.changes().addListener(sync.unsyncedTexts());
        var search = new TextSearch(workspaces, files, sync, documents);
        var modelParts =
                keep(
                        "models",
                        ModelComponents.of(
                                models,
                                new ToolServices.Parts(
                                        files,
                                        search,
                                        documents,
                                        languageParts.queries(),
                                        new LocalOnlyFiles(workspaces, files)::isIgnored,
                                        scheduler,
                                        random,
                                        metrics),
                                database,
                                clock,
                                ModelComponents.Callers.of(audit, database, config, workspaces)));
        var ai = modelParts.models();
        var tools = modelParts.tools();
        var services =
                new SessionServices(
                        sessions,
                        languages,
                        new Capabilities(
                                declarations, Version.read(), ai.completions()::isConfigured),
                        ai.completions(),
                        ai.chats(),
                        documents,
                        new PresenceNotifier(sessions, identity, documents, scheduler),
                        new TeamChatRequests(
                                new TeamChat(new TeamChatTable(database), rates, metrics),
                                sessions),
                        new ChangeSetRequests(tools.changeSets(), sessions, rates),
                        sync,
                        watcher,
                        SaveMerger.of(files, workspaces, scheduler),
                        databaseStatusNotifier,
                        terminals,
                        rates);
        var organisations = new Organisations(identity, database, random, clock);
        var searches = new SearchEndpoints(search, new PathSearch(workspaces, files));
        var gates = new RequestGates();
        var oct = keep("oct", new OpenCollaboration(identity, rates, random, scheduler, metrics));
        var access = new WorkspaceAccess(workspaces, documents.leases());
        var people = AccountComponents.endpoints(identity, sessions, database, audit, clock);
        var workspaceResources =
                new Api.WorkspaceResources(
                        new WorkspaceEndpoints(
                                workspaces,
                                managed,
                                trust,
                                organisations,
                                new WorkspaceEndpoints.Dependents(
                                        documents,
                                        languages,
                                        new WorkspaceDeletionListener(
                                                grants, languages, terminals, trust),
                                        terminals)),
                        new FileEndpoints(files, downloads, languages, access),
                        new TreeEndpoints(tree, downloads),
                        new ArchiveEndpoints(new ZipExport(workspaces, files, sync), archives),
                        searches,
                        new ShareEndpoints(
                                new Shares(identity, database, random, clock), workspaces),
                        new McpEndpoint(
                                tools.mcp(), access, identity, rates, searches.ofOnePerson()),
                        access,
                        new WorkspaceForwarding(
                                workspaces, documents.leases(), nodes.forwarder(), gates));
        var api =
                new Api(
                        identity,
                        new SessionFactory(services, workspaces, grants),
                        new Api.Resources(
                                workspaceResources,
                                new OrganisationEndpoints(organisations, workspaces),
                                people,
                                modelParts.endpoints(grants, organisations, people),
                                status.endpoints(),
                                NodeComponents.endpoints(database, access),
                                oct),
                        new Api.Operation(health, metrics, rates, audit, new JsonCompression(cpu)),
                        login.loginContext());
        var handover = new WorkspaceHandover(services, grants, gates);
        var drain =
                keep("drain", new NodeDrain(nodes.nodes(), documents.leases(), handover, grants));
        health.register("drain", drain::state);
        var serving = serve(api, identity, nodes, drain);
        nodes.begin(config, serving.host().port(), managed, trust, ai);
        return serving;
    }

    /// Starts every package; if one cannot start, closes those that have started.
    ///
    /// @throws StartRefusedException with a sentence for the operator
    static Server start(ServerConfig config) throws IOException, InterruptedException {
        var server = new Server(config);
        try {
            server.serving = server.wire();
        } finally {
            if (server.serving == null) {
                server.started.close();
            }
        }
        LOG.atInfo()
                .addKeyValue("event.action", "server.started")
                .addKeyValue("settings", config.shown())
                .log("ready");
        return server;
    }

    /// The link with the owner's token, `http://HOST:PORT/#token=TOKEN`; `https` with TLS.
    String link() {
        return serving().link();
    }

    /// The port that the server listens on.
    int port() {
        return serving().host().port();
    }

    /// Leaves its workspaces to others, drains, then closes every package in reverse start order.
    @Override
    public void close() {
        serving().api().stopping();
        try {
            serving().drain().leave(LEAVE_LIMIT);
            serving().host().drain(DRAIN_GRACE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        started.close();
        LOG.atInfo().addKeyValue("event.action", "server.stopped").log("stopped");
    }

    Serving serving() {
        return Objects.requireNonNull(serving);
    }

    private Serving serve(Api api, Identity identity, NodeComponents nodes, NodeDrain drain) {
        var host =
                ListenerComponents.listener(
                        config, api, scheduler, metrics, nodes.nodes().signature());
        keep("listener", host);
        health.register("listener", host::state);
        var redirect = ListenerComponents.redirect(config, scheduler);
        if (redirect != null) {
            var _ = keep("redirect listener", redirect);
        }
        var name = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
        var scheme = config.tls() == null ? "http" : "https";
        return new Serving(
                host,
                api,
                "%s://%s:%d/#token=%s".formatted(scheme, name, host.port(), identity.token()),
                drain);
    }

    private <T extends AutoCloseable> T keep(String name, T resource) {
        return started.keep(name, resource);
    }
}
