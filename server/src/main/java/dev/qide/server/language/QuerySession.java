package dev.qide.server.language;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Runs the queries about one workspace, one at a time. Thread-safe; calls block.
final class QuerySession implements EditorClient {
    private static final Duration ANSWER = Duration.ofSeconds(30);

    /// How long a question waits for those before it.
    private static final Duration TURN = Duration.ofSeconds(30);

    /// How long diagnostics without a version may be followed by others of the same text: a server
    /// may publish what it finds step by step.
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Map<String, String> LATE =
            Map.of("reason", "the-language-server-does-not-answer");
    private static final String PUBLISH = "textDocument/publishDiagnostics";

    /// The command of TypeScript's server for requests of `tsserver`.
    static final String CHECK_TYPES = "typescript.tsserverRequest";

    /// The client capabilities that the queries need.
    private static final String CAPABILITIES =
            """
            {"textDocument":{"documentSymbol":{"hierarchicalDocumentSymbolSupport":true},
            "references":{},"publishDiagnostics":{"versionSupport":true}},"workspace":{"symbol":{}}}
            """;

    private final String id;
    private final LanguageHost host;
    private final QuerySessions receivers;
    private final Semaphore turn = new Semaphore(1, true);
    private final Map<String, CompletableFuture<JsonObject>> pending = new ConcurrentHashMap<>();
    private volatile Awaited awaited = new Awaited("", 0);
    private volatile long usedAt = System.nanoTime();
    private volatile boolean isOver;

    /// Only the thread with the turn changes it.
    private int number;

    /// @param name of its server
    /// @param id LSP's language id
    /// @param canCheckTypes whether its server has the command [#CHECK_TYPES]
    record Language(String name, String id, boolean canCheckTypes) {}

    /// The diagnostics that a question waits for. Thread-safe.
    private static final class Awaited {
        private final String path;
        private final int version;
        private @Nullable JsonArray published;
        private int publications;
        private boolean isOfVersion;
        private boolean isOver;

        private Awaited(String path, int version) {
            this.path = path;
            this.version = version;
        }

        synchronized void publish(JsonArray diagnostics, boolean isOfThisVersion) {
            if (!isOfVersion) {
                published = diagnostics;
                publications++;
                isOfVersion = isOfThisVersion;
                notifyAll();
            }
        }

        synchronized void end() {
            isOver = true;
            notifyAll();
        }

