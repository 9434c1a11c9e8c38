package dev.qide.server.language.settings;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import org.jspecify.annotations.Nullable;

/// Converts the settings of the ESLint extension for VS Code into the configuration that its
/// language server expects.
///
/// The extension's own client computes that configuration (`vscode-eslint`,
/// `client/src/client.ts`); other clients answer with the settings as people write them. Some have
/// the name of a member of the configuration, but another form: the server interprets a list in
/// `validate` as `off`, and an object in `format` as `true`. Values that already have the server's
/// form are kept. Thread-safe.
final class EslintSettings {
    /// The section under which editors keep these settings.
    static final String SECTION = "eslint";

    private static final String VALIDATE = "validate";
    private static final String FORMAT = "format";
    private static final String ON_SAVE = "codeActionsOnSave";

    private EslintSettings() {}

    /// A copy of the settings in the server's form.
    ///
    /// A list of languages is left out: the server then finds out for each document whether the
    /// project's configuration covers it (`probe`).
    static JsonObject toServerForm(JsonObject settings) {
        var own = settings.deepCopy();
        validate(own);
        var format = JsonPath.at(own, FORMAT + ".enable");
        if (isBoolean(format)) {
            own.add(FORMAT, format);
        } else if (!isBoolean(own.get(FORMAT))) {
            own.remove(FORMAT);
        }
        if (JsonPath.at(own, "rules.customizations") instanceof JsonArray customizations) {
            own.add("rulesCustomizations", complete(customizations));
        }
        onSave(own);
        return own;
    }

    private static void validate(JsonObject own) {
        if (!isString(own.get(VALIDATE))) {
            own.remove(VALIDATE);
        }
        if (own.get("enable") instanceof JsonPrimitive enable && enable.isBoolean()) {
            if (!enable.getAsBoolean()) {
                own.addProperty(VALIDATE, "off");
            } else if (!own.has(VALIDATE)) {
                own.addProperty(VALIDATE, "probe");
            }
        }
    }

    /// Without the entries that the server could not read.
    private static JsonArray complete(JsonArray customizations) {
        var complete = new JsonArray();
        for (var one : customizations) {
            if (isString(JsonPath.at(one, "rule")) && isString(JsonPath.at(one, "severity"))) {
                complete.add(one);
            }
        }
        return complete;
    }

    private static void onSave(JsonObject own) {
        if (JsonPath.at(own, ON_SAVE + ".mode") instanceof JsonPrimitive mode) {
            JsonPath.member(own, "codeActionOnSave").add("mode", mode);
        }
        if (JsonPath.at(own, ON_SAVE + ".rules") instanceof JsonArray rules) {
            JsonPath.member(own, "codeActionOnSave").add("rules", rules);
        }
    }

    private static boolean isBoolean(@Nullable JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isBoolean();
    }

    private static boolean isString(@Nullable JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }
}
