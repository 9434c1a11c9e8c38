package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the request `qide/terminalOpen`, which [TerminalOpened] answers.
///
/// @param columns the width in characters, 1 to 1,000
/// @param rows the height in lines, 1 to 1,000
/// @param folder the path of the folder in which the shell begins; null for the root of the
///   workspace
/// @param shell `bash`, `zsh`, `fish` or `sh`; null for the first of them that the server has
public record TerminalOpenParams(
        int columns, int rows, @Nullable String folder, @Nullable String shell) {}
