package dev.qide.server.language.rewrite;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The parts of a JSON-RPC 2.0 message that routing needs. Reading them checks that the whole
/// message is JSON.
///
/// @param id the JSON literal (`7`, `"a"`); null for none
/// @param method null for a response
/// @param params the text of the parameters; null for none
/// @param isError whether it is a response with an error
public record JsonRpcEnvelope(
        @Nullable String id, @Nullable String method, @Nullable String params, boolean isError) {
    private static final Pattern RESPONSE =
            Pattern.compile("\\{\"jsonrpc\":\"2\\.0\",\"id\":(\\d{1,18}),\"result\":");

    /// Reads a message. A result may exceed the nesting depth: its request needs an answer, and
    /// [JsonRewriter#answer] refuses the result.
    ///
    /// @throws FailureException `PARSE_ERROR` when the text is not JSON, `INVALID_REQUEST` when it
    ///   is not a JSON-RPC message, `MESSAGE_TOO_LARGE` when it exceeds the nesting depth elsewhere
    public static JsonRpcEnvelope read(String json) {
        var reading = new Reading(json);
        JsonScanner.scan(json, reading);
        if (!reading.isObject
                || reading.hasDuplicates
                || (reading.id == null && reading.method == null)) {
            throw new FailureException(Failure.INVALID_REQUEST, Map.of("reason", "no-message"));
        }
        if (reading.isTooDeep && (reading.method != null || reading.isError)) {
            throw new FailureException(Failure.MESSAGE_TOO_LARGE, Map.of("reason", "too-deep"));
        }
        return new JsonRpcEnvelope(reading.id, reading.method, reading.params, reading.isError);
    }

    /// Reads only the beginning of a response, in the form in which `vscode-jsonrpc` writes it, so
    /// that a long result is read once. [JsonRewriter#answer] checks the rest.
    ///
    /// @return null for a message with another beginning
    static @Nullable JsonRpcEnvelope ofResponse(String json) {
        var beginning = RESPONSE.matcher(json);
        return beginning.lookingAt()
                ? new JsonRpcEnvelope(beginning.group(1), null, null, false)
                : null;
    }

    public boolean isRequest() {
        return id != null && method != null;
    }

    public boolean isResponse() {
        return method == null;
    }

    /// The id as a number, which some servers return as a string; -1 for any other id.
    public long number() {
        try {
            return Long.parseLong(String.valueOf(id).replace("\"", ""));
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    /// The parameters as a tree; an empty object when they are missing or not an object.
    public JsonObject tree() {
        if (params == null) {
            return new JsonObject();
        }
        try {
            return JsonParser.parseString(params) instanceof JsonObject object
                    ? object
                    : new JsonObject();
        } catch (JsonParseException otherShape) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of(), otherShape);
        }
    }

    /// The strings, numbers and literals directly inside the parameters that have one of these
    /// names, as they are written.
    List<String> literals(Set<String> names) {
        if (params == null) {
            return List.of();
        }
        var found = new ArrayList<String>();
        JsonScanner.scan(params, new Literals(params, names, found));
        return found;
    }

    private record Literals(String json, Set<String> names, List<String> found)
            implements JsonScanner.Tokens {
        @Override
        public void name(int depth, JsonScanner.Span name) {
            // Its value follows.
        }

        @Override
        public void string(int depth, JsonScanner.Span name, JsonScanner.Span value) {
            if (depth == 1 && names.contains(name.of(json))) {
                found.add(json.substring(value.from() - 1, value.to() + 1));
            }
        }

        @Override
        public void literal(int depth, JsonScanner.Span name, JsonScanner.Span value) {
            if (depth == 1 && names.contains(name.of(json))) {
                found.add(value.of(json));
            }
        }
    }

    /// Collects the members of the outermost object.
    private static final class Reading implements JsonScanner.Tokens {
        private final String json;
        private boolean isObject;
        private boolean hasDuplicates;
        private boolean isError;
        private boolean isTooDeep;
        private @Nullable String id;
        private @Nullable String method;
        private @Nullable String params;
        private int opened;

        private Reading(String json) {
            this.json = json;
        }

        @Override
        public void name(int depth, JsonScanner.Span name) {
            if (depth == 1 && name.is(json, "error")) {
                isError = true;
            }
        }

        @Override
        public void string(int depth, JsonScanner.Span name, JsonScanner.Span value) {
            if (depth != 1) {
                return;
            }
            if (name.is(json, "method")) {
                hasDuplicates |= method != null;
                method = JsonText.of(json, value).decoded();
            } else if (name.is(json, "id")) {
                hasDuplicates |= id != null;
                id = json.substring(value.from() - 1, value.to() + 1);
            }
        }

        @Override
        public void literal(int depth, JsonScanner.Span name, JsonScanner.Span value) {
            if (depth == 1 && name.is(json, "id") && !value.is(json, "null")) {
                hasDuplicates |= id != null;
                id = value.of(json);
            }
        }

        @Override
        public void opened(int depth, JsonScanner.Span name, int from) {
            if (depth == 0) {
                isObject = json.charAt(from) == '{';
            } else if (depth == 1) {
                opened = from;
            }
        }

        @Override
        public void closed(int depth, JsonScanner.Span name, int to) {
            if (depth == 1 && name.is(json, "params")) {
                hasDuplicates |= params != null;
                params = json.substring(opened, to);
            }
        }

        @Override
        public void tooDeep() {
            isTooDeep = true;
        }
    }
}
