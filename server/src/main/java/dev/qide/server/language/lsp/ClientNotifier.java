package dev.qide.server.language.lsp;

import dev.qide.server.language.EditorClient;
import dev.qide.server.language.ExternalDocuments;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Speaks to one editor session about its server of one language. Thread-safe.
record ClientNotifier(ServerContext context, EditorClient editor, ExternalDocuments external) {
    private static final Logger LOG = LoggerFactory.getLogger(ClientNotifier.class);

    /// One whole JSON-RPC message.
    void tell(String message) {
        editor.fromServer(context.session(), context.server().language(), message);
    }

    /// One whole message of the server itself, roots rewritten: what it names outside the workspace
    /// may be read.
    void pass(RunningServer running, String message) {
        external.said(context.folder().name(), running.outside(), message);
        tell(message);
    }

    /// The server has announced what it can do.
    void capabilities(RunningServer running) {
        if (!context.isPassThrough()) {
            editor.capabilities(
                    context.session(),
                    context.server().language(),
                    running.capabilities().toString());
        }
    }

    /// The server's answer to a request that was taken out; what cannot be passed on is answered
    /// with the reason.
    ///
    /// @param id the request's id, the literal as the client wrote it
    /// @param origin the language that the answer's items are marked with, null for none
    void passAnswer(
            RunningServer running,
            String id,
            @Nullable String origin,
            MessageTexts texts,
            String answer) {
        try {
            pass(running, texts.answer(running.toClient(), answer, id, origin));
        } catch (FailureException refused) {
            fail(id, refused.failure());
        }
    }

    /// @param id the request's id as a JSON literal, null when it could not be read
    void fail(@Nullable String id, Failure failure) {
        tell(MessageWriter.error(id, failure, Map.of("language", context.server().language())));
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
