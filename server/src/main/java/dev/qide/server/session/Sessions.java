package dev.qide.server.session;

import dev.qide.server.ai.Chats;
import dev.qide.server.files.FileWatcher;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.language.EditorClient;
import dev.qide.server.language.WindowMessage;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.wire.FailureException;
import dev.qide.wire.Methods;
import dev.qide.wire.StatusParams;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.eclipse.lsp4j.MessageType;

/// The connected editors: routes messages of language servers to them, and notifies those of a
/// workspace. Thread-safe.
public final class Sessions implements EditorClient {
    private final Map<String, EditorSession> editors = new ConcurrentHashMap<>();
    private final Map<String, PlainLspSession> plain = new ConcurrentHashMap<>();
    private final Map<String, FileWatcher.Watch> watches = new ConcurrentHashMap<>();

    public Sessions(Metrics metrics) {
        metrics.gauge(
                "qide_session_editors",
                "Connected editors.",
                () -> (double) (editors.size() + plain.size()));
        metrics.gauge(
                "qide_session_waiting_characters",
                "Characters of editors' messages waiting for their sessions.",
                () -> editors.values().stream().mapToLong(EditorSession::waitingCharacters).sum());
        metrics.gauge(
                "qide_session_fullest_characters",
                "Characters waiting for the session with the longest queue.",
                () ->
                        editors.values().stream()
                                .mapToInt(EditorSession::waitingCharacters)
                                .max()
                                .orElse(0));
    }

    /// The receiving side of a socket on `/ws/{workspace}`.
    WebSocketHandler.Receiver open(
            Editor editor, WebSocketSender outgoing, SessionServices services) {
        var id = UUID.randomUUID().toString();
        var session = new EditorSession(id, editor, outgoing, services);
        editors.put(id, session);
        watch(id, editor, services.watcher());
        return session;
    }

    /// The receiving side of a socket on `/lsp/{workspace}/{language}`.
    WebSocketHandler.Receiver openPlain(
            Editor editor, String language, WebSocketSender outgoing, SessionServices services) {
        var id = UUID.randomUUID().toString();
        var session = new PlainLspSession(id, editor, language, outgoing, services);
        plain.put(id, session);
        watch(id, editor, services.watcher());
        return session;
    }

    /// Notifies every editor of a workspace.
    public void notifyWorkspace(String workspace, String method, Record params) {
        for (var session : editors.values()) {
            if (session.isIn(workspace)) {
                session.sendNotification(method, params);
            }
        }
    }

    /// Notifies every editor of a workspace.
    void notifyWorkspace(WorkspaceId workspace, String method, Record params) {
        for (var session : editors.values()) {
            if (session.isIn(workspace)) {
                session.sendNotification(method, params);
            }
        }
    }

    /// Notifies every editor of one person, in any workspace.
    public void notifyPerson(UserId person, String method, Record params) {
        for (var session : editors.values()) {
            if (session.isOf(person)) {
                session.sendNotification(method, params);
            }
        }
    }

    /// Notifies every editor of one person in one workspace.
    void notifyMember(Chats.Member member, String method, Record params) {
        for (var session : editors.values()) {
            if (session.isOf(new UserId(member.person())) && session.isIn(member.workspace())) {
                session.sendNotification(method, params);
            }
        }
    }

    /// The workspaces with connected editors.
    Set<WorkspaceId> workspaces() {
        return editors.values().stream().map(EditorSession::workspace).collect(Collectors.toSet());
    }

    /// Notifies every editor of every workspace.
    void notifyAllEditors(String method, Record params) {
        editors.values().forEach(session -> session.sendNotification(method, params));
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
            editor.sendNotification(
                    Methods.STATUS, new StatusParams(language, null, sentence, severity));
        }
        var other = plain.get(session);
        if (other != null) {
            other.send(
                    WindowMessage.logged(
                            isProblem ? MessageType.Error : MessageType.Info, sentence));
        }
    }

    /// The grants of a deleted workspace close its sockets.
    @Override
    public void ended(String session) {}

    void remove(String session) {
        editors.remove(session);
        plain.remove(session);
        var watch = watches.remove(session);
        if (watch != null) {
            watch.close();
        }
    }

    /// A workspace's tree is watched while an editor is connected.
    private void watch(String session, Editor editor, FileWatcher watcher) {
        try {
            watches.put(session, watcher.open(editor.workspaceId()));
        } catch (FailureException _) {
            // The workspace was deleted just now, which closes the socket.
        }
    }
}
