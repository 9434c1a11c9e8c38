package dev.qide.server.session.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The features that a client can register for a language (LSP 3.18, "client/registerCapability"),
/// and how they are announced.
///
/// A client that supports dynamic registration of a feature registers it for the documents of each
/// server, with that server's own options. Any other client gets the union of all servers. Pure
/// functions.
public final class ProviderTable {
    /// member of `ServerCapabilities` | method to register | path in `ClientCapabilities`
    private static final String TABLE =
            """
            callHierarchyProvider            | textDocument/prepareCallHierarchy | textDocument.callHierarchy
            codeActionProvider               | textDocument/codeAction           | textDocument.codeAction
            codeLensProvider                 | textDocument/codeLens             | textDocument.codeLens
            colorProvider                    | textDocument/documentColor        | textDocument.colorProvider
            completionProvider               | textDocument/completion           | textDocument.completion
            declarationProvider              | textDocument/declaration          | textDocument.declaration
            definitionProvider               | textDocument/definition           | textDocument.definition
            diagnosticProvider               | textDocument/diagnostic           | textDocument.diagnostic
            documentFormattingProvider       | textDocument/formatting           | textDocument.formatting
            documentHighlightProvider        | textDocument/documentHighlight    | textDocument.documentHighlight
            documentLinkProvider             | textDocument/documentLink         | textDocument.documentLink
            documentOnTypeFormattingProvider | textDocument/onTypeFormatting     | textDocument.onTypeFormatting
            documentRangeFormattingProvider  | textDocument/rangeFormatting      | textDocument.rangeFormatting
            documentSymbolProvider           | textDocument/documentSymbol       | textDocument.documentSymbol
            foldingRangeProvider             | textDocument/foldingRange         | textDocument.foldingRange
            hoverProvider                    | textDocument/hover                | textDocument.hover
            implementationProvider           | textDocument/implementation       | textDocument.implementation
            inlayHintProvider                | textDocument/inlayHint            | textDocument.inlayHint
            linkedEditingRangeProvider       | textDocument/linkedEditingRange   | textDocument.linkedEditingRange
            referencesProvider               | textDocument/references           | textDocument.references
            renameProvider                   | textDocument/rename               | textDocument.rename
            selectionRangeProvider           | textDocument/selectionRange       | textDocument.selectionRange
            semanticTokensProvider           | textDocument/semanticTokens       | textDocument.semanticTokens
            signatureHelpProvider            | textDocument/signatureHelp        | textDocument.signatureHelp
            typeDefinitionProvider           | textDocument/typeDefinition       | textDocument.typeDefinition
            typeHierarchyProvider            | textDocument/prepareTypeHierarchy | textDocument.typeHierarchy
            """;

    private static final List<Provider> ALL = TABLE.lines().map(ProviderTable::row).toList();

    /// Options that do not describe the feature itself.
    private static final Set<String> NO_FEATURE = Set.of("documentSelector", "workDoneProgress");

    private static final String REGISTER = "client/registerCapability";
    private static final String UNREGISTER = "client/unregisterCapability";

    private ProviderTable() {}

    private record Provider(String member, String method, String client) {}

    /// The features that a client registers dynamically, as members of `ServerCapabilities`.
    ///
    /// @param client its `ClientCapabilities`
    public static List<String> dynamic(JsonObject client) {
        return ALL.stream()
                .filter(provider ->
                        JsonPath.isTrue(client, provider.client() + ".dynamicRegistration"))
                .map(Provider::member)
                .toList();
    }

    /// Simplifies the capabilities for a client without dynamic registration: options that it could
    /// not understand become `true`.
    ///
    /// @param union of all servers' capabilities; changed
    public static void simplify(JsonObject union, JsonObject client) {
        if (!JsonPath.isTrue(client, "textDocument.rename.prepareSupport")
                && union.get("renameProvider") instanceof JsonObject) {
            union.addProperty("renameProvider", true);
        }
        if (!(JsonPath.at(client, "textDocument.codeAction.codeActionLiteralSupport")
                        instanceof JsonObject)
                && union.get("codeActionProvider") instanceof JsonObject) {
            union.addProperty("codeActionProvider", true);
        }
    }

