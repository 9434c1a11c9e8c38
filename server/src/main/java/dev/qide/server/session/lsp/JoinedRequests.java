package dev.qide.server.session.lsp;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.concurrent.BackgroundTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Requests that several language servers of a session are sent, and the one answer made of theirs.
///
/// The same request, with the same id, goes to each of them; each answers it once, also when it
/// ends, and the client hears the joined answer. A request about a document has a primary server:
/// its error is the answer, and the others cost its answer at most 500 ms. A request about the
/// workspace has none: its answer waits at most 3 s for all, and is an error only if all fail.
///
/// Thread-safe: the session's thread begins, the threads of the servers answer.
public final class JoinedRequests {
    /// How long the answer of a primary server waits for those of auxiliary servers.
    static final Duration AUXILIARY_WAIT = Duration.ofMillis(500);

    /// How long a request about the workspace waits for its servers.
    static final Duration WORKSPACE_WAIT = Duration.ofSeconds(3);

    private final Consumer<String> send;
    private final Map<String, Pending> pending = new LinkedHashMap<>();

    /// Makes one result of several.
    @FunctionalInterface
    public interface Join {
        /// @param results by language, in the order in which the servers were asked; without those
        ///   that failed or are late
        JsonElement join(Map<String, JsonElement> results);
    }

    /// One request. Stays until all servers have answered, so that late answers are recognised.
    private static final class Pending {
        private final @Nullable String primary;
        private final List<String> languages;
        private final Join join;
        private final Set<String> owing;
        private final Map<String, JsonObject> answers = new LinkedHashMap<>();
        private boolean isAnswered;

        private Pending(@Nullable String primary, List<String> languages, Join join) {
            this.primary = primary;
            this.languages = List.copyOf(languages);
            this.join = join;
            this.owing = new HashSet<>(languages);
        }
    }

    /// @param send to the editor; does not block
    public JoinedRequests(Consumer<String> send) {
        this.send = send;
    }

    /// Registers a request about a document before it is sent.
    ///
    /// @param id the request's id as a JSON literal
    /// @param languages whose servers are sent it, the primary first
    /// @return false when a request of this id is under way: then it must not be sent to several
    public synchronized boolean begin(String id, List<String> languages, Join join) {
        return pending.putIfAbsent(id, new Pending(languages.getFirst(), languages, join)) == null;
    }

    /// Registers a request about the workspace before it is sent.
    ///
    /// @return false when a request of this id is under way: then it must not be sent
    public synchronized boolean beginForWorkspace(String id, List<String> languages, Join join) {
        var request = new Pending(null, languages, join);
        if (pending.putIfAbsent(id, request) != null) {
            return false;
        }
        answerAfter(WORKSPACE_WAIT, id, request);
        return true;
    }

    /// Whether the server of a language has still to answer such a request.
    public synchronized boolean isOwedBy(String language) {
        return pending.values().stream().anyMatch(request -> request.owing.contains(language));
    }

    /// An answer of a server.
    ///
    /// @return false when it belongs to no joined request: it goes to the client as it is
    public synchronized boolean answered(String language, JsonObject answer) {
        var id = String.valueOf(answer.get("id"));
        var request = pending.get(id);
        if (request == null || !request.owing.remove(language)) {
            return false;
        }
        request.answers.put(language, answer);
        if (request.owing.isEmpty()) {
            pending.remove(id);
        }
        if (request.isAnswered) {
            return true;
        }
        var primary = request.primary == null ? null : request.answers.get(request.primary);
        if (request.owing.isEmpty() || (primary != null && primary.has("error"))) {
            answer(id, request);
        } else if (primary != null && language.equals(request.primary)) {
            answerAfter(AUXILIARY_WAIT, id, request);
        }
        return true;
    }

    private void answerAfter(Duration wait, String id, Pending request) {
        BackgroundTask.start(
                Thread.ofVirtual().name("joined-request"),
                () -> {
                    Thread.sleep(wait);
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
        send.accept(RpcWriter.result(id, request.join.join(results).toString()));
    }

    private static @Nullable JsonObject failure(Pending request) {
        if (request.primary != null) {
            var primary = request.answers.get(request.primary);
            return primary != null && primary.has("error") ? primary : null;
        }
        var answers = new ArrayList<>(request.answers.values());
        boolean haveAllFailed =
                request.owing.isEmpty() && answers.stream().allMatch(answer -> answer.has("error"));
        return haveAllFailed && !answers.isEmpty() ? answers.getFirst() : null;
    }

    /// The message as a tree.
    public static JsonObject tree(String message) {
        return JsonParser.parseString(message).getAsJsonObject();
    }
}
