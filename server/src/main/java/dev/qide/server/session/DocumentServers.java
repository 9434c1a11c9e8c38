package dev.qide.server.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.identity.Action;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.MergedRequests;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.JsonRpcWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The language servers of each document on `/ws`, and the merged diagnostics of a document.
///
/// Each document has one primary server, which answers its requests. Auxiliary servers (ESLint with
/// TypeScript) receive the document's notifications too. Their diagnostics are merged with those of
/// the primary, and their code actions follow its own ([MergedRequests]). Everything else comes
/// from the primary alone.
///
/// Thread-safe: the session's thread sends requests, the threads of the servers bring responses.
final class DocumentServers {
    private static final int OPEN_DOCUMENTS = 2_000;

    /// The maximum length of the diagnostics that are kept for merging, in characters.
    private static final int KEPT_CHARACTERS = 16 << 20;

    private static final String CODE_ACTION = "textDocument/codeAction";
    private static final String PUBLISH = "textDocument/publishDiagnostics";

    /// Identifies the notification, however a server escapes the slash.
    private static final String PUBLISH_NAME = "publishDiagnostics";

    private final SessionServices services;
    private final Editor editor;
    private final String workspace;
    private final MergedRequests mergedRequests;
    private final Consumer<String> send;
    private final Map<String, OpenDocument> documents =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, OpenDocument> eldest) {
                    boolean isTooMany = size() > OPEN_DOCUMENTS;
                    if (isTooMany) {
                        keptCharacters -= eldest.getValue().characters();
                    }
                    return isTooMany;
                }
            };
    private final Set<String> auxiliaries = new HashSet<>();
    private volatile ClientRoot root = ClientRoot.NONE;
    private boolean appliesEdits;
    private int keptCharacters;

    /// Whether any document has had an auxiliary server; until then messages are forwarded unread.
    private volatile boolean isMerging;

    /// @param send to the editor; does not block
    DocumentServers(
            SessionServices services, Editor editor, MergedRequests joined, Consumer<String> send) {
        this.services = services;
        this.editor = editor;
        this.workspace = editor.workspace();
        this.mergedRequests = joined;
        this.send = send;
    }

    /// An open document.
    ///
    /// @param uri as the client writes it
    /// @param languages whose servers it has, the primary first
    /// @param diagnostics the latest diagnostics of each server, as JSON text
    /// @param openedNanos by `System.nanoTime`
    private record OpenDocument(
            String uri, List<String> languages, Map<String, String> diagnostics, long openedNanos) {
        boolean isJoined() {
            return languages.size() > 1;
        }

        int characters() {
            return diagnostics.values().stream().mapToInt(String::length).sum();
        }
    }

    /// The client has initialized.
    ///
    /// @param isApplying whether it applies edits that a server requests (`workspace/applyEdit`)
    synchronized void begin(ClientRoot clientRoot, boolean isApplying) {
        root = clientRoot;
        appliesEdits = isApplying;
    }

    /// Registers an opened document and searches the workspace for its auxiliary servers.
    ///
    /// @param languageId its LSP language id, if the client sent one
    void opened(String uri, @Nullable String languageId) {
        closed(uri);
        var primary = primaryOf(uri, languageId);
        if (primary == null) {
            return;
        }
        var languages = new ArrayList<>(List.of(primary));
        var path = root.pathOf(uri);
        if (path != null) {
            languages.addAll(
                    services.languages().auxiliaries(workspace, primary, languageId, path));
        }
        var openDocument =
                new OpenDocument(
                        uri, List.copyOf(languages), new LinkedHashMap<>(), System.nanoTime());
        synchronized (this) {
            auxiliaries.addAll(languages.subList(1, languages.size()));
            isMerging |= openDocument.isJoined();
            documents.put(key(uri), openDocument);
        }
    }

    /// Unregisters a closed document and clears the diagnostics of its auxiliary servers.
    synchronized void closed(String uri) {
        var openDocument = documents.remove(key(uri));
        if (openDocument == null) {
            return;
        }
        keptCharacters -= openDocument.characters();
        if (openDocument.isJoined()) {
            openDocument.diagnostics().keySet().retainAll(openDocument.languages().subList(0, 1));
            publish(openDocument);
        }
    }

    /// The languages whose servers an open document has, the primary first; empty when the document
    /// is not open or has no server.
    private synchronized List<String> of(String uri) {
        var openDocument = documents.get(key(uri));
        return openDocument == null ? List.of() : openDocument.languages();
    }

    /// When the client opened a document that has a server, by `System.nanoTime`; null when it is
    /// not open.
    synchronized @Nullable Long openedNanos(String uri) {
        var openDocument = documents.get(key(uri));
        return openDocument == null ? null : openDocument.openedNanos();
    }

    /// The language of a document's primary server, whether the document is open or not; null for
    /// none.
    @Nullable String primaryOf(String uri, @Nullable String languageId) {
        var known = of(uri);
        if (!known.isEmpty()) {
            return known.getFirst();
        }
        var path = ExternalText.isExternal(uri) ? uri : root.pathOf(uri);
        return path == null && languageId == null
                ? null
                : services.capabilities().languageOf(languageId, path);
    }

    /// The languages whose servers a document has, whether it is open or not, the primary first.
    List<String> allOf(String uri) {
        var known = of(uri);
        var primary = known.isEmpty() ? primaryOf(uri, null) : null;
        return primary == null ? known : List.of(primary);
    }

    /// The languages whose servers receive notifications about a document, the primary first.
    List<String> serversOf(RpcMessage.Notification notification, String uri) {
        var all =
                notification.method().startsWith("textDocument/did") ? of(uri) : List.<String>of();
        var primary = primaryOf(uri, notification.target().languageId());
        return all.isEmpty() && primary != null ? List.of(primary) : all;
    }

    /// The auxiliary servers that may also receive a request about an open document: none for a
    /// person who may not edit now.
    List<String> auxiliariesFor(RpcMessage.Request request, String uri) {
        if (!appliesEdits
                || !request.method().equals(CODE_ACTION)
                || !editor.can(Action.EDIT_WORKSPACE)) {
            return List.of();
        }
        return of(uri).stream().skip(1).toList();
    }

    /// Receives a message of a server. Any thread may call it.
    void fromServer(String language, String message) {
        boolean isRead =
                (isMerging && message.contains(PUBLISH_NAME))
                        || mergedRequests.isAwaiting(language);
        if (isRead) {
            dispatch(language, message, MergedRequests.tree(message));
        } else {
            send.accept(message);
        }
    }

    private void dispatch(String language, String message, JsonObject tree) {
        if (!tree.has("method")) {
            if (!mergedRequests.answered(language, tree)) {
                send.accept(message);
            }
        } else if (tree.get("method").getAsString().equals(PUBLISH)) {
            published(language, tree.get("params"), message);
        } else {
            send.accept(message);
        }
    }

    /// A message of another shape is forwarded unchanged, unless an auxiliary server sent it.
    private synchronized void published(
            String language, @Nullable JsonElement params, String message) {
        var published = params instanceof JsonObject object ? object : new JsonObject();
        var openDocument =
                published.get("uri") instanceof JsonPrimitive uri
                        ? documents.get(key(uri.getAsString()))
                        : null;
        if (openDocument != null
                && openDocument.isJoined()
                && openDocument.languages().contains(language)
                && published.get("diagnostics") instanceof JsonArray diagnostics) {
            keep(language, openDocument, diagnostics);
        } else if (!auxiliaries.contains(language)) {
            send.accept(message);
        }
    }

    private void keep(String language, OpenDocument openDocument, JsonArray diagnostics) {
        keptCharacters -= openDocument.characters();
        openDocument.diagnostics().put(language, diagnostics.toString());
        publish(openDocument);
        keptCharacters += openDocument.characters();
        if (keptCharacters > KEPT_CHARACTERS) {
            // They are published now, but not kept for merging.
            keptCharacters -= openDocument.characters();
            openDocument.diagnostics().clear();
        }
    }

    /// Publishes the merged diagnostics under the client's own URI; without a version, since the
    /// servers need not have seen the same one.
    private void publish(OpenDocument openDocument) {
        var all = new JsonArray();
        for (var language : openDocument.languages()) {
            var diagnostics = openDocument.diagnostics().get(language);
            if (diagnostics != null) {
                all.addAll(JsonParser.parseString(diagnostics).getAsJsonArray());
            }
        }
        var params = new JsonObject();
        params.addProperty("uri", openDocument.uri());
        params.add("diagnostics", all);
        send.accept(JsonRpcWriter.notification(PUBLISH, params.toString()));
    }

    /// Servers may write the same URI in another form.
    private String key(String uri) {
        var path = root.pathOf(uri);
        return path == null ? uri : "/" + path;
    }
}
