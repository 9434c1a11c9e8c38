package dev.qide.server.language;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Speaks to one editor session about its server of one language. Thread-safe.
record ServerVoice(ServerLink.Place place, EditorSide editor, ExternalDocuments external) {
    private static final Logger LOG = LoggerFactory.getLogger(ServerVoice.class);

    /// One whole JSON-RPC message.
    void tell(String message) {
        editor.fromServer(place.session(), place.server().language(), message);
    }

    /// One whole message of the server itself, roots rewritten: what it names outside the workspace
    /// may be read.
    void pass(RunningServer running, String message) {
        external.said(place.folder().name(), running.launched().sight().outside(), message);
        tell(message);
    }

    /// The server's answer to a request that was taken out; what cannot be passed on is answered
    /// with the reason.
    ///
    /// @param id the request's id, the literal as the client wrote it
    void passAnswer(RunningServer running, String id, MessageTexts texts, String answer) {
        try {
            pass(running, texts.rewritten(running.toClient(), answer, id));
        } catch (FailureException refused) {
            fail(id, refused.failure());
        }
    }

    /// @param id the request's id as a JSON literal, null when it could not be read
    void fail(@Nullable String id, Failure failure) {
        tell(Messages.error(id, failure, Map.of("language", place.server().language())));
    }

    void status(String sentence, boolean isProblem) {
        editor.status(place.session(), place.server().language(), sentence, isProblem);
    }

    String title() {
        return place.server().title() + " language server";
    }

    void log(String event, String message) {
        LOG.atInfo()
                .addKeyValue("event.action", event)
                .addKeyValue("languageServer", place.server().id())
                .log(message);
    }
}
