package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Body of the answer to `GET /api/workspaces/{ws}/style?path=`: how the text of a file is laid
/// out, as far as the project or the kind of the file decides it. The members are those of
/// `FormattingOptions` (LSP 3.18); one that is absent is the editor's choice.
///
/// @param tabSize columns of an indent, 1 to 64
/// @param insertSpaces whether an indent is of spaces, else a tab
/// @param trimTrailingWhitespace whether white space at the end of lines goes
/// @param insertFinalNewline whether the last line ends with a line feed
public record FormattingStyle(
        @Nullable Integer tabSize,
        @Nullable Boolean insertSpaces,
        @Nullable Boolean trimTrailingWhitespace,
        @Nullable Boolean insertFinalNewline) {}
