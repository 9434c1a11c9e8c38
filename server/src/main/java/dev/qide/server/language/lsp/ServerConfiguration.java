package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.qide.server.language.ClientFolders;
import dev.qide.server.language.JsonPath;
import dev.qide.server.language.process.ServerLauncher;
import dev.qide.server.language.python.PythonEnvironments;
import dev.qide.server.language.rewrite.RootUri;
import dev.qide.server.language.settings.ProjectSettings;
import dev.qide.server.language.settings.ProjectStyle;
import dev.qide.server.language.settings.ScopedConfiguration;
import dev.qide.server.language.settings.SettingsTree;
import dev.qide.wire.FormattingStyle;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The configuration of a server for each document of its workspace, without the client's settings,
/// and its workspace folders: those that the editor has open and, for a Python server, each folder
/// with an environment of its own.
///
/// The declared settings ([ScopedConfiguration]) are overlaid with the project's
/// ([ProjectSettings]) and, for Python, with the interpreter of the document's folder. Owned by one
/// thread.
final class ServerConfiguration {
    /// The folders that pyright excludes unless its settings exclude others.
    private static final List<String> USUALLY_EXCLUDED =
            List.of("**/node_modules", "**/__pycache__", "**/.*");

    private static final String JSON_SCHEMAS = "json.schemas";

    private final ServerContext context;
    private final ServerLauncher.Launched launched;
    private final ScopedConfiguration scoped;
    private final JsonElement schemas;
    private ClientFolders client;

    /// @param client the folders that its editor has open
    ServerConfiguration(
            ServerContext context, ServerLauncher.Launched launched, ClientFolders client) {
        this.context = context;
        this.client = client;
        this.launched = launched;
        var settings = context.server().settings();
        var directory = context.folder().directory();
        var declared = ServerLauncher.filled(settings.configuration(), launched);
        var project = ProjectSettings.of(directory, launched.workspace(), settings.policy());
        this.scoped =
                new ScopedConfiguration(
                        SettingsTree.overlaid(declared, project),
                        settings.folderConfiguration(),
                        directory,
                        launched.workspace());
        this.schemas = JsonPath.at(declared, JSON_SCHEMAS);
    }

    /// @param scopeUri the document's or folder's URI as the server has it, null for the workspace
    JsonElement of(@Nullable String scopeUri) {
        var settings = scoped.of(scopeUri).deepCopy();
        if (pythonSection(settings) instanceof JsonObject section) {
            section.remove("pythonPath");
            var python = launched.python();
            var interpreter = python == null ? null : python.state().interpreter(folder(scopeUri));
            if (interpreter != null) {
                section.addProperty("pythonPath", interpreter);
            }
        }
        return settings;
    }

    /// Adds our entries to the lists of the project or the client, which have replaced ours:
    /// schemas for JSON, and the folders that pyright excludes and imports from.
    ///
    /// @param settings those of [#of] for the same URI, overlaid with the client's; changed
    /// @return the settings
    JsonElement completed(JsonElement settings, @Nullable String scopeUri) {
        if (JsonPath.at(settings, JSON_SCHEMAS) instanceof JsonArray all
                && schemas instanceof JsonArray ours
                && !all.equals(ours)) {
            all.addAll(ours.deepCopy());
        }
        var python = launched.python();
        if (python != null
                && pythonSection(settings) instanceof JsonObject section
                && section.get("analysis") instanceof JsonObject analysis) {
            separate(analysis, folder(scopeUri), python.state());
        }
        return settings;
    }

    /// The formatting style of a document of the workspace.
    ///
    /// @param uri as the server has it
    /// @return null for a document elsewhere
    @Nullable FormattingStyle styleOf(String uri) {
        int end = RootUri.ofPath(launched.workspace()).matchEnd(uri, 0);
        return end < 0 || end >= uri.length()
                ? null
                : ProjectStyle.of(
                        context.folder().directory(), RootUri.decoded(uri, end + 1, uri.length()));
    }

