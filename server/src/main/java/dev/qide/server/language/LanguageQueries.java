package dev.qide.server.language;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Asks language servers about a workspace for callers without an editor, such as tools of models.
///
/// Each workspace has one [QuerySession] with language servers of its own, which end after five
/// minutes without a question. A document is open only while it is asked about. Thread-safe; calls
/// block.
public final class LanguageQueries implements AutoCloseable {
    /// The number of workspaces whose servers may run for queries at the same time.
    private static final int SESSIONS = 8;

    private static final Duration IDLE = Duration.ofMinutes(5);
    private static final Duration CHECK = Duration.ofSeconds(30);

    private final LanguageHost host;
    private final QuerySessions receivers;
    private final Declarations declarations;
    private final Scheduler.Timer idleCheck;
    private final Map<String, QuerySession> sessions = new HashMap<>();

    public LanguageQueries(
            LanguageHost host,
            QuerySessions receivers,
            Declarations declarations,
            Scheduler scheduler) {
        this.host = host;
        this.receivers = receivers;
        this.declarations = declarations;
        idleCheck =
                scheduler.every(
                        CHECK, () -> Thread.ofVirtual().name("query-idle").start(this::closeIdle));
    }

    /// A text that is asked about.
    ///
    /// @param path in the workspace
    /// @param text as it is now
    public record Document(String workspace, String path, String text) {
        /// The URI under which a result names a path.
        ///
        /// @param path in the workspace
        public static String uri(String path) {
            return RootlessUris.of(path);
        }

        /// The path of a URI in a result; null when it is outside the workspace.
        public static @Nullable String path(String uri) {
            return RootlessUris.path(uri);
        }
    }

    /// Sends a request about a document to its language server.
    ///
    /// @param params without `textDocument`, which is added
    /// @return the result; positions count UTF-16 units from 0
    /// @throws FailureException `LANGUAGE_UNKNOWN` when the file has no server, `SERVER_CANCELLED`
    ///   when too many others ask, `REQUEST_FAILED` when the server fails or does not answer within
    ///   30 seconds
    public JsonElement request(Document document, String method, JsonObject params)
            throws InterruptedException {
        return session(document.workspace()).request(document, language(document), method, params);
    }

    /// The diagnostics of a document, as an array of LSP's `Diagnostic`.
    ///
    /// @throws FailureException as [#request]
    public JsonElement diagnostics(Document document) throws InterruptedException {
        return session(document.workspace()).diagnostics(document, language(document));
    }

    private QuerySession.Language language(Document document) {
        var language = declarations.languageOf(null, document.path());
        if (language == null) {
            throw new FailureException(Failure.LANGUAGE_UNKNOWN);
        }
        var id = declarations.idByFile(document.path());
        var server = declarations.find(language);
        boolean canCheckTypes =
                server != null
                        && JsonPath.at(server.capabilities(), "executeCommandProvider.commands")
                                instanceof JsonArray commands
                        && commands.contains(new JsonPrimitive(QuerySession.CHECK_TYPES));
        return new QuerySession.Language(language, id == null ? language : id, canCheckTypes);
    }

    private synchronized QuerySession session(String workspace) {
        var known = sessions.get(workspace);
        if (known != null && !known.isOver()) {
            known.touch();
            return known;
        }
        sessions.values().removeIf(QuerySession::isOver);
        if (sessions.size() >= SESSIONS) {
            throw new FailureException(Failure.SERVER_CANCELLED, Map.of("limit", "" + SESSIONS));
        }
        var opened = new QuerySession("query-" + UUID.randomUUID(), workspace, host, receivers);
        sessions.put(workspace, opened);
        return opened;
    }

    private synchronized void closeIdle() {
        sessions.values().removeIf(session -> session.closeIfIdle(IDLE));
    }

    @Override
    public void close() {
        idleCheck.cancel();
        synchronized (this) {
            sessions.values().forEach(QuerySession::close);
            sessions.clear();
        }
    }
}
