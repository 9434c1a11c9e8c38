package dev.qide.wire;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// JSON Schemas (draft 2020-12, as OpenAPI 3.1 uses them) of this module's records: objects whose
/// members are required unless they are nullable. Not thread-safe.
public final class JsonSchemas {
    /// The folder of schemas in an OpenAPI document.
    private static final String FOLDER = "#/components/schemas/";

    private final Map<String, JsonObject> byName = new TreeMap<>();

    /// A reference to the schema of a record, which is added with all that it contains.
    public JsonObject reference(Class<?> type) {
        var name = nameOf(type);
        if (!byName.containsKey(name)) {
            // Reserve the name first, so that a recursive type ends.
            byName.put(name, new JsonObject());
            byName.put(name, type.isEnum() ? choice(type) : object(type));
        }
        var reference = new JsonObject();
        reference.addProperty("$ref", FOLDER + name);
        return reference;
    }

    /// A reference to the schema of [FailureBody], whose members come from one constant.
    public JsonObject failure() {
        var error = new JsonObject();
        var members = new JsonObject();
        members.add("code", typed("integer"));
        var name = typed("string");
        name.add("enum", texts(Arrays.stream(Failure.values()).map(Failure::wireName).toList()));
        members.add("name", name);
        members.add("message", typed("string"));
        members.add("tags", map(typed("string")));
        error.addProperty("type", "object");
        error.add("properties", members);
        error.add("required", texts(List.of("code", "name", "message", "tags")));
        var body = typed("object");
        var outer = new JsonObject();
        outer.add("error", error);
        body.add("properties", outer);
        body.add("required", texts(List.of("error")));
        byName.put("FailureBody", body);
        var reference = new JsonObject();
        reference.addProperty("$ref", FOLDER + "FailureBody");
        return reference;
    }

    /// All schemas so far, by name.
    public JsonObject all() {
        var all = new JsonObject();
        byName.forEach(all::add);
        return all;
    }

    private JsonObject object(Class<?> type) {
        var schema = typed("object");
        var members = new JsonObject();
        var required = new JsonArray();
        for (var component : type.getRecordComponents()) {
            members.add(component.getName(), schemaOf(component.getGenericType()));
            if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                required.add(component.getName());
            }
        }
        schema.add("properties", members);
        schema.add("required", required);
        return schema;
    }

    private static JsonObject choice(Class<?> type) {
        var schema = typed("string");
        schema.add(
                "enum",
                texts(
                        Arrays.stream(type.getEnumConstants())
                                .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                                .toList()));
        return schema;
    }

    private JsonObject schemaOf(Type type) {
        if (type instanceof ParameterizedType generic) {
            var arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == Map.class) {
                return map(schemaOf(arguments[1]));
            }
            var list = typed("array");
            list.add("items", schemaOf(arguments[0]));
            return list;
        }
        if (type == String.class) {
            return typed("string");
        }
        if (type == boolean.class || type == Boolean.class) {
            return typed("boolean");
        }
        if (Set.<Type>of(int.class, Integer.class, long.class, Long.class).contains(type)) {
            return typed("integer");
        }
        if (type == double.class || type == Double.class) {
            return typed("number");
        }
        if (type instanceof Class<?> named && (named.isRecord() || named.isEnum())) {
            return reference(named);
        }
        throw new IllegalArgumentException("no JSON Schema for " + type);
    }

    private static JsonObject typed(String type) {
        var schema = new JsonObject();
        schema.addProperty("type", type);
        return schema;
    }

    private static JsonObject map(JsonObject values) {
        var schema = typed("object");
        schema.add("additionalProperties", values);
        return schema;
    }

    private static JsonArray texts(List<String> values) {
        var array = new JsonArray();
        values.forEach(array::add);
        return array;
    }

    /// `FileList.Entry` is `FileListEntry`.
    private static String nameOf(Class<?> type) {
        var outer = type.getEnclosingClass();
        return outer == null ? type.getSimpleName() : nameOf(outer) + type.getSimpleName();
    }
}
