package dev.qide.server.session;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import org.eclipse.lsp4j.Position;
import org.eclipse.lsp4j.TextDocumentContentChangeEvent;

/// The text that an editor says it has: what its positions mean. Positions count UTF-16 units; a
/// line ends with LF, CR or CRLF (LSP 3.18, "Text Documents").
record ShadowText(String languageId, String text) {
    /// How many characters one message's changes may copy: each change copies the whole text.
    private static final long COPIED_CHARACTERS = 1L << 30;

    /// The text after a `textDocument/didChange`, its changes applied one after the other.
    ///
    /// @throws FailureException `INVALID_PARAMS` when a range does not lie in the text, or a change
    ///   lacks a part, `MESSAGE_TOO_LARGE` when there are too many changes for a text this long
    ShadowText changed(List<TextDocumentContentChangeEvent> changes) {
        var now = text;
        long copied = 0;
        for (var change : changes) {
            copied += now.length();
            if (copied > COPIED_CHARACTERS) {
                throw new FailureException(Failure.MESSAGE_TOO_LARGE);
            }
            var range = change.getRange();
            if (change.getText() == null
                    || (range != null && (range.getStart() == null || range.getEnd() == null))) {
                throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "change"));
            }
            if (range == null) {
                now = change.getText();
                continue;
            }
            int from = offset(now, range.getStart());
            int to = offset(now, range.getEnd());
            if (to < from) {
                throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "range"));
            }
            now = now.substring(0, from) + change.getText() + now.substring(to);
        }
        return new ShadowText(languageId, now);
    }

    /// The offset of a position, in UTF-16 units; a character behind the line's end means its end,
    /// as LSP has it.
    ///
    /// @throws FailureException `INVALID_PARAMS` when there is no such line
    int offset(Position position) {
        return offset(text, position);
    }

    private static int offset(String text, Position position) {
        int start = 0;
        for (int line = 0; line < position.getLine(); line++) {
            start = nextLine(text, start);
            if (start < 0) {
                throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "line"));
            }
        }
        int end = start;
        while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
            end++;
        }
        if (position.getLine() < 0 || position.getCharacter() < 0) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "position"));
        }
        return Math.min(end, start + position.getCharacter());
    }

    private static int nextLine(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                return i + 1;
            }
            if (c == '\r') {
                return i + 1 < text.length() && text.charAt(i + 1) == '\n' ? i + 2 : i + 1;
            }
        }
        return -1;
    }
}
