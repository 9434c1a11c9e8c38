package dev.qide.server.language.lsp;

import dev.qide.server.language.EditorClient;
import dev.qide.server.language.ExternalDocuments;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends messages about one language server to its editor session. Thread-safe.
record ClientNotifier(ServerContext context, EditorClient editor, ExternalDocuments external) {
    private static final Logger LOG = LoggerFactory.getLogger(ClientNotifier.class);

    /// Sends one whole JSON-RPC message.
    void send(String message) {
        editor.fromServer(context.session(), context.server().language(), message);
    }

    /// Forwards one whole message of the server with rewritten roots; the external documents that
    /// it names become readable.
    void forward(RunningServer running, String message) {
        external.register(context.folder().name(), running.externalFolders(), message);
        send(message);
    }

    /// Reports the capabilities that the server has announced.
    void capabilities(RunningServer running) {
        if (!context.isPassThrough()) {
            editor.capabilities(
                    context.session(),
                    context.server().language(),
                    running.capabilities().toString());
        }
    }

    /// Forwards the server's response to a request; if it cannot be forwarded, the editor gets the
    /// reason as an error.
    ///
    /// @param id the request's id as the client's JSON literal
    /// @param origin the language for the marker in the result's items, null for none
    /// @throws FailureException `PARSE_ERROR`, `INVALID_REQUEST` when the response is malformed;
    ///   the editor has got an answer then
    void forwardResponse(
            RunningServer running,
            String id,
            @Nullable String origin,
            MessageTexts texts,
            String answer) {
        try {
            forward(running, texts.answer(running.toClient(), answer, id, origin));
        } catch (FailureException refused) {
            failUnreadable(id, refused);
        }
    }

    /// Answers a request whose response cannot be forwarded.
    ///
    /// @throws FailureException `PARSE_ERROR`, `INVALID_REQUEST`: the server sent something wrong
    void failUnreadable(String id, FailureException refused) {
        switch (refused.failure()) {
            case PARSE_ERROR, INVALID_REQUEST -> {
                fail(id, Failure.SERVER_CANCELLED);
                throw refused;
            }
            default -> fail(id, refused.failure());
        }
    }

    /// @param id the request's id as a JSON literal, null when it could not be read
    void fail(@Nullable String id, Failure failure) {
        send(JsonRpcWriter.error(id, failure, Map.of("language", context.server().language())));
    }

    void status(String sentence, boolean isProblem) {
        editor.status(context.session(), context.server().language(), sentence, isProblem);
    }

    String title() {
        return context.server().title() + " language server";
    }

    void log(String event, String message) {
        LOG.atInfo()
                .addKeyValue("event.action", event)
                .addKeyValue("languageServer", context.server().id())
                .log(message);
    }
}
