package dev.qide.server.socket;

import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What threw and should not have: the log gets the story, the client an id.
final class LoggedFailures {
    private static final Logger LOG = LoggerFactory.getLogger(LoggedFailures.class);

    private LoggedFailures() {}

    /// Logs the failure once.
    ///
    /// @return the error id under which it can be found
    static String log(String sentence, Throwable failure) {
        var errorId = UUID.randomUUID().toString();
        LOG.atError()
                .addKeyValue("event", "socket.request_failed")
                .addKeyValue("errorId", errorId)
                .setCause(failure)
                .log(sentence);
        return errorId;
    }
}