    /// The workspace folders as the server sees them (`workspace/workspaceFolders`).
    JsonArray workspaceFolders() {
        return folders(paths(client));
    }

    /// The path that is its root (`rootPath`): the first folder.
    String rootPath() {
        return path(client.paths().isEmpty() ? "" : client.paths().getFirst());
    }

    /// Whether the editor itself has the folder open.
    ///
    /// @param path relative to the workspace
    boolean isOpen(String path) {
        return client.paths().contains(path);
    }

    /// The editor has these folders open from now on.
    ///
    /// @return the `WorkspaceFoldersChangeEvent`, null when nothing changes
    @Nullable JsonObject changed(ClientFolders now) {
        var before = paths(client);
        client = now;
        var after = paths(now);
        if (before.equals(after)) {
            return null;
        }
        var event = new JsonObject();
        event.add("added", folders(without(after, before)));
        event.add("removed", folders(without(before, after)));
        return event;
    }

    private JsonArray folders(Collection<String> paths) {
        var folders = new JsonArray();
        paths.forEach(path -> folders.add(workspaceFolder(path)));
        return folders;
    }

    /// The editor's folders, then those of environments in them.
    private Set<String> paths(ClientFolders editor) {
        var paths = new LinkedHashSet<>(editor.paths());
        paths.addAll(pythonFolders());
        return paths;
    }

    private static Set<String> without(Set<String> these, Set<String> others) {
        var left = new LinkedHashSet<>(these);
        left.removeAll(others);
        return left;
    }

    /// @param folder relative to the workspace, `` for the root
    JsonObject workspaceFolder(String folder) {
        var place = new JsonObject();
        place.addProperty("uri", RootUri.ofPath(path(folder)).text());
        place.addProperty("name", folder.isEmpty() ? context.folder().name() : folder);
        return place;
    }

    /// The settings of a Python server; null for another server.
    private @Nullable JsonElement pythonSection(JsonElement settings) {
        return context.server().settings().hasPythonEnvironment()
                        && settings instanceof JsonObject all
                ? all.get("python")
                : null;
    }

    /// A file belongs to the innermost folder only, else two interpreters would check it. An inner
    /// folder still imports modules of the root.
    private void separate(JsonObject analysis, String folder, PythonEnvironments.State state) {
        var inner =
                state.folders().stream()
                        .filter(one -> folder.isEmpty() || one.startsWith(folder + "/"))
                        .map(one -> folder.isEmpty() ? one : one.substring(folder.length() + 1))
                        .toList();
        if (!inner.isEmpty()) {
            var excluded = list(analysis, "exclude");
            if (excluded.isEmpty()) {
                USUALLY_EXCLUDED.forEach(excluded::add);
            }
            inner.forEach(excluded::add);
        }
        if (!folder.isEmpty()) {
            list(analysis, "extraPaths").add(launched.workspace());
        }
    }

    private static JsonArray list(JsonObject analysis, String name) {
        if (!(analysis.get(name) instanceof JsonArray)) {
            analysis.add(name, new JsonArray());
        }
        return analysis.getAsJsonArray(name);
    }

    private String folder(@Nullable String scopeUri) {
        return scopeUri == null ? "" : folderOf(scopeUri);
    }

    /// The innermost folder, relative to the workspace, that holds the target of a server's URI.
    private String folderOf(String uri) {
        return pythonFolders().stream()
                .filter(folder -> RootUri.ofPath(path(folder)).matchEnd(uri, 0) >= 0)
                .max(Comparator.comparingInt(String::length))
                .orElse("");
    }

    private List<String> pythonFolders() {
        var python = launched.python();
        return python == null ? List.of() : python.state().folders();
    }

    private String path(String folder) {
        return folder.isEmpty() ? launched.workspace() : launched.workspace() + "/" + folder;
    }
}
