package dev.qide.server.language.settings;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Decides which settings of clients and projects reach a language server. Thread-safe.
///
/// @param section the section of a client's settings for requests of the server without a section:
///   `eslint`; empty for none
/// @param restricted dotted names of settings that no client and no project may set, because they
///   name a program, or an address that the sandbox cannot reach; a `*` at the end stands for any
///   characters, `*.` at the beginning for any sections or none
/// @param project dotted names of settings, each with everything below it, that the workspace's
///   `.vscode/settings.json` may set
public record SettingsPolicy(String section, List<String> restricted, List<String> project) {
    /// The restricted settings of a server whose declaration lists none.
    public static final List<String> ALL = List.of("*");

    public SettingsPolicy {
        restricted = List.copyOf(restricted);
        project = List.copyOf(project);
    }

    /// A copy of a client's settings without the restricted ones.
    ///
    /// @param at the section of the settings; empty for all
    /// @param dropped receives the name of each removed setting
    public JsonElement permitted(String at, JsonElement settings, Consumer<String> dropped) {
        var own = lifted(at, settings);
        var name = qualified(at);
        if (!name.isEmpty() && isIn(restricted, name)) {
            dropped.accept(name);
            return JsonNull.INSTANCE;
        }
        return without(name, own, dropped);
    }

    /// Whether a project may set this setting.
    boolean isForProjects(String name) {
        return project.stream().anyMatch(one -> name.equals(one) || name.startsWith(one + "."));
    }

    private String qualified(String at) {
        boolean isBare = section.isEmpty() || at.equals(section) || at.startsWith(section + ".");
        return isBare ? at : at.isEmpty() ? section : section + "." + at;
    }

    /// The client's settings in the server's section, under the names and in the form that the
    /// server uses.
    private JsonElement lifted(String at, JsonElement settings) {
        if (section.isEmpty() || !at.isEmpty() || !(settings instanceof JsonObject all)) {
            return settings;
        }
        var rest = all.deepCopy();
        var own = rest.remove(section);
        var lifted = own instanceof JsonObject ? SettingsTree.overlaid(rest, own) : rest;
        return section.equals(EslintSettings.SECTION) && lifted instanceof JsonObject asWritten
                ? EslintSettings.toServerForm(asWritten)
                : lifted;
    }

    private JsonElement without(String name, JsonElement settings, Consumer<String> dropped) {
        return switch (settings) {
            case JsonObject object -> {
                var copy = new JsonObject();
                for (Map.Entry<String, JsonElement> member : object.entrySet()) {
                    var path = name.isEmpty() ? member.getKey() : name + "." + member.getKey();
                    if (isIn(restricted, path)) {
                        dropped.accept(path);
                    } else {
                        copy.add(member.getKey(), without(path, member.getValue(), dropped));
                    }
                }
                yield copy;
            }
            case JsonArray array -> {
                var copy = new JsonArray();
                array.forEach(element -> copy.add(without(name, element, dropped)));
                yield copy;
            }
            default -> settings;
        };
    }

    private static boolean isIn(List<String> patterns, String name) {
        for (var pattern : patterns) {
            if (matches(pattern, name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(String pattern, String name) {
        if (pattern.startsWith("*.")) {
            return ("." + name + ".").contains(pattern.substring(1) + ".");
        }
        return pattern.endsWith("*")
                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                : name.equals(pattern) || name.startsWith(pattern + ".");
    }
}
