package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.LspMethod;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.server.language.settings.ShippedSchemas;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/// Handles the requests of a link's servers: [DefaultClientResponses] decides who answers. When a
/// server ends, its pending requests are cancelled at the editor, its progress is ended, and its
/// registrations are removed before the next server registers anew.
///
/// Owned by the link's thread.
final class ServerToClientRequests {
    private static final int FORWARDED_REQUESTS = 256;
    private static final int REGISTRATIONS = 1_024;
    private static final int PROGRESS_TOKENS = 256;
    private static final String SCHEMA_CONTENT = "vscode/content";
    private static final Duration ANSWER_WAIT = Duration.ofMinutes(2);

    /// How long a server waits for the settings of its client before it gets ours.
    private static final Duration CONFIGURATION_WAIT = Duration.ofSeconds(5);

    private final ServerLink link;
    private final ClientNotifier notifier;
    private final MessageTexts texts;
    private final ClientSettings settings;
    private final EnvironmentNotifier environments;
    private final NewFileEdits newFiles;
    private final Map<String, Forwarded> forwarded = new LinkedHashMap<>();
    private final Map<String, JsonObject> registrations = new LinkedHashMap<>();
    private final Map<String, JsonElement> progressTokens = new LinkedHashMap<>();
    private final UUID session = UUID.randomUUID();
    private long forwardedCount;

    /// A request of the server that waits for the editor's response.
    ///
    /// @param params of `workspace/configuration`; empty for another method
    private record Forwarded(
            String serverId, String method, JsonObject params, long deadlineNanos) {
        boolean isConfiguration() {
            return method.equals(DefaultClientResponses.CONFIGURATION);
        }
    }

    ServerToClientRequests(
            ServerLink link,
            ClientNotifier notifier,
            MessageTexts texts,
            ClientSettings settings,
            OpenDocuments documents) {
        this.link = link;
        this.notifier = notifier;
        this.texts = texts;
        this.settings = settings;
        environments = new EnvironmentNotifier(link, texts, documents);
        newFiles = new NewFileEdits(notifier.context(), texts);
    }

    /// Handles a request of the server.
    void requestReceived(RunningServer running, JsonRpcEnvelope envelope, String message) {
        var method = String.valueOf(envelope.method());
        var params = envelope.tree();
        if (running.responses().isForEditor(method, params)
                && forwarded.size() < FORWARDED_REQUESTS) {
            var id = nextId();
            boolean isConfiguration = method.equals(DefaultClientResponses.CONFIGURATION);
            var wait = isConfiguration ? CONFIGURATION_WAIT : ANSWER_WAIT;
            forwarded.put(
                    id,
                    new Forwarded(
                            String.valueOf(envelope.id()),
                            method,
                            isConfiguration ? params : new JsonObject(),
                            System.nanoTime() + wait.toNanos()));
            remember(method, params);
            var complete = newFiles.withCreations(running, envelope, message);
            notifier.forward(running, texts.rewritten(running.toClient(), complete, id));
        } else {
            var answer =
                    method.equals(SCHEMA_CONTENT)
                            ? schema(running, envelope)
                            : running.responses().answer(method, params);
            link.offer(running, JsonRpcWriter.result(String.valueOf(envelope.id()), answer));
            if (method.equals("client/registerCapability")) {
                register(running, params);
            }
        }
    }

    /// The schema at an address, which no network reaches (`vscode/content` of the servers of JSON
    /// and YAML).
    private static JsonElement schema(RunningServer running, JsonRpcEnvelope envelope) {
        var params = JsonParser.parseString(String.valueOf(envelope.params()));
        var first = params instanceof JsonArray array && !array.isEmpty() ? array.get(0) : params;
        var address = first instanceof JsonPrimitive text ? text.getAsString() : "";
        return new JsonPrimitive(ShippedSchemas.read(running.launched().installed(), address));
    }

    /// Registrations of a server are not forwarded to the editor, but recorded for the session.
    private void register(RunningServer running, JsonObject params) {
        for (var one : DefaultClientResponses.array(params, "registrations")) {
            if (one instanceof JsonObject it && it.get("method") instanceof JsonPrimitive method) {
                var options = it.get("registerOptions") instanceof JsonObject given ? given : null;
                running.registered(LspMethod.named(method.getAsString()), options);
            }
        }
        notifier.capabilities(running);
    }

