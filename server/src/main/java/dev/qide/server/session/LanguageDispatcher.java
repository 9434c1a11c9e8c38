package dev.qide.server.session;

import com.google.gson.JsonObject;
import dev.qide.server.language.ClientFolders;
import dev.qide.server.language.ClientProfile;
import dev.qide.server.language.ItemOrigin;
import dev.qide.server.language.LspMethod;
import dev.qide.server.session.lsp.AnnouncedCommands;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.CodeActionKinds;
import dev.qide.server.session.lsp.DiagnosticPull;
import dev.qide.server.session.lsp.MergedRequests;
import dev.qide.server.session.lsp.ProviderTable;
import dev.qide.server.session.lsp.ResultMerges;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.server.session.lsp.SessionCapabilities;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.WireJson;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Chooses the language servers that receive a client's message.
///
/// - A request about a document goes to the document's server, for code actions also to its
///   auxiliary servers. A server that does not support the request, or does not react to the
///   trigger character, gets no request; the result is empty.
/// - A request for diagnostics goes to all servers of the document that answer it, or to the one
///   that it names ([DiagnosticPull]).
/// - The server that created an item also resolves it ([ItemOrigin]).
/// - A command goes to the server that announced it.
/// - A request about the workspace goes to every running server that supports it; the results are
///   merged.
/// - A server's own method without a document (`json/schemaAssociations`) goes to the server of the
///   language that begins the method's name.
///
/// Owned by the session's thread, except [#fromServer] and [#announced], which any thread may call.
final class LanguageDispatcher {
    private static final String OWN_ID = "\"qide#";
    private static final String SERVER_ID = "\"qide:";
    private static final String SEMANTIC_TOKENS = "textDocument/semanticTokens/";
    private static final Map<String, MergedRequests.Merge> MERGES =
            Map.of(
                    "workspace/symbol",
                    ResultMerges::arrays,
                    DiagnosticPull.OF_WORKSPACE,
                    ResultMerges::items,
                    "workspace/willCreateFiles",
                    ResultMerges::workspaceEdits,
                    "workspace/willDeleteFiles",
                    ResultMerges::workspaceEdits,
                    "workspace/willRenameFiles",
                    ResultMerges::workspaceEdits);

    private final String session;
    private final String workspace;
    private final SessionServices services;
    private final Consumer<String> send;
    private final WorkspaceEdits edits;
    private final MergedRequests mergedRequests;
    private final DocumentServers documents;
    private final SessionCapabilities capabilities;
    private final AnnouncedCommands commands = new AnnouncedCommands();
    private final Set<String> inUse = new LinkedHashSet<>();
    private final AtomicLong requests = new AtomicLong();
    private volatile JsonObject client = new JsonObject();

    /// @param editsFiles whether the editor applies edits to the files on disk
    /// @param send to the editor; does not block
    LanguageDispatcher(
            String session,
            Editor editor,
            SessionServices services,
            BooleanSupplier editsFiles,
            Consumer<String> send) {
        this.session = session;
        this.workspace = editor.workspace();
        this.services = services;
        this.send = send;
        this.edits =
                new WorkspaceEdits(
                        editor,
                        services.sync().unsyncedTexts(),
                        this::openedNanos,
                        editsFiles,
                        new WorkspaceEdits.Recipients(send, this::respondForClient));
        this.mergedRequests = new MergedRequests(edits::forward);
        this.documents = new DocumentServers(services, editor, mergedRequests, edits::forward);
        this.capabilities = new SessionCapabilities(services.capabilities()::of);
    }

    /// The client has initialized.
    ///
    /// @param clientCapabilities its `ClientCapabilities`
    void begin(ClientFolders folders, JsonObject clientCapabilities) {
        client = clientCapabilities;
        edits.begin(new ClientRoot(folders.root()));
        commands.begin(clientCapabilities, services.capabilities().commands());
        documents.begin(
                new ClientRoot(folders.root()), Capabilities.appliesEdits(clientCapabilities));
        services.languages()
                .open(
                        session,
                        workspace,
                        ClientProfile.routed(folders, clientCapabilities.toString()));
    }

    /// Registers the features of all languages with a client that supports dynamic registration.
    void register() {
        var registrations = services.capabilities().registrations(client);
        if (!registrations.isEmpty()) {
            request(ProviderTable.registering(registrations));
        }
    }

