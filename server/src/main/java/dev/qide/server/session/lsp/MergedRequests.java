package dev.qide.server.session.lsp;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.wire.Failure;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Requests that go to several language servers of a session and get one merged response.
///
/// Each server gets the same request with the same id and answers it once, even if it ends. A
/// request about a document has a primary server: its error is the response, and the other servers
/// delay its result by at most 500 ms, or 30 s for source actions. A request about the workspace
/// has no primary: the response waits for all servers, at most 3 s for a list and 60 s for an edit,
/// and is an error only if all fail. A request that the client cancels is answered at once.
///
/// Thread-safe: the session's thread begins requests, the threads of the servers bring responses.
public final class MergedRequests {
    /// How long the answer of a primary server waits for those of auxiliary servers.
    static final Duration AUXILIARY_WAIT = Duration.ofMillis(500);

    /// The same for source actions, for which a person waits: ESLint finishes its other work first,
    /// and checks the whole file at least twice to fix it.
    static final Duration SOURCE_ACTION_WAIT = Duration.ofSeconds(30);

    /// How long the list of a request about the workspace waits for its servers: what one server
    /// found is worth showing without the others.
    public static final Duration LIST_WAIT = Duration.ofSeconds(3);

    /// How long an edit of the workspace waits for its servers: without one of them it would leave
    /// imports behind that no longer resolve, and in a large project a server computes for long.
    public static final Duration EDIT_WAIT = Duration.ofSeconds(60);

    private final Consumer<String> send;
    private final Map<String, Pending> pending = new LinkedHashMap<>();

    /// Merges several results into one.
    @FunctionalInterface
    public interface Merge {
        /// @param results by language, in the order in which the servers got the request; without
        ///   servers that failed or are late
        JsonElement merge(Map<String, JsonElement> results);
    }

    /// A pending request. It stays until all servers have answered, so that late responses are
    /// recognised.
    private static final class Pending {
        private final @Nullable String primary;
        private final List<String> languages;
        private final Merge merge;
        private final Duration wait;
        private final Set<String> awaited;
        private final Map<String, JsonObject> answers = new LinkedHashMap<>();
        private boolean isAnswered;

        /// @param wait how long the response waits: for the auxiliary servers, once the primary has
        ///   answered; without a primary for all servers
        private Pending(
                @Nullable String primary, List<String> languages, Merge merge, Duration wait) {
            this.primary = primary;
            this.languages = List.copyOf(languages);
            this.merge = merge;
            this.wait = wait;
            this.awaited = new HashSet<>(languages);
        }
    }

    /// @param send to the editor; does not block
    public MergedRequests(Consumer<String> send) {
        this.send = send;
    }

    /// Registers a request about a document before it is sent; it waits 500 ms for auxiliary
    /// servers.
    ///
    /// @param id the request's id as a JSON literal
    /// @param languages whose servers get it, the primary first
    /// @return false when a request with this id is pending; it must not go to several servers then
    public boolean begin(String id, List<String> languages, Merge merge) {
        return begin(id, languages, merge, AUXILIARY_WAIT);
    }

    /// The same with another wait.
    ///
    /// @param wait how long the answer of the primary waits for the others
    /// @return false when a request with this id is pending; it must not go to several servers then
    public synchronized boolean begin(
            String id, List<String> languages, Merge merge, Duration wait) {
        var request = new Pending(languages.getFirst(), languages, merge, wait);
        return pending.putIfAbsent(id, request) == null;
    }

    /// Registers a request about the workspace before it is sent.
    ///
    /// @param wait the longest time until the response
    /// @return false when a request with this id is pending; it must not be sent then
    public synchronized boolean beginForWorkspace(
            String id, List<String> languages, Merge merge, Duration wait) {
        var request = new Pending(null, languages, merge, wait);
        if (pending.putIfAbsent(id, request) != null) {
            return false;
        }
        answerWhenLate(id, request);
        return true;
    }

    /// Whether a language's server has still to answer a merged request.
    public synchronized boolean isAwaiting(String language) {
        return pending.values().stream().anyMatch(request -> request.awaited.contains(language));
    }

    /// Receives a response of a server.
    ///
    /// @return false when it belongs to no merged request; the caller forwards it unchanged
    public synchronized boolean answered(String language, JsonObject answer) {
        var id = String.valueOf(answer.get("id"));
        var request = pending.get(id);
        if (request == null || !request.awaited.remove(language)) {
            return false;
        }
        request.answers.put(language, answer);
        if (request.awaited.isEmpty()) {
            pending.remove(id);
        }
        if (request.isAnswered) {
            return true;
        }
        var primary = request.primary == null ? null : request.answers.get(request.primary);
        if (request.awaited.isEmpty() || (primary != null && primary.has("error"))) {
            answer(id, request);
        } else if (primary != null && language.equals(request.primary)) {
            answerWhenLate(id, request);
        }
        return true;
    }

    /// Answers a request that the client has cancelled: a server may finish it nevertheless.
    public synchronized void cancelled(String id) {
        var request = pending.get(id);
        if (request != null && !request.isAnswered) {
            request.isAnswered = true;
            send.accept(JsonRpcWriter.error(id, Failure.REQUEST_CANCELLED, Map.of()));
        }
    }

    private void answerWhenLate(String id, Pending request) {
        BackgroundTask.start(
                Thread.ofVirtual().name("joined-request"),
                () -> {
                    Thread.sleep(request.wait);
                    synchronized (this) {
                        if (!request.isAnswered) {
                            answer(id, request);
                        }
                    }
                });
    }

    private void answer(String id, Pending request) {
        request.isAnswered = true;
        var failed = failure(request);
        if (failed != null) {
            send.accept(failed.toString());
            return;
        }
        var results = new LinkedHashMap<String, JsonElement>();
        for (var language : request.languages) {
            var answer = request.answers.get(language);
            if (answer != null && !answer.has("error")) {
                results.put(
                        language, answer.has("result") ? answer.get("result") : JsonNull.INSTANCE);
            }
        }
        send.accept(JsonRpcWriter.result(id, request.merge.merge(results).toString()));
    }

    private static @Nullable JsonObject failure(Pending request) {
        if (request.primary != null) {
            var primary = request.answers.get(request.primary);
            return primary != null && primary.has("error") ? primary : null;
        }
        var answers = new ArrayList<>(request.answers.values());
        boolean haveAllFailed =
                request.awaited.isEmpty()
                        && answers.stream().allMatch(answer -> answer.has("error"));
        return haveAllFailed && !answers.isEmpty() ? answers.getFirst() : null;
    }

    /// Parses a message.
    public static JsonObject tree(String message) {
        return JsonParser.parseString(message).getAsJsonObject();
    }
}
