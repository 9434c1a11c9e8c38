package dev.qide.server.language;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Routes the messages of language servers: to the session of a [LanguageQueries] that made the
/// request, otherwise to the editors. Thread-safe.
public final class QuerySessions implements EditorClient {
    private final EditorClient editors;
    private final Map<String, EditorClient> sessions = new ConcurrentHashMap<>();

    /// @param editors the receiver of all other sessions
    public QuerySessions(EditorClient editors) {
        this.editors = editors;
    }

    void add(String session, EditorClient receiver) {
        sessions.put(session, receiver);
    }

    void remove(String session) {
        sessions.remove(session);
    }

    @Override
    public void fromServer(String session, String language, String message) {
        sessions.getOrDefault(session, editors).fromServer(session, language, message);
    }

    @Override
    public void capabilities(String session, String language, String capabilities) {
        sessions.getOrDefault(session, editors).capabilities(session, language, capabilities);
    }

    @Override
    public void status(String session, String language, String sentence, boolean isProblem) {
        sessions.getOrDefault(session, editors).status(session, language, sentence, isProblem);
    }

    @Override
    public void ended(String session) {
        sessions.getOrDefault(session, editors).ended(session);
    }
}