    /// Receives a server's capabilities and registers the differences from its declaration with a
    /// client that supports dynamic registration. Any thread may call it.
    void announced(String language, String json) {
        var announced = WireJson.object(json);
        var before = capabilities.announced(language, announced);
        services.capabilities().changes(language, client, before, announced).forEach(this::request);
        commands.announced(language, announced).forEach(this::request);
    }

    /// Receives a message of a language server. Any thread may call it.
    void fromServer(String language, String message) {
        documents.fromServer(language, message);
    }

    void opened(String uri, @Nullable String languageId) {
        documents.opened(uri, languageId);
    }

    void closed(String uri) {
        documents.closed(uri);
    }

    /// Dispatches a request that one or more language servers answer.
    ///
    /// @throws FailureException `METHOD_NOT_FOUND`, `INVALID_PARAMS`
    void dispatchRequest(RpcMessage.Request request, String json) {
        var method = LspMethod.named(request.method());
        if (request.method().equals(DiagnosticPull.METHOD)) {
            pull(request, method, json);
        } else if (request.target().uri() != null) {
            dispatchDocumentRequest(request, request.target().uri(), json);
        } else if (method.isResolve()) {
            resolve(request, json);
        } else if (method.isMerged()) {
            dispatchToAll(request, method, json);
        } else if (method.isAboutDocument()) {
            throw new FailureException(Failure.INVALID_PARAMS);
        } else {
            var language = languageOfMethod(request.method());
            if (language == null) {
                throw new FailureException(Failure.METHOD_NOT_FOUND);
            }
            toServer(language, json);
        }
    }

    /// Dispatches `workspace/executeCommand`.
    ///
    /// @throws FailureException `COMMAND_UNKNOWN`
    void execute(RpcMessage.Request request, String json) {
        var command = request.target().command();
        var owner =
                command == null
                        ? null
                        : capabilities.ownerOf(command, inUse, services.capabilities().languages());
        if (owner == null) {
            throw new FailureException(Failure.COMMAND_UNKNOWN);
        }
        edits.prepareCommand(request, owner);
        toServer(owner, json);
    }

    /// Dispatches a notification to the servers that it concerns.
    void dispatchNotification(RpcMessage.Notification notification, String json) {
        var uri = notification.target().uri();
        if (uri != null) {
            documents.serversOf(notification, uri).forEach(language -> toServer(language, json));
        } else if (LspMethod.named(notification.method()).isForEveryServer()) {
            notifyEvery(json);
        } else {
            var language = languageOfMethod(notification.method());
            if (language == null) {
                notifyEvery(json);
            } else {
                toServer(language, json);
            }
        }
    }

    /// Cancels a request.
    ///
    /// @param json the client's `$/cancelRequest`
    void cancel(String id, String json) {
        notifyEvery(json);
        mergedRequests.cancelled(id);
    }

    /// Sends a message to every server in use.
    void notifyEvery(String json) {
        inUse.forEach(language -> toServer(language, json));
    }

    /// Returns the client's response to the server that sent the request; the id begins with its
    /// language.
    void respond(String id, String json) {
        if (id.startsWith(OWN_ID)) {
            return;
        }
        var language = serverOf(id);
        if (language != null && inUse.contains(language)) {
            toServer(language, json);
        }
    }

    /// The same in place of the client. Any thread may call it.
    private void respondForClient(String id, String json) {
        var language = serverOf(id);
        if (language != null) {
            services.languages().send(session, language, json);
        }
    }

    /// The language whose server sent the request with this id; null for none.
    static @Nullable String serverOf(String id) {
        int end = id.startsWith(SERVER_ID) ? id.lastIndexOf(':') : -1;
        return end < SERVER_ID.length() ? null : id.substring(SERVER_ID.length(), end);
    }

    private @Nullable Long openedNanos(String uri) {
        return documents.openedNanos(uri);
    }

    private void dispatchDocumentRequest(RpcMessage.Request request, String uri, String json) {
        var method = LspMethod.named(request.method());
        var language = documents.primaryOf(uri, null);
        if (language == null) {
            if (!method.isInProtocol()) {
                throw new FailureException(Failure.METHOD_NOT_FOUND);
            }
            // A plain text file without a server is normal: the result is empty.
            respondEmpty(request, json);
            return;
        }
        if (method.name().startsWith(SEMANTIC_TOKENS)
                && !services.capabilities().hasLegend(client, capabilities.of(language))) {
            respondEmpty(request, json);
            return;
        }
        var trigger = request.target().trigger();
        if (trigger != null && !capabilities.isTriggeredBy(language, method.name(), trigger)) {
            respondEmpty(request, json);
            return;
        }
        edits.prepare(request);
        var auxiliaries = documents.auxiliariesFor(request, uri);
        if (auxiliaries.isEmpty()) {
            toServer(language, json);
        } else {
            dispatchCodeAction(request, language, auxiliaries, json);
        }
    }

