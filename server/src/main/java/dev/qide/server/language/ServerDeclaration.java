package dev.qide.server.language;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.python.PythonEnvironments;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One language server as `languages.json` declares it.
///
/// @param id the server's own name, for instance `pyright`
/// @param title the language as a person calls it
/// @param language the name in `/lsp/{workspace}/{language}`
/// @param documents which documents are its
/// @param start how it is brought up
/// @param capabilities what `/ws` announces before it runs
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
    /// @param auxiliaryFor the languages, by name or LSP language id, whose documents it is a
    ///   auxiliary server for: it adds to what their own server says. Then it has none of its own
    /// @param requiredFiles patterns of names in the workspace's root, one of which has to be there
    ///   for it to be an auxiliary server; none for always
    public record Documents(
            List<String> languageIds,
            List<String> files,
            List<String> auxiliaryFor,
            List<String> requiredFiles) {
        public Documents {
            languageIds = List.copyOf(languageIds);
            files = List.copyOf(files);
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
    /// @param client capabilities that `/ws` announces to it besides the fixed ones
    public record Settings(
            JsonObject initializationOptions, JsonObject configuration, JsonObject client) {
        /// Whether the server wants to know a Python interpreter.
        public boolean hasPythonEnvironment() {
            return configuration.get("python") instanceof JsonObject python
                    && new JsonPrimitive(PythonEnvironments.PLACEHOLDER)
                            .equals(python.get("pythonPath"));
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

    /// Whether it says that it answers a request; a request that the specification ties to no
    /// capability counts as answered.
    public boolean answers(String method) {
        var capability = LspMethod.named(method).capability();
        return capability == null || capabilities.has(capability);
    }

    boolean isFile(String path) {
        var name = path.substring(path.lastIndexOf('/') + 1);
        return documents.files().stream().anyMatch(pattern -> isLike(pattern, name));
    }

    boolean isAuxiliary() {
        return !documents.auxiliaryFor().isEmpty();
    }

    /// Whether a name in the workspace's root says that the workspace has use for this auxiliary
    /// server.
    boolean isCalledFor(String name) {
        return documents.requiredFiles().stream().anyMatch(pattern -> isLike(pattern, name));
    }

    /// @param pattern a whole name, or with one `*` for any part of it
    private static boolean isLike(String pattern, String name) {
        int star = pattern.indexOf('*');
        return star < 0
                ? name.equals(pattern)
                : name.length() >= pattern.length() - 1
                        && name.startsWith(pattern.substring(0, star))
                        && name.endsWith(pattern.substring(star + 1));
    }
}
