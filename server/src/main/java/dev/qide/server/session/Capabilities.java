package dev.qide.server.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.JsonPath;
import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.session.lsp.AnnouncedCommands;
import dev.qide.server.session.lsp.ProviderTable;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The capabilities that `/ws` announces before any language server runs, from the servers'
/// declarations. Thread-safe.
public final class Capabilities {
    private static final String CODE_ACTIONS = "codeActionProvider";
    private static final String SEMANTIC_TOKENS = "semanticTokensProvider";

    /// The features that an auxiliary server registers itself; a document's primary server
    /// registers the others for it.
    private static final List<String> OF_AUXILIARIES = List.of("diagnosticProvider");

    private final Declarations declarations;
    private final String version;

    /// The union of all servers, for clients without dynamic registration. Not changed.
    private final JsonObject union;

    private final BooleanSupplier hasGhostText;

    /// @param version this server's version
    /// @param hasGhostText whether a model is configured for inline completion now
    public Capabilities(Declarations declarations, String version, BooleanSupplier hasGhostText) {
        this.hasGhostText = hasGhostText;
        this.declarations = declarations;
        this.version = version;
        union = JsonParser.parseString(declarations.capabilities()).getAsJsonObject();
        union.addProperty("positionEncoding", "utf-16");
        var schemes = new JsonArray();
        schemes.add(ExternalText.SCHEME);
        var content = new JsonObject();
        content.add("schemes", schemes);
        var workspace =
                union.get("workspace") instanceof JsonObject declared ? declared : new JsonObject();
        workspace.add("textDocumentContent", content);
        var folders = new JsonObject();
        folders.addProperty("supported", true);
        folders.addProperty("changeNotifications", true);
        workspace.add("workspaceFolders", folders);
        union.add("workspace", workspace);
    }

    /// The `ClientCapabilities` in the parameters of an `initialize`; empty when there are none.
    static JsonObject ofClient(@Nullable JsonObject initialize) {
        return initialize != null
                        && initialize.get("capabilities") instanceof JsonObject capabilities
                ? capabilities
                : new JsonObject();
    }

    /// Whether a client applies edits that a server requests (`workspace/applyEdit`).
    static boolean appliesEdits(JsonObject client) {
        return JsonPath.isTrue(client, "workspace.applyEdit");
    }

    /// The result of `initialize`, as JSON text. It leaves out the features that the client
    /// registers dynamically; [#registrations] follow later.
    ///
    /// @param client its `ClientCapabilities`
    String initializeResult(JsonObject client) {
        var capabilities = union.deepCopy();
        if (hasGhostText.getAsBoolean()) {
            capabilities.addProperty("inlineCompletionProvider", true);
            announceAcceptance(capabilities);
        }
        ProviderTable.dynamic(client).forEach(capabilities::remove);
        ProviderTable.simplify(capabilities, client);
        var info = new JsonObject();
        info.addProperty("name", "Q-IDE");
        info.addProperty("version", version);
        var result = new JsonObject();
        result.add("capabilities", capabilities);
        result.add("serverInfo", info);
        return result.toString();
    }

    /// Adds the command by which editors report an accepted completion.
    private static void announceAcceptance(JsonObject capabilities) {
        var provider =
                capabilities.get("executeCommandProvider") instanceof JsonObject declared
                        ? declared
                        : new JsonObject();
        var commands =
                provider.get("commands") instanceof JsonArray declared ? declared : new JsonArray();
        commands.add(ShownCompletions.ACCEPTED);
        provider.add("commands", commands);
        capabilities.add("executeCommandProvider", provider);
    }

    /// The commands that the result of `initialize` names, with that of ghost text whether there is
    /// a model or not.
    List<String> commands() {
        return Stream.concat(
                        AnnouncedCommands.commands(union).stream(),
                        Stream.of(ShownCompletions.ACCEPTED))
                .toList();
    }

    /// The registrations of all servers' features that a client registers dynamically
    /// (`Registration[]`).
    JsonArray registrations(JsonObject client) {
        var dynamic = ProviderTable.dynamic(client);
        var all = new JsonArray();
        for (var server : declarations.servers()) {
            all.addAll(
                    ProviderTable.registrations(
                            server.language(),
                            declarations.selector(server),
                            withAuxiliaries(server, server.capabilities()),
                            registered(server, dynamic)));
        }
        return all;
    }

    /// The changes for a client when a server announces something other than its declaration.
    ///
    /// @param before the features registered now; null for the declared ones
    List<ProviderTable.Change> changes(
            String language, JsonObject client, @Nullable JsonObject before, JsonObject after) {
        var server = declarations.find(language);
        if (server == null) {
            return List.of();
        }
        return ProviderTable.changes(
                language,
                declarations.selector(server),
                registered(server, ProviderTable.dynamic(client)),
                withAuxiliaries(server, before == null ? server.capabilities() : before),
                withAuxiliaries(server, after));
    }

    /// The features of a server that are registered for it.
    private List<String> registered(ServerDeclaration server, List<String> dynamic) {
        if (declarations.isPrimary(server)) {
            return dynamic;
        }
        return server.documents().auxiliaryFor().isEmpty()
                ? List.of()
                : dynamic.stream().filter(OF_AUXILIARIES::contains).toList();
    }

    /// Adds the code actions of a document's auxiliary servers.
    private JsonObject withAuxiliaries(ServerDeclaration server, JsonObject capabilities) {
        var all = capabilities.deepCopy();
        for (var auxiliary : declarations.servers()) {
            if (auxiliary.isAuxiliaryFor(server) && auxiliary.capabilities().has(CODE_ACTIONS)) {
                var more = new JsonObject();
                more.add(CODE_ACTIONS, auxiliary.capabilities().get(CODE_ACTIONS));
                Declarations.merge(all, more);
            }
        }
        return all;
    }

    /// Whether a client reads the semantic tokens of a server right. Their numbers refer to the
    /// server's legend, which a client with dynamic registration gets with the registration;
    /// another one knows only the legend in the result of `initialize`.
    ///
    /// @param server its `ServerCapabilities`
    boolean hasLegend(JsonObject client, JsonObject server) {
        return ProviderTable.dynamic(client).contains(SEMANTIC_TOKENS)
                || Stream.of("tokenTypes", "tokenModifiers")
                        .map(names -> SEMANTIC_TOKENS + ".legend." + names)
                        .allMatch(path ->
                                begins(JsonPath.at(server, path), JsonPath.at(union, path)));
    }

    private static boolean begins(JsonElement first, JsonElement all) {
        return first instanceof JsonArray names
                && all instanceof JsonArray announced
                && names.size() <= announced.size()
                && names.asList().equals(announced.asList().subList(0, names.size()));
    }

    /// The declared name of a language, given by that name or as an LSP language id; null when none
    /// is declared.
    @Nullable String declared(String language) {
        var server = declarations.find(language);
        return server == null ? null : server.language();
    }

    /// The declared `ServerCapabilities` of a language, null when none is declared.
    @Nullable JsonObject of(String language) {
        var server = declarations.find(language);
        return server == null ? null : server.capabilities();
    }

    /// All declared languages.
    List<String> languages() {
        return declarations.servers().stream().map(ServerDeclaration::language).toList();
    }

    /// The language whose server serves a document, or null when none is declared.
    ///
    /// @param languageId the LSP language id that the client gave, if it did
    /// @param path the path in the workspace, if the document lies in it
    @Nullable String languageOf(@Nullable String languageId, @Nullable String path) {
        return declarations.languageOf(languageId, path);
    }
}
