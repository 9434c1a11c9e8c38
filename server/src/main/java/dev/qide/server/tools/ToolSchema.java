package dev.qide.server.tools;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

/// Builds the JSON Schema of a tool's arguments. Owned by one thread.
final class ToolSchema {
    private final JsonObject properties = new JsonObject();
    private final JsonArray required = new JsonArray();

    /// Adds a required member.
    ///
    /// @param type `string`, `integer` or `boolean`
    ToolSchema required(String name, String type, String description) {
        required.add(name);
        return optional(name, type, description);
    }

    ToolSchema optional(String name, String type, String description) {
        var property = new JsonObject();
        property.addProperty("type", type);
        property.addProperty("description", description);
        properties.add(name, property);
        return this;
    }

    /// Adds a required array of objects.
    ToolSchema requiredArray(String name, ToolSchema items, String description) {
        required.add(name);
        var property = new JsonObject();
        property.addProperty("type", "array");
        property.addProperty("description", description);
        property.add("items", items.build());
        properties.add(name, property);
        return this;
    }

    JsonObject build() {
        var schema = new JsonObject();
        schema.addProperty("type", "object");
        schema.add("properties", properties);
        schema.add("required", required);
        schema.addProperty("additionalProperties", false);
        return schema;
    }
}