    /// Handles the editor's response. An error is not forwarded: it could crash the server.
    void answered(RunningServer running, JsonRpcEnvelope envelope, String message) {
        var asked = forwarded.remove(String.valueOf(envelope.id()));
        if (asked == null) {
            return;
        }
        try {
            if (!envelope.isError()) {
                if (asked.isConfiguration()) {
                    configured(running, asked, message);
                } else {
                    link.offer(
                            running,
                            texts.rewritten(running.toServer(), message, asked.serverId()));
                }
                return;
            }
        } catch (FailureException refused) {
            notifier.log("language.answer_refused", "an answer of an editor was refused");
        }
        answerFor(running, asked);
    }

    /// Handles a cancellation by the server.
    void cancelled(JsonRpcEnvelope envelope) {
        var id = String.valueOf(envelope.tree().get("id"));
        forwarded.entrySet().stream()
                .filter(asked -> asked.getValue().serverId().equals(id))
                .findFirst()
                .ifPresent(asked -> notifier.send(JsonRpcWriter.cancel(asked.getKey())));
    }

    /// Handles a `$/progress` of the server.
    void progressed(JsonRpcEnvelope envelope) {
        if (progressTokens.isEmpty()) {
            return;
        }
        var params = envelope.tree();
        if (params.get("value") instanceof JsonObject value
                && value.get("kind") != null
                && value.get("kind").toString().equals("\"end\"")) {
            progressTokens.remove(String.valueOf(params.get("token")));
        }
    }

    /// Answers in place of an editor that does not, and announces changed environments.
    void sweep(RunningServer running, long nowNanos) {
        environments.sweep(running, nowNanos);
        var late =
                forwarded.values().stream()
                        .filter(asked -> nowNanos - asked.deadlineNanos() >= 0)
                        .toList();
        forwarded.values().removeAll(late);
        late.forEach(asked -> answerFor(running, asked));
    }

    /// Handles the end of the server: pending requests are cancelled and progress is ended.
    void interrupted() {
        forwarded.keySet().forEach(id -> notifier.send(JsonRpcWriter.cancel(id)));
        forwarded.clear();
        for (var token : progressTokens.values()) {
            var value = new JsonObject();
            value.addProperty("kind", "end");
            var params = new JsonObject();
            params.add("token", token);
            params.add("value", value);
            notifier.send(JsonRpcWriter.notification("$/progress", params));
        }
        progressTokens.clear();
    }

    /// Removes the registrations of an ended server (`client/unregisterCapability`); the response
    /// is ignored.
    void unregister() {
        if (registrations.isEmpty()) {
            return;
        }
        var all = new JsonArray();
        registrations.values().forEach(all::add);
        registrations.clear();
        var params = new JsonObject();
        // The specification spells it this way.
        params.add("unregisterations", all);
        notifier.send(JsonRpcWriter.request(nextId(), "client/unregisterCapability", params));
    }

    private void remember(String method, JsonObject params) {
        switch (method) {
            case "client/registerCapability" -> {
                for (var one : DefaultClientResponses.array(params, "registrations")) {
                    if (registrations.size() < REGISTRATIONS && one instanceof JsonObject it) {
                        var kept = new JsonObject();
                        kept.add("id", it.get("id"));
                        kept.add("method", it.get("method"));
                        registrations.put(String.valueOf(it.get("id")), kept);
                    }
                }
            }
            case "client/unregisterCapability" -> {
                for (var one : DefaultClientResponses.array(params, "unregisterations")) {
                    if (one instanceof JsonObject it) {
                        registrations.remove(String.valueOf(it.get("id")));
                    }
                }
            }
            case "window/workDoneProgress/create" -> {
                if (progressTokens.size() < PROGRESS_TOKENS && params.get("token") != null) {
                    progressTokens.put(String.valueOf(params.get("token")), params.get("token"));
                }
            }
            default -> {}
        }
    }

    /// The client's settings overlay ours.
    private void configured(RunningServer running, Forwarded asked, String message) {
        var answers =
                texts.tree(message).get("result") instanceof JsonArray array
                        ? array
                        : new JsonArray();
        var result =
                running.responses()
                        .configuration(
                                asked.params(),
                                answers,
                                (section, theirs) -> settings.permitted(running, section, theirs));
        link.offer(running, JsonRpcWriter.result(asked.serverId(), result));
    }

    private void answerFor(RunningServer running, Forwarded asked) {
        var answer = running.responses().answer(asked.method(), asked.params());
        link.offer(running, JsonRpcWriter.result(asked.serverId(), answer));
    }

    /// Unlike all ids of other sessions: an editor that reconnected may answer a request of its
    /// former one.
    private String nextId() {
        var language = notifier.context().server().language();
        return "\"qide:%s:%s-%d\"".formatted(language, session, ++forwardedCount);
    }
}