    /// An auxiliary server that has not answered a request gets no further one, so that it does not
    /// fall behind. Source actions are requested nevertheless, since nobody requests them again.
    private void dispatchCodeAction(
            RpcMessage.Request request, String primary, List<String> auxiliaries, String json) {
        var kinds = CodeActionKinds.read(json);
        var others =
                auxiliaries.stream()
                        .filter(language -> kinds.mayBeProvidedBy(capabilities.of(language)))
                        .filter(language ->
                                kinds.areOnlySource() || !mergedRequests.isAwaiting(language))
                        .toList();
        var wait = kinds.auxiliaryWait(others.stream().allMatch(capabilities::areAnnounced));
        boolean isJoined =
                !others.isEmpty()
                        && mergedRequests.begin(
                                request.id(), with(primary, others), ResultMerges::arrays, wait);
        toServer(primary, json);
        if (isJoined) {
            others.forEach(language -> toServer(language, json));
        }
    }

    private void pull(RpcMessage.Request request, LspMethod method, String json) {
        var uri = request.target().uri();
        if (uri == null) {
            throw new FailureException(Failure.INVALID_PARAMS);
        }
        var pull = DiagnosticPull.read(json);
        var languages = pull.servers(documents.allOf(uri), method, capabilities);
        if (languages.isEmpty()) {
            respondEmpty(request, json);
            return;
        }
        boolean isMerged =
                languages.size() > 1
                        && mergedRequests.begin(request.id(), languages, ResultMerges::diagnostics);
        for (var language : isMerged ? languages : languages.subList(0, 1)) {
            toServer(language, pull.toServer(capabilities.of(language), isMerged));
        }
    }

    private void resolve(RpcMessage.Request request, String json) {
        var origin = request.target().origin();
        var language = origin == null ? null : services.capabilities().declared(origin);
        if (language == null) {
            // The server that created the item resolves none: the item is complete.
            respondEmpty(request, json);
            return;
        }
        edits.prepare(request);
        var message = WireJson.object(json);
        ItemOrigin.remove(message.getAsJsonObject("params"));
        toServer(language, message.toString());
    }

    private void dispatchToAll(RpcMessage.Request request, LspMethod method, String json) {
        var languages =
                method.name().equals(DiagnosticPull.OF_WORKSPACE)
                        ? DiagnosticPull.read(json).servers(inUse, method, capabilities)
                        : inUse.stream()
                                .filter(language -> capabilities.answers(language, method))
                                .toList();
        if (languages.isEmpty()) {
            respondEmpty(request, json);
            return;
        }
        edits.prepare(request);
        if (languages.size() == 1) {
            // There is nothing to merge: the answer passes as it is, however large.
            toServer(languages.getFirst(), json);
        } else if (mergedRequests.beginForWorkspace(
                request.id(),
                languages,
                MERGES.getOrDefault(method.name(), ResultMerges::arrays),
                method.isEdit() ? MergedRequests.EDIT_WAIT : MergedRequests.LIST_WAIT)) {
            languages.forEach(language -> toServer(language, json));
        } else {
            throw new FailureException(Failure.INVALID_REQUEST, Map.of("reason", "id-in-use"));
        }
    }

    private void respondEmpty(RpcMessage.Request request, String json) {
        var params = WireJson.object(json).get("params");
        var nothing =
                LspMethod.named(request.method())
                        .emptyResult(params == null ? null : params.toString());
        send.accept(JsonRpcWriter.result(request.id(), nothing));
    }

    /// The declared language that a server's own method begins with: `json/schemaAssociations`.
    private @Nullable String languageOfMethod(String method) {
        int slash = method.indexOf('/');
        return slash < 0 ? null : services.capabilities().declared(method.substring(0, slash));
    }

    private void toServer(String language, String json) {
        inUse.add(language);
        services.languages().send(session, language, json);
    }

    private void request(ProviderTable.Change change) {
        var id = OWN_ID + requests.incrementAndGet() + "\"";
        send.accept(JsonRpcWriter.request(id, change.method(), change.params()));
    }

    private static List<String> with(String first, List<String> others) {
        var all = new LinkedHashSet<String>();
        all.add(first);
        all.addAll(others);
        return List.copyOf(all);
    }
}
