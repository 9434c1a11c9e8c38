package dev.qide.server.terminal;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Who may use terminals: the setting `QIDE_TERMINALS`.
public enum TerminalAccess {
    /// Nobody.
    OFF,
    /// The owners of a workspace.
    OWNERS,
    /// Everybody who may edit a workspace.
    EDITORS;

    /// Reads the setting; null is off.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    public static TerminalAccess parse(@Nullable String setting) {
        return switch (setting) {
            case null -> OFF;
            case "off" -> OFF;
            case "owners" -> OWNERS;
            case "editors" -> EDITORS;
            default ->
                    throw new IllegalArgumentException(
                            "QIDE_TERMINALS must be off, owners or editors.");
        };
    }

    /// As in the setting.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
