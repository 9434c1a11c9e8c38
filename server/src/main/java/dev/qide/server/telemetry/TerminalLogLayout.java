package dev.qide.server.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import java.util.ArrayList;

/// Shows a log event to a person at a terminal: one line, `Warning: …`. The log file has the whole
/// of it. Control characters, which could move the cursor, are replaced.
final class TerminalLogLayout extends LayoutBase<ILoggingEvent> {
    private static final int LINE_CHARACTERS = 500;

    @Override
    public String doLayout(ILoggingEvent event) {
        var line =
                new StringBuilder(
                        event.getLevel().isGreaterOrEqual(Level.ERROR) ? "Error: " : "Warning: ");
        var message = event.getFormattedMessage();
        if (!message.isEmpty()) {
            line.append(Character.toUpperCase(message.charAt(0))).append(message.substring(1));
        }
        var details = new ArrayList<String>();
        if (event.getKeyValuePairs() != null) {
            for (var pair : event.getKeyValuePairs()) {
                if (!pair.key.equals("event.action")) {
                    details.add(pair.key + " " + pair.value);
                }
            }
        }
        if (event.getThrowableProxy() != null) {
            var name = event.getThrowableProxy().getClassName();
            details.add(name.substring(name.lastIndexOf('.') + 1));
        }
        if (!details.isEmpty()) {
            line.append(" (").append(String.join(", ", details)).append(')');
        }
        var shown =
                line.length() > LINE_CHARACTERS ? line.substring(0, LINE_CHARACTERS) + " …" : line;
        return shown.toString().replaceAll("\\p{Cntrl}", " ") + ".\n";
    }
}
