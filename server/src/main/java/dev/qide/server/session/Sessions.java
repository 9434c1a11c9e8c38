package dev.qide.server.session;

import dev.qide.server.language.EditorSide;
import dev.qide.server.socket.Outgoing;
import dev.qide.server.socket.SocketDoor;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.watch.Metrics;
import dev.qide.wire.Methods;
import dev.qide.wire.StatusParams;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// All connected editors; the way back from the language servers and from the files to them.
/// Thread-safe.
public final class Sessions implements EditorSide {
    private final Map<String, EditorSession> editors = new ConcurrentHashMap<>();
    private final Map<String, PlainSession> plain = new ConcurrentHashMap<>();
    private @Nullable Rooms rooms;

    public Sessions(Metrics metrics) {
        metrics.level(
                "qide_session_editors_count",
                "Connected editors.",
                () -> (double) (editors.size() + plain.size()));
        metrics.level(
                "qide_session_waiting_characters_count",
                "Characters of editors' messages that wait for their sessions.",
                () -> editors.values().stream().mapToLong(EditorSession::waitingCharacters).sum());
        metrics.level(
                "qide_session_fullest_characters_count",
                "The same of the one session that has most of them.",
                () ->
                        editors.values().stream()
                                .mapToInt(EditorSession::waitingCharacters)
                                .max()
                                .orElse(0));
    }

    /// Ends the wiring: language servers need this object before the rooms that need them exist.
    public void use(Rooms rooms) {
        this.rooms = rooms;
    }

    /// The receiving side of a socket on `/ws/{workspace}`.
    SocketDoor.Receiver open(Editor editor, Outgoing outgoing) {
        var id = UUID.randomUUID().toString();
        var session = new EditorSession(id, editor, outgoing, this);
        editors.put(id, session);
        return session;
    }

    /// The receiving side of a socket on `/lsp/{workspace}/{language}`.
    SocketDoor.Receiver openPlain(Editor editor, String language, Outgoing outgoing) {
        var id = UUID.randomUUID().toString();
        var session = new PlainSession(id, editor, language, outgoing, this);
        plain.put(id, session);
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

    Rooms rooms() {
        if (rooms == null) {
            throw new IllegalStateException("a session came before the wiring had ended");
        }
        return rooms;
    }

    void remove(String session) {
        editors.remove(session);
        plain.remove(session);
    }
}
