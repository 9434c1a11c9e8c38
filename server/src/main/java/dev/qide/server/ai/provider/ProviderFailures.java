package dev.qide.server.ai.provider;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Failures of providers, as `MODEL_UNAVAILABLE` with tags from closed sets.
///
/// - `reason`: `status`, `unreachable`, `timeout`, `loading`, `interrupted`, `malformed-answer`,
///   `provider-error`, `destination-refused`;
/// - `status`: the HTTP status, with the reason `status`;
/// - `kind`, where the provider named one: `invalid-request`, `authentication`, `permission`,
///   `billing`, `not-found`, `too-large`, `context-too-large`, `rate-limit`, `overloaded`, `api`;
/// - `retryAfterMs`: the provider's requested delay.
public final class ProviderFailures {
    private static final int BODY_CHARS = 64 << 10;
    private static final int SENTENCE_CHARS = 500;

    /// Begins the message of Anthropic's 400 for an account without credit, which has no type of
    /// its own.
    private static final String NO_CREDIT = "Your credit balance is too low";

    /// OpenAI's code for a request that exceeds the model's context.
    private static final String CONTEXT_EXCEEDED = "context_length_exceeded";

    /// The same in the messages of Anthropic, Gemini and Ollama, which have no code for it.
    private static final Pattern CONTEXT_SENTENCE =
            Pattern.compile(
                    "^prompt is too long|input token count.{0,40} exceeds|exceeds the.{0,40} context");

    private ProviderFailures() {}

    static FailureException of(String reason) {
        return new FailureException(Failure.MODEL_UNAVAILABLE, Map.of("reason", reason));
    }

    static FailureException of(String reason, Throwable cause) {
        return new FailureException(Failure.MODEL_UNAVAILABLE, Map.of("reason", reason), cause);
    }

    /// An HTTP status other than 200.
    static FailureException status(int status, String body, @Nullable Long retryAfterMs) {
        var tags = new TreeMap<String, String>();
        tags.put("reason", "status");
        tags.put("status", Integer.toString(status));
        tags.put("kind", kind(status, type(body)));
        if (retryAfterMs != null) {
            tags.put("retryAfterMs", Long.toString(retryAfterMs));
        }
        return new FailureException(Failure.MODEL_UNAVAILABLE, tags);
    }

    /// An error inside a stream that began with 200.
    static FailureException inStream(JsonElement error) {
        return new FailureException(
                Failure.MODEL_UNAVAILABLE,
                Map.of("reason", "provider-error", "kind", kind(statusOf(error), typeOf(error))));
    }

    /// The kind of a failure; empty when the provider named none.
    public static String kind(FailureException failure) {
        return failure.tags().getOrDefault("kind", "");
    }

    /// Whether another model may answer the same request.
    public static boolean allowsFallback(FailureException failure) {
        return failure.failure() == Failure.MODEL_UNAVAILABLE
                && !kind(failure).equals("invalid-request")
                && !kind(failure).equals("too-large")
                && !kind(failure).equals("context-too-large");
    }

    private static String kind(int status, String type) {
        return switch (type) {
            case "insufficient_quota", "billing_error", NO_CREDIT -> "billing";
            case CONTEXT_EXCEEDED -> "context-too-large";
            case "overloaded_error", "UNAVAILABLE" -> "overloaded";
            case "rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED" -> "rate-limit";
            case "authentication_error",
                    "invalid_api_key",
                    "UNAUTHENTICATED",
                    "API_KEY_INVALID",
                    "API_KEY_EXPIRED" ->
                    "authentication";
            case "permission_error", "PERMISSION_DENIED" -> "permission";
            case "not_found_error", "NOT_FOUND" -> "not-found";
            default -> kind(status);
        };
    }

    private static String kind(int status) {
        return switch (status) {
            case 400, 414, 415, 422, 431 -> "invalid-request";
            case 401 -> "authentication";
            case 402 -> "billing";
            case 403 -> "permission";
            case 404, 410 -> "not-found";
            case 413 -> "too-large";
            case 429 -> "rate-limit";
            case 408, 409, 425, 503, 529 -> "overloaded";
            default -> "api";
        };
    }

    /// The most specific error name in a body of any dialect; empty for none.
    private static String type(String body) {
        try {
            return body.length() > BODY_CHARS
                            || !(JsonParser.parseString(body) instanceof JsonObject object)
                    ? ""
                    : typeOf(object.get("error"));
        } catch (JsonParseException | IllegalStateException _) {
            return "";
        }
    }

    private static String typeOf(@Nullable JsonElement error) {
        if (!(error instanceof JsonObject object)) {
            return error instanceof JsonPrimitive sentence
                            && isContextExceeded(sentence.getAsString())
                    ? CONTEXT_EXCEEDED
                    : "";
        }
        var message = JsonFields.text(object, "message");
        if (message.startsWith(NO_CREDIT)) {
            return NO_CREDIT;
        }
        if (isContextExceeded(message)) {
            return CONTEXT_EXCEEDED;
        }
        // Google's API answers 400 INVALID_ARGUMENT for its key, and names the reason beside it.
        for (var detail : JsonFields.objects(object, "details")) {
            var reason = JsonFields.text(detail, "reason");
            if (reason.startsWith("API_KEY_")) {
                return reason;
            }
        }
        for (var member : new String[] {"code", "status", "type"}) {
            if (object.get(member) instanceof JsonPrimitive value && value.isString()) {
                return value.getAsString();
            }
        }
        return "";
    }

    private static boolean isContextExceeded(String message) {
        int end = Math.min(message.length(), SENTENCE_CHARS);
        return CONTEXT_SENTENCE.matcher(message.substring(0, end)).find();
    }

    private static int statusOf(@Nullable JsonElement error) {
        return error instanceof JsonObject object
                        && object.get("code") instanceof JsonPrimitive code
                        && code.isNumber()
                ? code.getAsInt()
                : 500;
    }
}
