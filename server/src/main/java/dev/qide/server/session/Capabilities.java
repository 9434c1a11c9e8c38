package dev.qide.server.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.Declarations;
import org.jspecify.annotations.Nullable;

/// What `/ws` announces before any language server runs. Thread-safe.
public final class Capabilities {
    private final Declarations declarations;
    private final String initializeResult;

    /// @param version this server's version
    /// @param hasGhostText whether a model is configured for inline completion
    public Capabilities(Declarations declarations, String version, boolean hasGhostText) {
        this.declarations = declarations;
        var capabilities = JsonParser.parseString(declarations.capabilities()).getAsJsonObject();
        capabilities.addProperty("positionEncoding", "utf-16");
        if (hasGhostText) {
            capabilities.addProperty("inlineCompletionProvider", true);
        }
        var schemes = new JsonArray();
        schemes.add(ExternalText.SCHEME);
        var content = new JsonObject();
        content.add("schemes", schemes);
        var workspace = new JsonObject();
        workspace.add("textDocumentContent", content);
        capabilities.add("workspace", workspace);
        var info = new JsonObject();
        info.addProperty("name", "Q-IDE");
        info.addProperty("version", version);
        var result = new JsonObject();
        result.add("capabilities", capabilities);
        result.add("serverInfo", info);
        initializeResult = result.toString();
    }

    /// Whether the parameters of an `initialize` say that the client applies edits that a server
    /// asks for (`workspace/applyEdit`).
    static boolean appliesEdits(@Nullable JsonObject initialize) {
        return initialize != null
                && initialize.get("capabilities") instanceof JsonObject capabilities
                && capabilities.get("workspace") instanceof JsonObject workspace
                && new JsonPrimitive(true).equals(workspace.get("applyEdit"));
    }

    /// The result of `initialize`, as JSON text.
    String initializeResult() {
        return initializeResult;
    }

    /// The declared name of a language, given as that or as an LSP language id; null when none is
    /// declared.
    @Nullable String declared(String language) {
        var server = declarations.find(language);
        return server == null ? null : server.language();
    }

    /// The language whose server serves a document, or null when none is declared.
    ///
    /// @param languageId the LSP language id that the client gave, if it did
    /// @param path the path in the workspace, if the document lies in it
    @Nullable String languageOf(@Nullable String languageId, @Nullable String path) {
        return declarations.languageOf(languageId, path);
    }

    /// The language whose server announces that it carries out a command, or null when none does.
    @Nullable String languageOfCommand(String command) {
        return declarations.languageOfCommand(command);
    }
}
