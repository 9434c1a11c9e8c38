package dev.qide.server;

import dev.qide.server.ai.Completions;
import dev.qide.server.ai.ModelsFile;
import dev.qide.server.collab.CollabLimits;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.doors.Doors;
import dev.qide.server.doors.MadeDoors;
import dev.qide.server.doors.SearchDoors;
import dev.qide.server.doors.TreeDoors;
import dev.qide.server.doors.WorkspaceDoors;
import dev.qide.server.doors.ZipDoors;
import dev.qide.server.files.FileDownloads;
import dev.qide.server.files.FileTexts;
import dev.qide.server.files.FileWatch;
import dev.qide.server.files.MadeWorkspaces;
import dev.qide.server.files.Mirror;
import dev.qide.server.files.SampleWorkspace;
import dev.qide.server.files.TextSearch;
import dev.qide.server.files.TreeChanges;
import dev.qide.server.files.Trust;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.files.Workspaces;
import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.identity.Identity;
import dev.qide.server.language.Clockwork;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.language.LanguageTools;
import dev.qide.server.language.LocalLanguageServers;
import dev.qide.server.language.NodeRuntime;
import dev.qide.server.language.ProcessStarter;
import dev.qide.server.language.Sandbox;
import dev.qide.server.language.SandboxVerdict;
import dev.qide.server.language.ServerLaunch;
import dev.qide.server.language.WorkspaceFolders;
import dev.qide.server.limits.Limits;
import dev.qide.server.limits.Throttle;
import dev.qide.server.owner.Alarms;
import dev.qide.server.owner.CpuPool;
import dev.qide.server.session.Capabilities;
import dev.qide.server.session.Editors;
import dev.qide.server.session.FileNews;
import dev.qide.server.session.Grants;
import dev.qide.server.session.PresenceNews;
import dev.qide.server.session.Rooms;
import dev.qide.server.session.Sessions;
import dev.qide.server.session.StoreNews;
import dev.qide.server.session.WorkspaceNews;
import dev.qide.server.socket.SocketLimits;
import dev.qide.server.socket.WebHost;
import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.DirectoryLock;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.EmbeddedPostgres;
import dev.qide.server.store.LoginTable;
import dev.qide.server.store.MirrorTable;
import dev.qide.server.store.MoveTable;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.store.TokenTable;
import dev.qide.server.store.TrustTable;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.watch.Health;
import dev.qide.server.watch.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running server: every room, wired by constructors in start order, closed in reverse.
final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final Duration DRAIN_GRACE = Duration.ofSeconds(5);
    private static final Duration ACCESS_LOOK = Duration.ofMillis(250);

    private final Settings settings;
    private final Deque<Closing> started = new ArrayDeque<>();
    private final SecureRandom random = new SecureRandom();
    private final InstantSource clock = InstantSource.system();
    private final Metrics metrics = new Metrics();
    private final Health health = new Health();
    private final Limits limits = Limits.local();
    private final Alarms alarms = keep("alarms", new Alarms());
    private final CpuPool cpu =
            keep("cpu", new CpuPool(Math.max(2, Runtime.getRuntime().availableProcessors())));

    private record Closing(String what, AutoCloseable resource) {}

    /// What the doors lead to, ready to serve.
    ///
    /// @param link the first-start link
    private record Serving(WebHost host, Doors doors, String link) {}

    private @Nullable Serving serving;

    private Server(Settings settings) {
        this.settings = settings;
    }

    private Serving wire() throws IOException, InterruptedException {
        // What a person got wrong is told before a database is set up for it.
        var models = models();
        var declarations = settings.declarations(searchPath());
        var directories = directories();
        var _ = keep("data directory", DirectoryLock.ofServer(settings.data()));
        var database = keep("database", new Database(database()));
        health.register("database", database::state);
        health.register("timers", alarms::state);
        var identity =
                keep(
                        "identity",
                        new Identity(
                                settings.data(),
                                new TokenTable(database),
                                new LoginTable(database),
                                limits,
                                clock));
        health.register("identity", identity::state);
        var workspaces = new Workspaces(directories, settings.data(), new WorkspaceTable(database));
        var sessions = new Sessions(metrics);
        var grants = new Grants(identity);
        identity.watch(grants);
        // Also what time alone ends, and what ended while its socket was opening.
        var _ = alarms.every(ACCESS_LOOK, grants::accessChanged);
        var storeNews = new StoreNews(sessions);
        database.watch(storeNews);
        var news = new FileNews(sessions, identity);
        var files = new WorkspaceFiles(workspaces, cpu, random, news);
        var downloads = new FileDownloads(workspaces, files);
        var mirrors = new MirrorTable(database);
        var mirror = new Mirror(workspaces, files, mirrors, alarms, clock, metrics);
        var documents = documents(database, new FileTexts(workspaces, files, mirrors, mirror));
        var archives = new ZipImport(workspaces, files, settings.data().resolve("uploads"));
        var trusts = new TrustTable(database);
        var made =
                new MadeWorkspaces(
                        workspaces,
                        files,
                        archives,
                        new MadeWorkspaces.Tables(new WorkspaceTable(database), mirrors, trusts),
                        settings.data());
        made.begin();
        var trust = new Trust(workspaces, trusts, settings.trusted());
        var tree =
                new TreeChanges(
                        workspaces,
                        files,
                        mirror,
                        documents,
                        new TreeChanges.Tables(
                                new DocumentTable(database), mirrors, new MoveTable(database)));
        tree.settle();
        keep("mirror", mirror).use(documents);
        health.register("mirror", mirror::state);
        var _ = new PresenceNews(sessions, documents, alarms);
        keep("file watch", new FileWatch(files, mirror, alarms, documents::isOpen));
        var languages =
                languages(
                        declarations,
                        new FoldersOfWorkspaces(workspaces, trust, settings.data()),
                        sessions);
        news.use(languages);
        var completions = keep("completions", new Completions(models, alarms, metrics));
        sessions.use(
                new Rooms(
                        languages,
                        new Capabilities(declarations, Version.read(), completions.isConfigured()),
                        completions,
                        documents,
                        mirror,
                        storeNews,
                        new Throttle(limits.messagesPerSecond(), Duration.ofSeconds(1))));
        var doors =
                new Doors(
                        identity,
                        new Editors(sessions, workspaces, grants, documents),
                        new Doors.OfWorkspaces(
                                new MadeDoors(
                                        workspaces,
                                        made,
                                        trust,
                                        new MadeDoors.Others(
                                                documents,
                                                languages,
                                                new WorkspaceNews(grants, languages, trust))),
                                new WorkspaceDoors(files, downloads, languages),
                                new TreeDoors(tree, downloads),
                                new ZipDoors(new ZipExport(workspaces, files, mirror), archives),
                                new SearchDoors(
                                        new TextSearch(workspaces, files, mirror, documents))),
                        new Doors.Watched(health, metrics),
                        limits,
                        settings.host(),
                        settings.origins());
        return serve(doors, identity);
    }

    /// Starts everything; when a part cannot start, what had been started is closed again.
    static Server start(Settings settings) throws IOException, InterruptedException {
        var server = new Server(settings);
        try {
            server.serving = server.wire();
        } finally {
            if (server.serving == null) {
                server.closeStarted();
            }
        }
        LOG.atInfo()
                .addKeyValue("event.action", "server.started")
                .addKeyValue("settings", settings.shown())
                .log("ready");
        return server;
    }

    /// The first-start link, `http://HOST:PORT/#token=TOKEN`; `https` with TLS.
    String link() {
        return serving().link();
    }

    /// The port that is listened on.
    int port() {
        return serving().host().port();
    }

    /// Drains, then closes every room in reverse start order.
    @Override
    public void close() {
        serving().doors().stopping();
        try {
            serving().host().drain(DRAIN_GRACE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        closeStarted();
        LOG.atInfo().addKeyValue("event.action", "server.stopped").log("stopped");
    }

    private Serving serving() {
        return Objects.requireNonNull(serving);
    }

    private DatabaseAddress database() throws InterruptedException {
        if (settings.databaseUrl() != null) {
            return DatabaseAddress.parse(settings.databaseUrl().value());
        }
        LOG.atInfo()
                .addKeyValue("event.action", "server.starting")
                .log("starting the embedded PostgreSQL");
        var postgres =
                EmbeddedPostgres.start(
                        Settings.postgres(settings.data()),
                        Settings.postgresPrograms(settings.data()),
                        random);
        return keep("postgresql", postgres).address();
    }

    private Map<String, Path> directories() throws IOException {
        settings.workspaces()
                .forEach((name, directory) -> {
                    if (!Files.isDirectory(directory)) {
                        throw new StartRefusedException(
                                "Workspace %s needs a directory, and this is none: %s"
                                        .formatted(name, directory));
                    }
                });
        return settings.workspaces().isEmpty()
                ? Map.of(SampleWorkspace.NAME, SampleWorkspace.in(settings.data()))
                : settings.workspaces();
    }

    private Collaboration documents(Database database, FileTexts texts) {
        var table = new DocumentTable(database);
        var log = keep("update log", new UpdateLog(database, metrics));
        health.register("update-log", log::state);
        return keep(
                "documents",
                new Collaboration(
                        new Collaboration.Parts(
                                log,
                                table,
                                new WorkspaceTable(database),
                                texts,
                                cpu,
                                alarms,
                                clock,
                                random,
                                metrics),
                        CollabLimits.STANDARD));
    }

    private static String searchPath() {
        return System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    }

    private LanguageHost languages(
            Declarations declarations, WorkspaceFolders folders, Sessions sessions)
            throws InterruptedException {
        var path = searchPath();
        var starter = keep("process starter", new ProcessStarter());
        var node = NodeRuntime.find(path, starter);
        var sandbox = node == null ? null : Sandbox.find(node, path, starter);
        health.register("sandbox", () -> stateOf(sandbox));
        return keep(
                "language servers",
                new LocalLanguageServers(
                        new ServerLaunch(
                                declarations,
                                new LanguageTools(settings.tools(), path, starter),
                                sandbox,
                                starter),
                        folders,
                        sessions,
                        new Clockwork(alarms, cpu),
                        metrics));
    }

    private static Health.State stateOf(@Nullable Sandbox sandbox) {
        if (sandbox == null) {
            return new Health.State.Degraded("Node is missing: no language server can run.");
        }
        return switch (sandbox.verdict()) {
            case SandboxVerdict.Holds() -> new Health.State.Up();
            case SandboxVerdict.Fails(var sentence) -> new Health.State.Degraded(sentence);
        };
    }

    private List<dev.qide.server.ai.Model> models() {
        return settings.modelsFile() == null ? List.of() : ModelsFile.read(settings.modelsFile());
    }

    private Serving serve(Doors doors, Identity identity) {
        var host =
                new WebHost(
                        new WebHost.Place(
                                new InetSocketAddress(settings.host(), settings.port()),
                                settings.tls(),
                                settings.proxies()),
                        SocketLimits.defaults(),
                        new WebHost.Doors(doors.http(), doors.sockets()),
                        alarms,
                        metrics);
        keep("listener", host);
        health.register("listener", host::state);
        var name = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
        var scheme = settings.tls() == null ? "http" : "https";
        return new Serving(
                host,
                doors,
                "%s://%s:%d/#token=%s".formatted(scheme, name, host.port(), identity.token()));
    }

    private <T extends AutoCloseable> T keep(String what, T resource) {
        started.push(new Closing(what, resource));
        return resource;
    }

    private void closeStarted() {
        while (!started.isEmpty()) {
            var closing = started.pop();
            try {
                closing.resource().close();
            } catch (Exception failure) {
                LOG.atWarn()
                        .addKeyValue("event.action", "server.close_failed")
                        .addKeyValue("part", closing.what())
                        .setCause(failure)
                        .log("a part did not close");
            }
        }
    }
}
