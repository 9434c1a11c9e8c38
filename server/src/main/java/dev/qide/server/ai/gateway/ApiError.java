package dev.qide.server.ai.gateway;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ProviderFailures;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.HashMap;
import java.util.Map;

/// A failure in the formats of OpenAI's and Anthropic's APIs.
///
/// @param status the HTTP status; Anthropic's own 529 stands for an overloaded provider
/// @param kind from the closed set of [ProviderFailures], or `organisation`, `unknown-path`,
///   `other-method`; it determines type and code
/// @param retryAfterMs empty when the client may choose
public record ApiError(int status, String kind, String message, String param, String retryAfterMs) {
    /// The error of a failure.
    public static ApiError of(FailureException failure) {
        var kind = kind(failure);
        return new ApiError(
                status(failure, kind),
                kind,
                sentence(failure),
                failure.tags().getOrDefault("param", ""),
                failure.tags().getOrDefault("retryAfterMs", ""));
    }

    private static String kind(FailureException failure) {
        return switch (failure.failure()) {
            case UNAUTHENTICATED -> "authentication";
            case ORGANISATION_UNKNOWN -> "organisation";
            case FORBIDDEN, ORIGIN_REFUSED, CSRF_TOKEN_WRONG -> "permission";
            case METHOD_NOT_FOUND ->
                    "other-method".equals(failure.tags().get("reason"))
                            ? "other-method"
                            : "unknown-path";
            case MODEL_NOT_CONFIGURED -> "not-found";
            case INVALID_PARAMS, PARSE_ERROR, INVALID_REQUEST -> "invalid-request";
            case MESSAGE_TOO_LARGE -> "too-large";
            case TOO_MANY_REQUESTS, TOO_MANY_ATTEMPTS -> "rate-limit";
            case SERVER_CANCELLED, SERVER_STOPPING, STORE_UNAVAILABLE -> "overloaded";
            case MODEL_UNAVAILABLE -> {
                var kind = ProviderFailures.kind(failure);
                // The operator's key is wrong, not the client's.
                yield switch (kind) {
                    case "authentication", "permission", "billing", "not-found", "" -> "api";
                    default -> kind;
                };
            }
            default -> failure.failure().httpStatus() == 402 ? "billing" : "api";
        };
    }

    private static int status(FailureException failure, String kind) {
        if (failure.failure() == Failure.REQUEST_CANCELLED) {
            return failure.failure().httpStatus();
        }
        return switch (kind) {
            case "invalid-request", "context-too-large" -> 400;
            case "authentication", "organisation" -> 401;
            case "billing" -> 402;
            case "permission" -> 403;
            case "not-found", "unknown-path" -> 404;
            case "other-method" -> 405;
            case "too-large" -> 413;
            case "rate-limit" -> 429;
            case "overloaded" -> 503;
            default ->
                    switch (failure.tags().getOrDefault("reason", "")) {
                        case "timeout", "loading" -> 504;
                        default -> failure.failure() == Failure.INTERNAL ? 500 : 502;
                    };
        };
    }

    private static String sentence(FailureException failure) {
        var tags = failure.tags();
        if (ProviderFailures.kind(failure).equals("context-too-large")) {
            // Agents recognize these words, Anthropic's, and shorten the conversation.
            return "prompt is too long: it exceeds the context of the model";
        }
        var detail = new StringBuilder();
        for (var name : new String[] {"param", "reason", "status", "kind", "limit"}) {
            if (tags.containsKey(name)) {
                detail.append(detail.isEmpty() ? " (" : ", ").append(name).append(": ");
                detail.append(tags.get(name));
            }
        }
        return failure.failure().sentence() + detail + (detail.isEmpty() ? "" : ")");
    }

    /// The body for OpenAI's API.
    public JsonObject openAi() {
        var error = JsonFields.of("message", message);
        error.addProperty(
                "type",
                switch (kind) {
                    case "rate-limit" -> "requests";
                    case "billing" -> "insufficient_quota";
                    case "overloaded", "api" -> "server_error";
                    default -> "invalid_request_error";
                });
        if (param.isEmpty()) {
            error.add("param", JsonNull.INSTANCE);
        } else {
            error.addProperty("param", param);
        }
        error.addProperty("code", code());
        var body = new JsonObject();
        body.add("error", error);
        return body;
    }

    private @org.jspecify.annotations.Nullable String code() {
        return switch (kind) {
            case "authentication" -> "invalid_api_key";
            case "organisation" -> "invalid_organization";
            case "not-found" -> "model_not_found";
            case "rate-limit" -> "rate_limit_exceeded";
            case "billing" -> "insufficient_quota";
            case "context-too-large" -> "context_length_exceeded";
            default -> null;
        };
    }

    /// The body for Anthropic's API.
    public JsonObject anthropic(String requestId) {
        var type =
                switch (kind) {
                    case "invalid-request", "other-method", "context-too-large" ->
                            "invalid_request_error";
                    case "authentication", "organisation" -> "authentication_error";
                    case "billing" -> "billing_error";
                    case "permission" -> "permission_error";
                    case "not-found", "unknown-path" -> "not_found_error";
                    case "too-large" -> "request_too_large";
                    case "rate-limit" -> "rate_limit_error";
                    case "overloaded" -> "overloaded_error";
                    default -> status == 504 ? "timeout_error" : "api_error";
                };
        var body = JsonFields.of("type", "error");
        body.add("error", JsonFields.of("type", type, "message", message));
        body.addProperty("request_id", requestId);
        return body;
    }

    /// Headers that tell SDKs when to retry. The server itself has already retried the provider,
    /// and an exhausted budget stays exhausted.
    public Map<String, String> headers() {
        var headers = new HashMap<String, String>();
        if (!retryAfterMs.isEmpty()) {
            headers.put("retry-after-ms", retryAfterMs);
            headers.put("Retry-After", "" + (Long.parseLong(retryAfterMs) + 999) / 1000);
        } else if (kind.equals("billing") || status == 502 || status == 504) {
            headers.put("x-should-retry", "false");
        }
        return headers;
    }

    /// The status for Anthropic's API, which has its own for an overloaded server.
    public int anthropicStatus() {
        return kind.equals("overloaded") ? 529 : status;
    }
}
