package dev.qide.server.session;

import dev.qide.server.telemetry.Health;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.Methods;
import dev.qide.wire.StatusParams;
import dev.qide.wire.StatusParams.Severity;
import java.util.function.Consumer;

/// Notifies editors when the database stops answering and when it is back; meanwhile editors keep
/// their unacknowledged edits. Thread-safe.
public final class DatabaseStatusNotifier implements Consumer<Health.State> {
    private static final StatusParams LOST =
            about(
                    "The database does not answer: your edits are kept here and saved when it is"
                            + " back.",
                    Severity.ERROR);
    private static final StatusParams BACK =
            about("The database is back. Your edits are being saved.", Severity.INFO);

    private final Sessions sessions;
    private volatile boolean isLost;

    public DatabaseStatusNotifier(Sessions sessions) {
        this.sessions = sessions;
    }

    /// Called when the database stops answering and when it is back.
    @Override
    public void accept(Health.State state) {
        isLost = state instanceof Health.State.Down;
        sessions.notifyAllEditors(Methods.STATUS, isLost ? LOST : BACK);
    }

    /// Notifies an editor that has just initialized while the database is unreachable.
    void sendCurrent(Consumer<String> send) {
        if (isLost) {
            send.accept(JsonRpcWriter.notification(Methods.STATUS, LOST));
        }
    }

    private static StatusParams about(String sentence, Severity severity) {
        return new StatusParams(null, StatusParams.DATABASE, sentence, severity);
    }
}
