package dev.qide.server.language;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.python.PythonEnvironments;
import dev.qide.server.language.settings.NamePattern;
import dev.qide.server.language.settings.SettingsPolicy;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A language server as `languages.json` declares it.
///
/// @param id the server's own name, for instance `pyright`
/// @param title the language's name for people
/// @param language the name in `/lsp/{workspace}/{language}`
/// @param documents the documents that it serves
/// @param start how to start it
/// @param capabilities the capabilities that `/ws` announces before it runs; a feature that is
///   `false` is withheld even if the server announces it
/// @param settings its configuration
public record ServerDeclaration(
        String id,
        String title,
        String language,
        Documents documents,
        Start start,
        JsonObject capabilities,
        Settings settings) {
    /// @param languageIds the LSP language ids of its documents
    /// @param files patterns of its files: `*.py`, or a whole name
    /// @param languageIdByFile language ids by patterns of file names or ends of paths, which
    ///   override the client's; the first match counts
    /// @param auxiliaryFor the languages, by name or LSP language id, whose documents it
    ///   supplements as an auxiliary server; then it has no documents of its own
    /// @param requiredFiles name patterns; it is an auxiliary server of a document only if the
    ///   document's folder or a parent has a matching file; empty for always
    /// @param watchedFiles patterns of file names or ends of paths; it is notified of changes of
    ///   matching files only; empty for all files
    public record Documents(
            List<String> languageIds,
            List<String> files,
            Map<String, String> languageIdByFile,
            List<String> auxiliaryFor,
            List<String> requiredFiles,
            List<String> watchedFiles) {
        public Documents {
            languageIds = List.copyOf(languageIds);
            files = List.copyOf(files);
            languageIdByFile = Collections.unmodifiableMap(new LinkedHashMap<>(languageIdByFile));
            auxiliaryFor = List.copyOf(auxiliaryFor);
            requiredFiles = List.copyOf(requiredFiles);
            watchedFiles = List.copyOf(watchedFiles);
            if (!auxiliaryFor.isEmpty() && !(languageIds.isEmpty() && files.isEmpty())) {
                throw new IllegalArgumentException(
                        "an auxiliary server (auxiliaryFor) has no languageIds and files of its own.");
            }
        }
    }

    /// @param install the folder with its committed lock file; null when it needs no installation
    /// @param program the name of a program of this machine; null for none. Such a server exists
    ///   only if the program is on the search path
    /// @param found the program's path, with links not followed; null before the search
    /// @param command may contain `${node}`, `${install}`, `${program}` and `${workspace}`
    /// @param reads additional folders that it must read, with `~/` for the home folder; missing
    ///   ones are ignored
    /// @param runsProjectCode whether it runs code of the workspace, so that it needs the sandbox
    ///   or trust
    public record Start(
            @Nullable String install,
            @Nullable String program,
            @Nullable Path found,
            List<String> command,
            List<String> reads,
            boolean runsProjectCode,
            ServerLimits limits) {
        public Start {
            command = List.copyOf(command);
            reads = List.copyOf(reads);
        }

        Start at(Path place) {
            return new Start(install, program, place, command, reads, runsProjectCode, limits);
        }
    }

    /// @param initializationOptions may contain `${install}` and `${workspace}`
    /// @param configuration the answer to `workspace/configuration`; `${pythonEnvironment}` as
    ///   `python.pythonPath` stands for the interpreter of each folder
    /// @param folderConfiguration differences for the documents of some folders; of two that apply,
    ///   the later one counts
    /// @param policy which settings of clients and projects reach it
    /// @param notifications methods of its own, without parameters, to send after `initialized`
    /// @param client capabilities that `/ws` announces to it in addition to the editor's
    public record Settings(
            JsonObject initializationOptions,
            JsonObject configuration,
            List<FolderConfiguration> folderConfiguration,
            SettingsPolicy policy,
            List<String> notifications,
            JsonObject client) {
        public Settings {
            folderConfiguration = List.copyOf(folderConfiguration);
            notifications = List.copyOf(notifications);
        }

        /// Whether the server needs a Python interpreter.
        public boolean hasPythonEnvironment() {
            return configuration.get("python") instanceof JsonObject python
                    && new JsonPrimitive(PythonEnvironments.PLACEHOLDER)
                            .equals(python.get("pythonPath"));
        }
    }

    /// Configuration for the documents below a folder.
    ///
    /// @param files name patterns, or paths; it applies to documents with a matching file in their
    ///   folder or a parent
    /// @param unless name patterns; it does not apply where a match is as near as that of `files`,
    ///   or nearer
    /// @param configuration overrides the server's; may contain `${folder}`, the folder with the
    ///   file
    public record FolderConfiguration(
            List<String> files, List<String> unless, JsonObject configuration) {
        public FolderConfiguration {
            files = List.copyOf(files);
            unless = List.copyOf(unless);
        }
    }

    public ServerLimits limits() {
        return start.limits();
    }

    /// The same server with its program at this path.
    ServerDeclaration at(Path place) {
        return new ServerDeclaration(
                id, title, language, documents, start.at(place), capabilities, settings);
    }

    /// Its documents as a `DocumentSelector` (LSP 3.18), by language id and file name.
    public JsonArray selector() {
        var selector = new JsonArray();
        for (var id : documents.languageIds()) {
            var filter = new JsonObject();
            filter.addProperty("language", id);
            selector.add(filter);
        }
        for (var pattern : documents.files()) {
            var filter = new JsonObject();
            filter.addProperty("pattern", "**/" + pattern);
            selector.add(filter);
        }
        return selector;
    }

    boolean isFile(String path) {
        var name = path.substring(path.lastIndexOf('/') + 1);
        return documents.files().stream().anyMatch(pattern -> NamePattern.matches(pattern, name));
    }

    /// The language id that a file's name determines; null for none.
    ///
    /// @param path a path or a URI
    @Nullable String idByFile(String path) {
        return documents.languageIdByFile().entrySet().stream()
                .filter(one -> NamePattern.matchesEnd(one.getKey(), path))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElse(null);
    }

    /// Whether it is notified when a file of the workspace changes.
    ///
    /// @param path of the file or folder in the workspace
    public boolean isWatched(String path) {
        var watched = documents.watchedFiles();
        return watched.isEmpty()
                || watched.stream().anyMatch(pattern -> NamePattern.matchesEnd(pattern, path));
    }

    /// Whether it is auxiliary for documents of another server.
    public boolean isAuxiliaryFor(ServerDeclaration other) {
        return documents.auxiliaryFor().stream()
                .anyMatch(name ->
                        name.equals(other.language())
                                || other.documents().languageIds().contains(name));
    }

    boolean isAuxiliary() {
        return !documents.auxiliaryFor().isEmpty();
    }
}
