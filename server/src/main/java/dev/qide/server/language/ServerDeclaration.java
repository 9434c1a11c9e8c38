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

/// One language server as `languages.json` declares it.
///
/// @param id the server's own name, for instance `pyright`
/// @param title the language as a person calls it
/// @param language the name in `/lsp/{workspace}/{language}`
/// @param documents which documents are its
/// @param start how it is brought up
/// @param capabilities what `/ws` announces before it runs; a feature that is `false` is withheld
///   also when the server announces it itself
/// @param settings what it is told of itself
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
    /// @param languageIdByFile the language ids of files whose name decides it, whatever the client
    ///   says, by patterns of names or ends of paths; the first that matches counts
    /// @param auxiliaryFor the languages, by name or LSP language id, for whose documents it is an
    ///   auxiliary server: it adds to what their own server says. Then it has none of its own
    /// @param requiredFiles patterns of names; it is an auxiliary server of a document only if a
    ///   file of such a name is in the document's folder or in one above it; none for always
    public record Documents(
            List<String> languageIds,
            List<String> files,
            Map<String, String> languageIdByFile,
            List<String> auxiliaryFor,
            List<String> requiredFiles) {
        public Documents {
            languageIds = List.copyOf(languageIds);
            files = List.copyOf(files);
            languageIdByFile = Collections.unmodifiableMap(new LinkedHashMap<>(languageIdByFile));
            auxiliaryFor = List.copyOf(auxiliaryFor);
            requiredFiles = List.copyOf(requiredFiles);
            if (!auxiliaryFor.isEmpty() && !(languageIds.isEmpty() && files.isEmpty())) {
                throw new IllegalArgumentException(
                        "an auxiliary server (auxiliaryFor) has no languageIds and files of its own.");
            }
        }
    }

    /// @param install the folder of the committed lock that it comes in, null when it needs none
    /// @param program the name of a program of this machine, null when it is none; such a server is
    ///   there only where the program is found on the search path
    /// @param found the program's place, links not followed; null before it was looked for
    /// @param command may hold `${node}`, `${install}`, `${program}` and `${workspace}`
    /// @param reads further folders that it has to read, `~/` for the home folder; those that are
    ///   missing are left out
    /// @param runsProjectCode whether it runs what lies in the workspace, so that it needs the
    ///   sandbox or trust
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

    /// @param initializationOptions may hold `${install}` and `${workspace}`
    /// @param configuration what `workspace/configuration` is answered from; `${pythonEnvironment}`
    ///   as `python.pythonPath` stands for the interpreter of each folder
    /// @param folderConfiguration what differs for the documents of some folders; of two that
    ///   apply, the later one holds
    /// @param policy which settings of clients and projects reach it
    /// @param notifications methods of its own, without parameters, that it gets after
    ///   `initialized`
    /// @param client capabilities that `/ws` announces to it besides the editor's
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

        /// Whether the server wants to know a Python interpreter.
        public boolean hasPythonEnvironment() {
            return configuration.get("python") instanceof JsonObject python
                    && new JsonPrimitive(PythonEnvironments.PLACEHOLDER)
                            .equals(python.get("pythonPath"));
        }
    }

    /// Configuration for the documents below a folder.
    ///
    /// @param files patterns of names, or paths; it is for documents for which such a file is in
    ///   their folder or in one above it
    /// @param unless patterns of names; where one is as near as `files`, or nearer, it is not
    /// @param configuration laid over the server's; may hold `${folder}`, the folder that has the
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

    /// The same server, its program at that place.
    ServerDeclaration at(Path place) {
        return new ServerDeclaration(
                id, title, language, documents, start.at(place), capabilities, settings);
    }

    /// Its documents as a `DocumentSelector` (LSP 3.18): by language id and by name of the file.
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

    /// The language id that the name of a file decides; null where it decides none.
    ///
    /// @param path a path or a URI
    @Nullable String idByFile(String path) {
        return documents.languageIdByFile().entrySet().stream()
                .filter(one -> NamePattern.matchesEnd(one.getKey(), path))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElse(null);
    }

    boolean isAuxiliary() {
        return !documents.auxiliaryFor().isEmpty();
    }
}
