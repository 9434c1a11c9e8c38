package dev.qide.server.telemetry;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The permitted fields of a log line and their types, from `log-fields.txt` in the test resources.
///
/// Thread-safe.
final class LogFields {
    private static final String RESOURCE = "/log-fields.txt";

    /// The fields that hold a generated id; whoever filters by one must not need a name too.
    private static final Set<String> IDS = Set.of("workspace", "document");

    private static final Pattern UUID =
            Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /// The type of each field, by dotted name.
    private final Map<String, Type> types;

    /// The mapping of a field in an index.
    enum Type {
        DATE,
        KEYWORD,
        TEXT,
        LONG,
        FLATTENED,
        /// A field set, which has fields but no value.
        OBJECT
    }

    LogFields(Map<String, Type> types) {
        this.types = new TreeMap<>(types);
    }

    /// The committed table.
    static LogFields committed() {
        try (var table = LogFields.class.getResourceAsStream(RESOURCE)) {
            if (table == null) {
                throw new IOException("missing resource " + RESOURCE);
            }
            var types = new TreeMap<String, Type>();
            for (var line :
                    new String(table.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    var words = line.strip().split("\\s+", 2);
                    var before = types.put(words[0], Type.valueOf(upper(words[1])));
                    if (before != null) {
                        throw new IOException(words[0] + " occurs twice in " + RESOURCE);
                    }
                }
            }
            return new LogFields(types);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Nullable Type type(String name) {
        return types.get(name);
    }

    /// Names that are both a value and an object, which no index can map.
    List<String> clashes() {
        var clashes = new ArrayList<String>();
        for (var name : types.keySet()) {
            for (int dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
                if (types.containsKey(name.substring(0, dot))) {
                    clashes.add(name.substring(0, dot) + " and " + name);
                }
            }
        }
        return clashes;
    }

    /// The problems of a line; empty when an index accepts it.
    List<String> problems(String line) {
        try {
            if (!(JsonParser.parseString(line) instanceof JsonObject object)) {
                return List.of("not a JSON object");
            }
            var problems = new ArrayList<String>();
            for (var field : object.entrySet()) {
                var problem = problem(field.getKey(), field.getValue());
                if (problem != null) {
                    problems.add(problem);
                }
            }
            return problems;
        } catch (JsonParseException _) {
            return List.of("not JSON");
        }
    }

    private @Nullable String problem(String name, JsonElement value) {
        var type = types.get(name);
        if (type == null) {
            return name + " is not in log-fields.txt";
        }
        boolean isRight =
                switch (type) {
                    case OBJECT -> false;
                    case FLATTENED -> isFlat(value);
                    case DATE -> isDate(value);
                    case LONG -> isLong(value);
                    case KEYWORD, TEXT -> isText(value);
                };
        if (!isRight) {
            return name + " must be " + type + " but is " + value;
        }
        return IDS.contains(name) && !UUID.matcher(value.getAsString()).matches()
                ? name + " must be an id but is " + value
                : null;
    }

    private static boolean isText(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    private static boolean isLong(JsonElement value) {
        return value instanceof JsonPrimitive primitive
                && primitive.isNumber()
                && primitive.getAsString().matches("-?\\d{1,18}");
    }

    private static boolean isDate(JsonElement value) {
        try {
            var _ = OffsetDateTime.parse(value.getAsString());
            return true;
        } catch (DateTimeParseException | IllegalStateException _) {
            return false;
        }
    }

    private static boolean isFlat(JsonElement value) {
        return value instanceof JsonObject object
                && object.asMap().values().stream()
                        .noneMatch(each -> each instanceof JsonObject || each instanceof JsonArray);
    }

    private static String upper(String word) {
        return word.toUpperCase(java.util.Locale.ROOT);
    }
}
