package dev.qide.server.session;

import dev.qide.server.session.lsp.RpcWriter;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Methods;
import dev.qide.wire.StatusParams;
import dev.qide.wire.StatusParams.Severity;
import java.util.function.Consumer;

/// Tells editors in words when the database stops answering and when it is back. Their edits wait
/// with them meanwhile; acknowledgements alone would only stay away. Thread-safe.
public final class DatabaseStatusNotifier implements Consumer<Health.State> {
    private static final StatusParams LOST =
            about(
                    "The database does not answer: your edits are kept here and saved when it is"
                            + " back.",
                    Severity.ERROR);
    private static final StatusParams BACK =
            about("The database is back: your edits are being saved.", Severity.INFO);

    private final Sessions sessions;
    private volatile boolean isLost;

    public DatabaseStatusNotifier(Sessions sessions) {
        this.sessions = sessions;
    }

    /// The database was lost or is back.
    @Override
    public void accept(Health.State state) {
        isLost = state instanceof Health.State.Down;
        sessions.tellAll(Methods.STATUS, isLost ? LOST : BACK);
    }

    /// Tells an editor that has just initialized, if there is something to tell.
    void greet(Consumer<String> send) {
        if (isLost) {
            send.accept(RpcWriter.notification(Methods.STATUS, LOST));
        }
    }

    private static StatusParams about(String sentence, Severity severity) {
        return new StatusParams(null, StatusParams.DATABASE, sentence, severity);
    }
}