    /// The registrations of one server's features (`Registration[]`).
    ///
    /// @param language its language, with which the ids begin
    /// @param selector the server's documents (`DocumentFilter[]`)
    /// @param members the features
    public static JsonArray registrations(
            String language, JsonArray selector, JsonObject capabilities, List<String> members) {
        var registrations = new JsonArray();
        for (var provider : ALL) {
            var options = capabilities.get(provider.member());
            if (!members.contains(provider.member()) || !isAnnounced(options)) {
                continue;
            }
            var registerOptions =
                    options instanceof JsonObject object ? plain(object) : new JsonObject();
            registerOptions.add("documentSelector", selector);
            if (provider.member().equals(DiagnosticPull.PROVIDER)) {
                registerOptions.addProperty(
                        "identifier", DiagnosticPull.identifier(language, capabilities));
            }
            var registration = new JsonObject();
            registration.addProperty("id", id(language, provider));
            registration.addProperty("method", provider.method());
            registration.add("registerOptions", registerOptions);
            registrations.add(registration);
        }
        return registrations;
    }

    /// The messages for the client, in order, that turn the registrations of the declared features
    /// into those of the announced ones.
    ///
    /// @param dynamic the features that the client registers dynamically
    /// @param before the capabilities registered now
    /// @param after the capabilities that the server has announced
    public static List<Change> changes(
            String language,
            JsonArray selector,
            List<String> dynamic,
            JsonObject before,
            JsonObject after) {
        var gone = new JsonArray();
        var changed = new ArrayList<String>();
        for (var provider : ALL) {
            var old = before.get(provider.member());
            var now = after.get(provider.member());
            if (!dynamic.contains(provider.member()) || isSame(old, now)) {
                continue;
            }
            changed.add(provider.member());
            if (isAnnounced(old)) {
                var registration = new JsonObject();
                registration.addProperty("id", id(language, provider));
                registration.addProperty("method", provider.method());
                gone.add(registration);
            }
        }
        var messages = new ArrayList<Change>();
        if (!gone.isEmpty()) {
            messages.add(unregistering(gone));
        }
        var added = registrations(language, selector, after, changed);
        if (!added.isEmpty()) {
            messages.add(registering(added));
        }
        return messages;
    }

    /// A request to the client that changes its registrations.
    ///
    /// @param member of its parameters that holds the list
    public record Change(String method, String member, JsonArray list) {
        /// The parameters of the request.
        public JsonObject params() {
            var params = new JsonObject();
            params.add(member, list);
            return params;
        }
    }

    /// `client/registerCapability` with these registrations.
    public static Change registering(JsonArray registrations) {
        return new Change(REGISTER, "registrations", registrations);
    }

    static Change unregistering(JsonArray registrations) {
        // The specification spells it this way.
        return new Change(UNREGISTER, "unregisterations", registrations);
    }

    private static String id(String language, Provider provider) {
        return "qide:" + language + ":" + provider.method();
    }

    private static boolean isSame(@Nullable JsonElement one, @Nullable JsonElement other) {
        if (!isAnnounced(one) || !isAnnounced(other)) {
            return isAnnounced(one) == isAnnounced(other);
        }
        return options(one).equals(options(other));
    }

    private static JsonObject options(@Nullable JsonElement announced) {
        return announced instanceof JsonObject object ? plain(object) : new JsonObject();
    }

    private static JsonObject plain(JsonObject options) {
        var plain = options.deepCopy();
        NO_FEATURE.forEach(plain::remove);
        return plain;
    }

    private static boolean isAnnounced(@Nullable JsonElement options) {
        return options != null
                && !options.isJsonNull()
                && !new JsonPrimitive(false).equals(options);
    }

    private static Provider row(String line) {
        var cells = line.split("\\s*\\|\\s*", -1);
        return new Provider(cells[0], cells[1], cells[2]);
    }
}
