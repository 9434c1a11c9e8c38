package dev.qide.server.ai.privacy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Extras;
import dev.qide.server.ai.provider.ModelRequest.Format;
import dev.qide.server.ai.provider.ModelRequest.Message;
import dev.qide.server.ai.provider.ModelRequest.Options;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.ai.provider.ModelRequest.Tool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Replaces the secrets in one request by placeholders and restores them in the answer, even where
/// a placeholder is split between events. Owned by one thread.
public final class Redaction {
    private static final String PREFIX = "REDACTED_SECRET_";
    private static final int DIGITS = 4;
    private static final int LENGTH = PREFIX.length() + DIGITS;

    /// The maximum number of distinct secrets that are restored in the answer.
    private static final int SECRETS = 9_999;

    /// Replaces all further secrets and is not restored.
    private static final String BEYOND = PREFIX + "0".repeat(DIGITS);

    private static final Pattern PLACEHOLDER = Pattern.compile(PREFIX + "\\d{" + DIGITS + "}");

    private final Map<String, String> placeholders = new HashMap<>();
    private final Map<String, String> secrets = new HashMap<>();
    private final KnownSecrets known = new KnownSecrets();
    private final Map<Integer, String> heldArguments = new HashMap<>();

    /// Whether there were more secrets than are restored.
    private boolean hasMore;

    /// Whether the text of the answer is JSON.
    private boolean isJson;

    private String heldText = "";
    private String heldThinking = "";

    /// The number of distinct secrets that were replaced.
    public int count() {
        return secrets.size();
    }

    /// The request without secrets.
    public ModelRequest redact(ModelRequest request) {
        return switch (request) {
            case ModelRequest.FillIn(var path, var language, var prefix, var suffix, var options) ->
                    new ModelRequest.FillIn(
                            path, language, redact(prefix), redact(suffix), options);
            case ModelRequest.Chat(
                            var system,
                            var messages,
                            var tools,
                            var choice,
                            var options,
                            var extras) ->
                    new ModelRequest.Chat(
                            system.stream()
                                    .map(part ->
                                            new Part.Text(redact(part.text()), part.cachePoint()))
                                    .toList(),
                            messages.stream()
                                    .map(message ->
                                            new Message(
                                                    message.role(),
                                                    message.parts().stream()
                                                            .map(this::redact)
                                                            .toList()))
                                    .toList(),
                            tools.stream().map(this::redact).toList(),
                            choice,
                            redact(options),
                            new Extras(extras.dialect(), redact(extras.members()), extras.betas()));
        };
    }

    private Tool redact(Tool tool) {
        return new Tool(
                tool.name(),
                redact(tool.description()),
                redact(tool.schema()),
                tool.isStrict(),
                tool.cachePoint());
    }

    private Options redact(Options options) {
        var format = options.format();
        isJson = format != null;
        var schema = format == null ? null : format.schema();
        return format == null || schema == null
                ? options
                : new Options(
                        options.maxTokens(),
                        options.temperature(),
                        options.topP(),
                        options.stop(),
                        new Format(format.name(), redact(schema), format.isStrict()),
                        options.effort());
    }

    /// The same object without secrets in its strings and in the names of its members.
    private JsonObject redact(JsonObject object) {
        var redacted = new JsonObject();
        object.entrySet()
                .forEach(member ->
                        redacted.add(
                                redact(member.getKey()),
                                redact(member.getKey(), member.getValue())));
        return redacted;
    }

    /// @param name of the member whose value it is; empty for an element of an array
    private JsonElement redact(String name, JsonElement element) {
        return switch (element) {
            case JsonObject object -> redact(object);
            case JsonArray array -> {
                var redacted = new JsonArray();
                array.forEach(one -> redacted.add(redact("", one)));
                yield redacted;
            }
            case JsonPrimitive value when value.isString() ->
                    new JsonPrimitive(redact(name, value.getAsString()));
            default -> element;
        };
    }

    /// The value of a member without secrets; a name such as `password` tells that it is one.
    private String redact(String name, String value) {
        var label = name + ": ";
        var redacted = redact(label + value);
        return redacted.startsWith(label) ? redacted.substring(label.length()) : redact(value);
    }

    /// The arguments of a tool call without secrets. A secret is found without the escapes of JSON:
    /// it is the same one in a text and in arguments.
    private String redactArguments(String json) {
        try {
            if (JsonParser.parseString(json) instanceof JsonObject object) {
                var redacted = redact(object);
                if (!redacted.equals(object)) {
                    return redacted.toString();
                }
            }
        } catch (JsonParseException _) {
            // Models sometimes write invalid JSON.
        }
        return redact(json);
    }

    private Part redact(Part part) {
        return switch (part) {
            case Part.Text(var text, var cachePoint) -> new Part.Text(redact(text), cachePoint);
            case Part.ToolCall(var id, var name, var arguments) ->
                    new Part.ToolCall(id, name, redactArguments(arguments));
            case Part.ToolResult(var id, var text, var images, boolean isError, var cachePoint) ->
                    new Part.ToolResult(id, redact(text), images, isError, cachePoint);
            // A provider refuses thinking that was changed. It made it from redacted text, in which
            // the answer restored secrets; those become the same placeholders again.
            case Part.Thinking(var text, var signature) ->
                    new Part.Thinking(withoutKnown(text), signature);
            case Part.RedactedThinking _, Part.Image _ -> part;
        };
    }

