package dev.qide.server.session;

import dev.qide.server.files.FileWatcher;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.language.EditorClient;
import dev.qide.server.session.lsp.RpcWriter;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.Outgoing;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.wire.FailureException;
import dev.qide.wire.Methods;
import dev.qide.wire.StatusParams;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All connected editors; the way back from the language servers and from the files to them.
/// Thread-safe.
public final class Sessions implements EditorClient {
    private final Map<String, EditorSession> editors = new ConcurrentHashMap<>();
    private final Map<String, PlainLspSession> plain = new ConcurrentHashMap<>();
    private final Map<String, FileWatcher.Use> watches = new ConcurrentHashMap<>();
    private @Nullable SessionServices services;

    public Sessions(Metrics metrics) {
        metrics.gauge(
                "qide_session_editors",
                "Connected editors.",
                () -> (double) (editors.size() + plain.size()));
        metrics.gauge(
                "qide_session_waiting_characters",
                "Characters of editors' messages that wait for their sessions.",
                () -> editors.values().stream().mapToLong(EditorSession::waitingCharacters).sum());
        metrics.gauge(
                "qide_session_fullest_characters",
                "The same of the one session that has most of them.",
                () ->
                        editors.values().stream()
                                .mapToInt(EditorSession::waitingCharacters)
                                .max()
                                .orElse(0));
    }

    /// Ends the wiring: language servers need this object before the rooms that need them exist.
    public void use(SessionServices services) {
        this.services = services;
    }

    /// The receiving side of a socket on `/ws/{workspace}`.
    WebSocketHandler.Receiver open(Editor editor, Outgoing outgoing) {
        var id = UUID.randomUUID().toString();
        var session = new EditorSession(id, editor, outgoing, this);
        editors.put(id, session);
        watch(id, editor);
        return session;
    }

    /// The receiving side of a socket on `/lsp/{workspace}/{language}`.
    WebSocketHandler.Receiver openPlain(Editor editor, String language, Outgoing outgoing) {
        var id = UUID.randomUUID().toString();
        var session = new PlainLspSession(id, editor, language, outgoing, this);
        plain.put(id, session);
        watch(id, editor);
        return session;
    }

    /// Tells every editor of a workspace something about a file.
    public void tell(String workspace, String method, Record params) {
        for (var session : editors.values()) {
            if (session.isIn(workspace)) {
                session.tell(method, params);
            }
        }
    }

    /// Tells every editor of a workspace something about a document.
    void tell(WorkspaceId workspace, String method, Record params) {
        for (var session : editors.values()) {
            if (session.isIn(workspace)) {
                session.tell(method, params);
            }
        }
    }

    /// Tells every editor of one person, in any workspace.
    public void tellPerson(UserId person, String method, Record params) {
        for (var session : editors.values()) {
            if (session.isOf(person)) {
                session.tell(method, params);
            }
        }
    }

    /// The workspaces with connected editors.
    Set<WorkspaceId> workspaces() {
        return editors.values().stream().map(EditorSession::workspace).collect(Collectors.toSet());
    }

    /// Tells every editor of every workspace.
    void tellAll(String method, Record params) {
        editors.values().forEach(session -> session.tell(method, params));
    }

    @Override
    public void fromServer(String session, String language, String message) {
        var editor = editors.get(session);
        if (editor != null) {
            editor.fromServer(language, message);
            return;
        }
        var other = plain.get(session);
        if (other != null) {
            other.send(message);
        }
    }

    @Override
    public void capabilities(String session, String language, String capabilities) {
        var editor = editors.get(session);
        if (editor != null) {
            editor.announced(language, capabilities);
        }
    }

    @Override
    public void status(String session, String language, String sentence, boolean isProblem) {
        var severity = isProblem ? StatusParams.Severity.ERROR : StatusParams.Severity.INFO;
        var editor = editors.get(session);
        if (editor != null) {
            editor.tell(Methods.STATUS, new StatusParams(language, null, sentence, severity));
        }
        var other = plain.get(session);
        if (other != null) {
            other.send(RpcWriter.logMessage(sentence, isProblem));
        }
    }

    SessionServices services() {
        if (services == null) {
            throw new IllegalStateException("a session came before the wiring had ended");
        }
        return services;
    }

    void remove(String session) {
        editors.remove(session);
        plain.remove(session);
        var watch = watches.remove(session);
        if (watch != null) {
            watch.close();
        }
    }

    /// What tools do to files concerns whoever is connected.
    private void watch(String session, Editor editor) {
        try {
            watches.put(session, services().watcher().open(editor.workspaceId()));
        } catch (FailureException _) {
            // The workspace was deleted just now, which closes the socket.
        }
    }
}
