package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A request of a client.
///
/// @param model the model's name in the models file
/// @param includesUsage whether a stream ends with the usage
public record GatewayRequest(
        String model, ModelRequest request, boolean isStreamed, boolean includesUsage) {
    /// Members by which routers and providers choose other models, or bill other services.
    private static final Set<String> UNPRICED =
            Set.of(
                    "models",
                    "fallbacks",
                    "route",
                    "provider",
                    "plugins",
                    "web_search_options",
                    "mcp_servers");

    /// Parses a JSON object.
    ///
    /// @throws FailureException `PARSE_ERROR`, `MESSAGE_TOO_LARGE`
    public static JsonObject object(byte[] body) {
        return WireJson.object(new String(body, StandardCharsets.UTF_8));
    }

    /// A required member.
    static String required(JsonObject body, String name) {
        var value = JsonFields.string(body, name);
        if (value == null || value.isEmpty()) {
            throw invalid(name);
        }
        return value;
    }

    static FailureException invalid(String param) {
        return new FailureException(Failure.INVALID_PARAMS, Map.of("param", param));
    }

    static @Nullable Integer tokens(JsonObject body, String name) {
        var value = JsonFields.number(body, name);
        if (value == null) {
            return null;
        }
        if (value < 1 || value > Integer.MAX_VALUE || value != Math.rint(value)) {
            throw invalid(name);
        }
        return value.intValue();
    }

    /// A string, or an array of strings.
    static List<String> strings(JsonObject body, String name) {
        var found = new ArrayList<String>();
        JsonElement value = body.get(name);
        if (value instanceof JsonPrimitive one && one.isString()) {
            found.add(one.getAsString());
        } else if (value instanceof JsonArray many) {
            for (var element : many) {
                if (!(element instanceof JsonPrimitive one) || !one.isString()) {
                    throw invalid(name);
                }
                found.add(one.getAsString());
            }
        } else if (value != null && !value.isJsonNull()) {
            throw invalid(name);
        }
        return found;
    }

    /// The members that the common form does not have.
    ///
    /// @param betas as in [ModelRequest.Extras]
    /// @throws FailureException `INVALID_PARAMS` for one that lets the provider choose another
    ///   model or price than the one that is configured
    static ModelRequest.Extras extras(
            String dialect, JsonObject body, Set<String> known, String betas) {
        var members = new JsonObject();
        body.entrySet()
                .forEach(member -> {
                    if (UNPRICED.contains(member.getKey()) || isPremium(body, member.getKey())) {
                        throw invalid(member.getKey());
                    }
                    if (!known.contains(member.getKey())) {
                        members.add(member.getKey(), member.getValue());
                    }
                });
        return new ModelRequest.Extras(dialect, members, betas);
    }

    private static boolean isPremium(JsonObject body, String name) {
        var value = JsonFields.text(body, name);
        return switch (name) {
            case "service_tier" -> value.equals("priority");
            case "speed" -> value.equals("fast");
            case "inference_geo" -> !value.isEmpty() && !value.equals("global");
            default -> false;
        };
    }
}
