package dev.qide.server.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The settings, as rows of `docs/reference.md`.
public final class SettingsReference {
    private SettingsReference() {}

    /// Name, meaning and default of each.
    public static List<List<String>> rows() {
        var unset = new ServerConfig.Environment(Map.of());
        return Arrays.stream(EnvironmentVariable.values())
                .map(setting ->
                        List.of(
                                "`" + setting.variable() + "`",
                                setting.meaning(),
                                setting.display(unset).replace(" (default)", "")))
                .toList();
    }
}