        /// The diagnostics of the version, or the last ones before a pause.
        ///
        /// @param end the time of the nano clock until which it waits
        synchronized JsonElement take(long end) throws InterruptedException {
            while (!isOver) {
                var last = published;
                int seen = publications;
                if (last != null && isOfVersion) {
                    return last;
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                waitUnchanged(seen, last == null ? left : Math.min(left, PAUSE.toMillis()));
                boolean isUnchanged = seen == publications && !isOver;
                if (isUnchanged && last != null) {
                    return last;
                }
                if (isUnchanged) {
                    throw new FailureException(Failure.REQUEST_FAILED, LATE);
                }
            }
            throw new FailureException(Failure.SERVER_CANCELLED);
        }

        private void waitUnchanged(int seen, long milliseconds) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
            while (seen == publications && !isOver) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                wait(left);
            }
        }
    }

    QuerySession(String id, String workspace, LanguageHost host, QuerySessions receivers) {
        this.id = id;
        this.host = host;
        this.receivers = receivers;
        receivers.add(id, this);
        try {
            host.open(id, workspace, ClientProfile.routed(ClientFolders.one(null), CAPABILITIES));
        } catch (RuntimeException failure) {
            receivers.remove(id);
            throw failure;
        }
    }

    JsonElement request(
            LanguageQueries.Document document, Language language, String method, JsonObject params)
            throws InterruptedException {
        return opened(
                document,
                language,
                uri -> {
                    var whole = params.deepCopy();
                    whole.add("textDocument", textDocument(uri));
                    return result(language, method, whole);
                });
    }

    JsonElement diagnostics(LanguageQueries.Document document, Language language)
            throws InterruptedException {
        return opened(
                document,
                language,
                uri -> {
                    long end = System.nanoTime() + ANSWER.toNanos();
                    if (language.canCheckTypes()) {
                        checkTypes(language, uri);
                    }
                    return awaited.take(end);
                });
    }

    /// Waits until the types are checked. Without that TypeScript's server first publishes an empty
    /// list, when it has found no error of syntax.
    private void checkTypes(Language language, String uri) throws InterruptedException {
        var file = new JsonObject();
        file.addProperty("file", uri);
        var arguments = new JsonArray();
        arguments.add("semanticDiagnosticsSync");
        arguments.add(file);
        var params = new JsonObject();
        params.addProperty("command", CHECK_TYPES);
        params.add("arguments", arguments);
        try {
            var _ = result(language, "workspace/executeCommand", params);
        } catch (FailureException failure) {
            if (isOver) {
                throw failure;
            }
            // What the server publishes is still worth having.
        }
    }

    void touch() {
        usedAt = System.nanoTime();
    }

    boolean isOver() {
        return isOver;
    }

    /// @return whether it is closed
    boolean closeIfIdle(Duration idle) {
        if (!isOver && System.nanoTime() - usedAt > idle.toNanos() && turn.tryAcquire()) {
            close();
        }
        return isOver;
    }

    void close() {
        isOver = true;
        host.close(id);
        receivers.remove(id);
        var ended = new FailureException(Failure.SERVER_CANCELLED);
        pending.values().forEach(answer -> answer.completeExceptionally(ended));
        awaited.end();
    }

    private interface Question {
        JsonElement answer(String uri) throws InterruptedException;
    }

    /// Asks while the document is open.
    private JsonElement opened(
            LanguageQueries.Document document, Language language, Question question)
            throws InterruptedException {
        if (!turn.tryAcquire(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new FailureException(Failure.SERVER_CANCELLED);
        }
        try {
            if (isOver) {
                throw new FailureException(Failure.SERVER_CANCELLED);
            }
            touch();
            var uri = RootlessUris.of(document.path());
            awaited = new Awaited(document.path(), ++number);
            var item = textDocument(uri);
            item.addProperty("languageId", language.id());
            item.addProperty("version", number);
            item.addProperty("text", document.text());
            notifyServer(language, "textDocument/didOpen", item);
            try {
                return question.answer(uri);
            } finally {
                notifyServer(language, "textDocument/didClose", textDocument(uri));
            }
        } finally {
            turn.release();
        }
    }

    private JsonElement result(Language language, String method, JsonObject params)
            throws InterruptedException {
        var request = "\"" + id + "-" + number + "\"";
        var answer = new CompletableFuture<JsonObject>();
        pending.put(request, answer);
        try {
            host.send(id, language.name(), JsonRpcWriter.request(request, method, params));
            var response = await(answer);
            if (response.get("error") instanceof JsonObject error) {
                throw new FailureException(
                        Failure.REQUEST_FAILED, Map.of("reason", sentence(error)));
            }
            var result = response.get("result");
            return result == null ? JsonNull.INSTANCE : result;
        } finally {
            if (pending.remove(request) != null && !answer.isDone()) {
                host.send(id, language.name(), JsonRpcWriter.cancel(request));
            }
        }
    }

    private static <T> T await(CompletableFuture<T> answer) throws InterruptedException {
        try {
            return answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException timeout) {
            throw new FailureException(Failure.REQUEST_FAILED, LATE, timeout);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof FailureException named
                    ? named
                    : new FailureException(Failure.INTERNAL, Map.of(), failure);
        }
    }

    private void notifyServer(Language language, String method, JsonObject textDocument) {
        var params = new JsonObject();
        params.add("textDocument", textDocument);
        host.send(id, language.name(), JsonRpcWriter.notification(method, params));
    }

    @Override
    public void fromServer(String session, String language, String message) {
        if (!(JsonParser.parseString(message) instanceof JsonObject tree)) {
            return;
        }
        var its = tree.get("id");
        if (!tree.has("method")) {
            var asked = its == null ? null : pending.get(its.toString());
            if (asked != null) {
                asked.complete(tree);
            }
        } else if (its != null) {
            // The servers get standard answers without an editor; what is left is refused.
            host.send(
                    id,
                    language,
                    JsonRpcWriter.error(its.toString(), Failure.METHOD_NOT_FOUND, Map.of()));
        } else if (tree.get("method").getAsString().equals(PUBLISH)
                && tree.get("params") instanceof JsonObject params) {
            published(params);
        }
    }

    private void published(JsonObject params) {
        var now = awaited;
        boolean isOfPath =
                params.get("uri") instanceof JsonPrimitive uri
                        && now.path.equals(RootlessUris.path(uri.getAsString()));
        if (isOfPath && params.get("diagnostics") instanceof JsonArray diagnostics) {
            if (!(params.get("version") instanceof JsonPrimitive version)) {
                now.publish(diagnostics, false);
            } else if (version.getAsInt() == now.version) {
                now.publish(diagnostics, true);
            }
        }
    }

    @Override
    public void capabilities(String session, String language, String capabilities) {
        // A server that lacks a method answers so.
    }

    @Override
    public void status(String session, String language, String sentence, boolean isProblem) {
        // Problems are answered to the request that they concern.
    }

    @Override
    public void ended(String session) {
        close();
    }

    private static String sentence(JsonObject error) {
        return error.get("message") instanceof JsonPrimitive text ? text.getAsString() : "unknown";
    }

    private static JsonObject textDocument(String uri) {
        var document = new JsonObject();
        document.addProperty("uri", uri);
        return document;
    }
}
