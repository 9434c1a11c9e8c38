package dev.qide.server.language;

import com.google.gson.JsonObject;
import dev.qide.server.language.lsp.ServerContext;
import dev.qide.server.language.lsp.ServerLink;
import dev.qide.server.language.lsp.SharedLinkServices;
import dev.qide.server.language.process.ResourceMonitor;
import dev.qide.server.language.process.ServerLauncher;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.server.language.rewrite.RootUri;
import dev.qide.server.language.settings.ProjectStyle;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.FormattingStyle;
import dev.qide.wire.JsonRpcWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The language servers that run on this node: one process for each session and language.
/// Thread-safe.
public final class LocalLanguageServers implements LanguageHost {
    private final ServerLauncher launcher;
    private final WorkspaceFolders folders;
    private final EditorClient editorClient;
    private final BackgroundExecutors executors;
    private final MessageTexts texts;
    private final SharedLinkServices.LanguageServerMetrics serverMetrics;
    private final ResourceMonitor monitor;
    private final ExternalDocuments external;
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();

    public LocalLanguageServers(
            LanguageRuntime runtime,
            WorkspaceFolders folders,
            EditorClient editorClient,
            BackgroundExecutors executors,
            Metrics metrics) {
        this(runtime.launcher(), folders, editorClient, executors, metrics);
    }

    LocalLanguageServers(
            ServerLauncher launcher,
            WorkspaceFolders folders,
            EditorClient editorClient,
            BackgroundExecutors executors,
            Metrics metrics) {
        this.launcher = launcher;
        this.folders = folders;
        this.editorClient = editorClient;
        this.executors = executors;
        this.texts = new MessageTexts(executors.cpu());
        this.external = new ExternalDocuments(folders);
        this.monitor = new ResourceMonitor(executors.scheduler());
        this.serverMetrics = SharedLinkServices.LanguageServerMetrics.in(metrics);
    }

    private static final class Session {
        private ClientProfile client;
        private final WorkspaceFolder folder;
        private final AtomicInteger requests = new AtomicInteger();
        private final Map<String, ServerLink> links = new LinkedHashMap<>();
        private boolean isClosed;
        private @Nullable String settings;

        private Session(ClientProfile client, WorkspaceFolder folder) {
            this.client = client;
            this.folder = folder;
        }
    }

    @Override
    public void open(String session, String workspace, ClientProfile client) {
        var folder = folders.find(workspace);
        if (folder == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        var opened = new Session(client, folder);
        if (sessions.putIfAbsent(session, opened) != null) {
            throw new IllegalStateException("The session is open already.");
        }
    }

    @Override
    public void configure(String session, String message) {
        var opened = sessions.get(session);
        if (opened == null) {
            return;
        }
        List<ServerLink> links;
        synchronized (opened) {
            opened.settings = message;
            links = List.copyOf(opened.links.values());
        }
        links.forEach(link -> link.send(message));
    }

    @Override
    public ClientFolders folders(String workspace, @Nullable JsonObject initialize) {
        var folder = folders.find(workspace);
        if (folder == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return ClientFolders.of(initialize, folder.directory());
    }

    @Override
    public void changeFolders(String session, String message) {
        var opened = sessions.get(session);
        if (opened == null
                || !(JsonPath.at(texts.tree(message), "params.event")
                        instanceof JsonObject event)) {
            return;
        }
        List<ServerLink> links;
        synchronized (opened) {
            opened.client = opened.client.with(opened.client.folders().changed(event));
            links = List.copyOf(opened.links.values());
        }
        links.forEach(link -> link.send(message));
    }

    @Override
    public List<String> auxiliaries(
            String workspace, String language, @Nullable String languageId, String path) {
        var folder = folders.find(workspace);
        return folder == null
                ? List.of()
                : launcher.declarations().auxiliariesOf(language, languageId).stream()
                        .filter(server ->
                                launcher.refusal(server, folder) == null
                                        && folder.needs(server, path))
                        .map(ServerDeclaration::language)
                        .toList();
    }

    @Override
    public void send(String session, String language, String message) {
        var opened = sessions.get(session);
        if (opened == null) {
            return;
        }
        var server = launcher.declarations().find(language);
        if (server == null) {
            refuse(session, language, message);
            return;
        }
        ServerLink link;
        String settings = null;
        synchronized (opened) {
            if (opened.isClosed) {
                return;
            }
            if (!opened.links.containsKey(server.language())) {
                settings = opened.settings;
            }
            link =
                    opened.links.computeIfAbsent(
                            server.language(), _ -> link(session, opened, server));
        }
        if (settings != null) {
            link.send(settings);
        }
        link.send(texts.opened(message, (uri, _) -> idByFile(uri)));
    }

    @Override
    public void fileChanged(String workspace, String path, FileEvent event) {
        linksIn(workspace).forEach(link -> link.fileChanged(path, event));
    }

    @Override
    public String readExternal(String workspace, String uri) {
        return external.read(workspace, uri);
    }

    @Override
    public FormattingStyle formattingStyle(String workspace, String path) {
        var folder = folders.find(workspace);
        if (folder == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return ProjectStyle.of(folder.directory(), path);
    }

    @Override
    public boolean isSandboxed() {
        return launcher.isSandboxed();
    }

    @Override
    public void trustChanged(String workspace) {
        linksIn(workspace).forEach(ServerLink::trustChanged);
    }

    @Override
    public void workspaceDeleted(String workspace) {
        sessions.forEach((id, session) -> {
            if (session.folder.name().equals(workspace)) {
                close(id);
                editorClient.ended(id);
            }
        });
        external.forget(workspace);
    }

    @Override
    public void close(String session) {
        var opened = sessions.remove(session);
        if (opened == null) {
            return;
        }
        ArrayList<ServerLink> links;
        synchronized (opened) {
            opened.isClosed = true;
            links = new ArrayList<>(opened.links.values());
        }
        links.forEach(ServerLink::close);
    }

    @Override
    public void close() {
        new ArrayList<>(sessions.keySet()).forEach(this::close);
        monitor.close();
    }

    /// The process ids of a session's running servers, for tests.
    List<Long> pids(String session) {
        var opened = sessions.get(session);
        if (opened == null) {
            return List.of();
        }
        synchronized (opened) {
            return opened.links.values().stream().flatMap(link -> link.pid().stream()).toList();
        }
    }

    /// The language id that the file's name determines, whatever the client sends.
    private @Nullable String idByFile(String uri) {
        return launcher.declarations().idByFile(RootUri.decoded(uri, 0, uri.length()));
    }

    private List<ServerLink> linksIn(String workspace) {
        var links = new ArrayList<ServerLink>();
        for (var session : sessions.values()) {
            if (session.folder.name().equals(workspace)) {
                synchronized (session) {
                    links.addAll(session.links.values());
                }
            }
        }
        return links;
    }

    private ServerLink link(String session, Session opened, ServerDeclaration server) {
        var context = new ServerContext(session, opened.client, server, opened.folder);
        return new ServerLink(
                context,
                launcher,
                editorClient,
                executors,
                new SharedLinkServices(opened.requests, serverMetrics, monitor, external));
    }

    private void refuse(String session, String language, String message) {
        var envelope = JsonRpcEnvelope.read(message);
        if (envelope.isRequest()) {
            editorClient.fromServer(
                    session,
                    language,
                    JsonRpcWriter.error(envelope.id(), Failure.LANGUAGE_UNKNOWN, Map.of()));
        }
    }
}