    /// A text without secrets.
    public String redact(String text) {
        var found = SecretFormats.in(text);
        if (found.isEmpty()) {
            return text;
        }
        var redacted = new StringBuilder();
        int done = 0;
        for (var secret : found) {
            redacted.append(text, done, secret.start());
            redacted.append(placeholder(text.substring(secret.start(), secret.end())));
            done = secret.end();
        }
        return redacted.append(text, done, text.length()).toString();
    }

    /// A text without the secrets that were found so far. Secrets beyond the bound are known by
    /// their format only.
    private String withoutKnown(String text) {
        var redacted = known.replaced(text, this::placeholder);
        return hasMore ? redact(redacted) : redacted;
    }

    private String placeholder(String secret) {
        var placeholder = placeholders.get(secret);
        if (placeholder != null) {
            return placeholder;
        }
        if (secrets.size() == SECRETS) {
            hasMore = true;
            return BEYOND;
        }
        placeholder = PREFIX + "%04d".formatted(secrets.size() + 1);
        placeholders.put(secret, placeholder);
        secrets.put(placeholder, secret);
        known.add(secret);
        return placeholder;
    }

    /// Converts an event of the model to events for the client.
    public List<ModelEvent> restore(ModelEvent event) {
        if (secrets.isEmpty()) {
            return List.of(event);
        }
        var events = new ArrayList<ModelEvent>();
        switch (event) {
            case ModelEvent.Text(var text) -> {
                releaseThinking(events);
                var all = isJson ? restoreInJson(heldText + text) : restore(heldText + text);
                int end = releasable(all);
                heldText = all.substring(end);
                addText(all.substring(0, end), events);
            }
            case ModelEvent.Thinking(var text) -> {
                releaseText(events);
                var all = restore(heldThinking + text);
                int end = releasable(all);
                heldThinking = all.substring(end);
                addThinking(all.substring(0, end), events);
            }
            case ModelEvent.ToolArguments(int index, var json) -> {
                var all = restoreInJson(heldArguments.getOrDefault(index, "") + json);
                int end = releasable(all);
                heldArguments.put(index, all.substring(end));
                if (end > 0) {
                    events.add(new ModelEvent.ToolArguments(index, all.substring(0, end)));
                }
            }
            // Some providers report the usage after each part of a text.
            case ModelEvent.Started _, ModelEvent.Used _ -> events.add(event);
            case ModelEvent.Signature _,
                    ModelEvent.RedactedThinking _,
                    ModelEvent.Image _,
                    ModelEvent.ToolCall _,
                    ModelEvent.Finished _ -> {
                release(events);
                events.add(event);
            }
        }
        return events;
    }

    private void release(List<ModelEvent> events) {
        releaseThinking(events);
        releaseText(events);
        heldArguments.forEach((index, json) -> {
            if (!json.isEmpty()) {
                events.add(new ModelEvent.ToolArguments(index, json));
            }
        });
        heldArguments.clear();
    }

    private void releaseThinking(List<ModelEvent> events) {
        addThinking(heldThinking, events);
        heldThinking = "";
    }

    private void releaseText(List<ModelEvent> events) {
        addText(heldText, events);
        heldText = "";
    }

    private static void addText(String text, List<ModelEvent> events) {
        if (!text.isEmpty()) {
            events.add(new ModelEvent.Text(text));
        }
    }

    private static void addThinking(String text, List<ModelEvent> events) {
        if (!text.isEmpty()) {
            events.add(new ModelEvent.Thinking(text));
        }
    }

    private String restore(String text) {
        return restore(text, UnaryOperator.identity());
    }

    /// Placeholders in JSON are parts of strings.
    private String restoreInJson(String json) {
        return restore(json, Redaction::escaped);
    }

    private String restore(String text, UnaryOperator<String> form) {
        return PLACEHOLDER
                .matcher(text)
                .replaceAll(match -> {
                    var secret = secrets.get(match.group());
                    return Matcher.quoteReplacement(
                            secret == null ? match.group() : form.apply(secret));
                });
    }

    /// The content of a JSON string.
    private static String escaped(String text) {
        var quoted = new JsonPrimitive(text).toString();
        return quoted.substring(1, quoted.length() - 1);
    }

    /// The length of a prefix that cannot belong to an incomplete placeholder.
    private static int releasable(String text) {
        for (int start = Math.max(0, text.length() - LENGTH + 1); start < text.length(); start++) {
            if (isBeginning(text.substring(start))) {
                return start;
            }
        }
        return text.length();
    }

    private static boolean isBeginning(String tail) {
        return tail.length() <= PREFIX.length()
                ? PREFIX.startsWith(tail)
                : tail.startsWith(PREFIX)
                        && tail.substring(PREFIX.length()).chars().allMatch(Character::isDigit);
    }
}
