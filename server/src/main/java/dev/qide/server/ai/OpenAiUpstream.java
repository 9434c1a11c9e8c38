package dev.qide.server.ai;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/// A provider with OpenAI's HTTP API.
///
/// Completion uses `/v1/completions` with `suffix` (fill in the middle). If the server lacks that
/// endpoint or refuses `suffix`, later requests use `/v1/chat/completions`. Both are streamed, so
/// that cancelling stops the generation and not only the transfer. Thread-safe.
final class OpenAiUpstream {
    private static final int MAX_TOKENS = 96;
    private static final int ANSWER_CHARS = 4_000;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);
    private static final Set<Integer> WITHOUT_FILL_IN = Set.of(400, 404, 405, 422, 501);
    private static final String INSTRUCTION =
            "You complete code at the caret. Answer with the text to insert at <CARET> and nothing else:"
                    + " no explanation, no Markdown fence, no repetition of what is there.";

    private final Model model;
    private volatile boolean usesChat;

    OpenAiUpstream(Model model) {
        this.model = model;
    }

    /// Requests the text to insert at the caret.
    ///
    /// @throws FailureException `MODEL_UNAVAILABLE` with tag `reason` from a closed set, and
    ///   `status` if there was one
    String complete(CompletionRequest request, UpstreamCall call) {
        if (!usesChat) {
            var response = call.send(post("/completions", fillIn(request)));
            if (response.statusCode() == 200) {
                return read(response, call);
            }
            if (!WITHOUT_FILL_IN.contains(response.statusCode())) {
                throw refused(response);
            }
            discard(response);
        }
        var response = call.send(post("/chat/completions", chat(request)));
        if (response.statusCode() != 200) {
            throw refused(response);
        }
        // Only a provider that has served a chat request is known to lack the other endpoint.
        usesChat = true;
        return withoutFence(read(response, call));
    }

    private JsonObject fillIn(CompletionRequest request) {
        var body = body();
        body.addProperty("prompt", request.prefix());
        body.addProperty("suffix", request.suffix());
        return body;
    }

    private JsonObject chat(CompletionRequest request) {
        var messages = new JsonArray();
        messages.add(message("system", INSTRUCTION));
        messages.add(
                message(
                        "user",
                        "File: %s (%s)%n%n%s<CARET>%s"
                                .formatted(
                                        request.path(),
                                        request.languageId(),
                                        request.prefix(),
                                        request.suffix())));
        var body = body();
        body.add("messages", messages);
        return body;
    }

    private JsonObject body() {
        var body = new JsonObject();
        body.addProperty("model", model.model());
        body.addProperty("max_tokens", MAX_TOKENS);
        body.addProperty("temperature", 0);
        body.addProperty("stream", true);
        return body;
    }

    private static JsonObject message(String role, String content) {
        var message = new JsonObject();
        message.addProperty("role", role);
        message.addProperty("content", content);
        return message;
    }

    private HttpRequest post(String path, JsonObject body) {
        var request =
                HttpRequest.newBuilder(model.endpoint(path))
                        .timeout(REQUEST_TIMEOUT)
                        .header("Content-Type", "application/json")
                        .header("Accept", "text/event-stream, application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        if (model.key().isPresent()) {
            request.header("Authorization", "Bearer " + model.key().value());
        }
        return request.build();
    }

    private String read(HttpResponse<InputStream> response, UpstreamCall call) {
        var text = new StringBuilder();
        try {
            if (!response.headers()
                    .firstValue("Content-Type")
                    .orElse("")
                    .contains("event-stream")) {
                var body =
                        new String(
                                response.body().readNBytes(1 << 20),
                                java.nio.charset.StandardCharsets.UTF_8);
                return textOf(body);
            }
            var events = new ServerSentEvents(response.body());
            for (var data = events.next();
                    data != null && !data.equals("[DONE]");
                    data = events.next()) {
                text.append(textOf(data));
                if (text.length() > ANSWER_CHARS) {
                    break;
                }
            }
        } catch (IOException failure) {
            throw call.readFailed(failure);
        }
        return text.toString();
    }

    /// The text of one event: `choices[0].text`, `.delta.content` or, without streaming,
    /// `.message.content`.
    private static String textOf(String data) {
        try {
            var event = JsonParser.parseString(data).getAsJsonObject();
            if (event.has("error")) {
                throw new FailureException(
                        Failure.MODEL_UNAVAILABLE, Map.of("reason", "provider-error"));
            }
            if (!(event.get("choices") instanceof JsonArray choices) || choices.isEmpty()) {
                return "";
            }
            var choice = choices.get(0).getAsJsonObject();
            if (choice.has("text")) {
                return stringOf(choice.get("text"));
            }
            var message = choice.has("delta") ? choice.get("delta") : choice.get("message");
            return message instanceof JsonObject object && object.has("content")
                    ? stringOf(object.get("content"))
                    : "";
        } catch (JsonParseException
                | IllegalStateException
                | UnsupportedOperationException malformed) {
            throw new FailureException(
                    Failure.MODEL_UNAVAILABLE, Map.of("reason", "malformed-answer"), malformed);
        }
    }

    private static String stringOf(JsonElement element) {
        return element.isJsonNull() ? "" : element.getAsString();
    }

    private static String withoutFence(String text) {
        if (!text.startsWith("```")) {
            return text;
        }
        int firstLine = text.indexOf('\n');
        int end = text.lastIndexOf("\n```");
        return firstLine < 0
                ? ""
                : text.substring(firstLine + 1, end > firstLine ? end : text.length());
    }

    private static FailureException refused(HttpResponse<InputStream> response) {
        discard(response);
        return new FailureException(
                Failure.MODEL_UNAVAILABLE,
                Map.of("reason", "status", "status", Integer.toString(response.statusCode())));
    }

    private static void discard(HttpResponse<InputStream> response) {
        try {
            response.body().close();
        } catch (IOException _) {
            // The body is not needed.
        }
    }
}
