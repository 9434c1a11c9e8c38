package dev.qide.server.session;

import dev.qide.server.language.ClientProfile;
import dev.qide.server.language.LspMethod;
import dev.qide.server.limits.Limit;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.server.telemetry.TraceSource;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One editor on `/lsp/{workspace}/{language}`: plain LSP with one language server, which receives
/// the client's own capabilities.
///
/// Owned by the socket's reader thread, which does everything itself: a slow language server delays
/// only its own messages on this socket.
final class PlainLspSession implements WebSocketHandler.Receiver {
    private static final Set<String> FILE_IS_LOOKED_AT =
            Set.of("textDocument/didSave", "textDocument/didClose");
    private static final int NORMAL_CLOSURE = 1000;
    private static final int UNSUPPORTED_DATA = 1003;

    private final String id;
    private final Editor editor;
    private final String language;
    private final WebSocketSender outgoing;
    private final SessionServices services;
    private final SocketLog log;
    private final OpenFileTexts openTexts;
    private ClientRoot root = ClientRoot.NONE;
    private final JsonRpcChannel text;
    private final TraceSource traces;

    /// Of the reader's thread.
    private long requests;

    PlainLspSession(
            String id,
            Editor editor,
            String language,
            WebSocketSender outgoing,
            SessionServices services) {
        this.id = id;
        this.editor = editor;
        this.language = language;
        this.outgoing = outgoing;
        this.services = services;
        this.log = SocketLog.opened("lsp", editor);
        this.openTexts = new OpenFileTexts(editor, services.saved(), this::send);
        this.text = new JsonRpcChannel(editor, services.rates(), outgoing, this::receive);
        this.traces =
                new TraceSource(
                        editor.principal().id().toString(), editor.workspaceId().toString());
        services.languages().open(id, editor.workspace(), ClientProfile.passThrough());
    }

    @Override
    public void text(String message) {
        text.receive(message);
    }

    @Override
    public void binary(byte[] message) {
        outgoing.close(UNSUPPORTED_DATA, Failure.FRAME_MALFORMED.wireName());
    }

    @Override
    public void closed(int code) {
        log.closed(code);
        services.sessions().remove(id);
        openTexts.end();
        services.languages().close(id);
    }

    /// Sends a message, or drops it if the client has sent nothing yet.
    void send(String message) {
        text.send(message);
    }

    private boolean receive(String json) {
        route(json);
        return true;
    }

    private void route(String json) {
        RpcMessage message;
        try {
            // The rewriter copies what it does not understand; a malformed message must not reach
            // the server.
            message = RpcMessage.read(json);
        } catch (FailureException failure) {
            send(JsonRpcWriter.error(null, failure));
            return;
        }
        if (message instanceof RpcMessage.TooLong(var id, var isAsking, var why)) {
            if (isAsking) {
                send(JsonRpcWriter.error(id, why));
            }
            return;
        }
        if (!admit(message)) {
            return;
        }
        switch (message) {
            case RpcMessage.Request(var requestId, var method, var _)
                    when method.equals(ExternalText.METHOD) ->
                    externalText(requestId, json);
            case RpcMessage.Request(var requestId, var method, var _) -> {
                if (!method.equals("initialize") || takeRoot(requestId, json)) {
                    ask(method, json);
                }
            }
            case RpcMessage.Notification notification -> announce(notification, json);
            default -> services.languages().send(id, language, json);
        }
    }

    /// Answers a message that the client may not send, or not now.
    private boolean admit(RpcMessage message) {
        try {
            MethodPermissions.require(message, editor.grant());
        } catch (FailureException forbidden) {
            refuse(message, forbidden);
            return false;
        }
        if (message instanceof RpcMessage.Request(var _, var method, var _)
                && !method.equals("initialize")) {
            var decision = services.rates().take(Limit.LANGUAGE_REQUESTS, editor.key());
            if (!decision.isAdmitted()) {
                refuse(message, decision.failure());
                return false;
            }
        }
        return true;
    }

    private void refuse(RpcMessage message, FailureException failure) {
        if (message instanceof RpcMessage.Request(var requestId, _, _)) {
            send(JsonRpcWriter.error(requestId, failure));
        }
    }

    private void ask(String method, String json) {
        long begun = System.nanoTime();
        var trace = traces.at(++requests);
        trace.run(() -> services.languages().send(id, language, json));
        if (trace.isRecorded()) {
            // The name of any other method is the client's own text.
            var label = LspMethod.named(method).isInProtocol() ? method : "other";
            trace.ended(MessageLog.span(label, null, begun));
        }
    }

    private void announce(RpcMessage.Notification notification, String json) {
        var method = notification.method();
        if (FILE_IS_LOOKED_AT.contains(method)) {
            beforeReading(method, notification.target().uri());
        }
        services.languages().send(id, language, json);
        openTexts.receive(notification, json);
        if (method.equals("exit")) {
            outgoing.close(NORMAL_CLOSURE, "exit");
        }
    }

    /// The language server reads the file next.
    private void beforeReading(String method, @Nullable String uri) {
        if (method.equals("textDocument/didSave")) {
            openTexts.saved(uri);
        }
        FlushBeforeNotify.await(services.sync(), editor, root, uri);
    }

    private boolean takeRoot(String requestId, String json) {
        try {
            var folders = services.languages().folders(editor.workspace(), RpcMessage.params(json));
            root = new ClientRoot(folders.root());
            openTexts.begin(root);
            return true;
        } catch (FailureException tooLong) {
            send(JsonRpcWriter.error(requestId, tooLong));
            return false;
        }
    }

    private void externalText(String requestId, String json) {
        try {
            var text = ExternalText.read(services.languages(), editor, RpcMessage.params(json));
            send(JsonRpcWriter.result(requestId, text));
        } catch (FailureException failure) {
            send(JsonRpcWriter.error(requestId, failure));
        }
    }
}
