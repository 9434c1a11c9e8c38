package dev.qide.server.transport;

import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs unexpected exceptions: the stack trace goes to the log, only an error id to the client.
public final class LoggedFailures {
    private static final Logger LOG = LoggerFactory.getLogger(LoggedFailures.class);

    private LoggedFailures() {}

    /// Logs the failure once.
    ///
    /// @param event `socket.verb_past`
    /// @param sentence a constant
    /// @return the error id to search the log for
    public static String log(String event, String sentence, Throwable failure) {
        var errorId = UUID.randomUUID().toString();
        LOG.atError()
                .addKeyValue("event.action", event)
                .addKeyValue("error.id", errorId)
                .setCause(failure)
                .log(sentence);
        return errorId;
    }
}
