package dev.qide.server.session;

import dev.qide.server.text.Rope;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import org.eclipse.lsp4j.Position;
import org.eclipse.lsp4j.TextDocumentContentChangeEvent;

/// The server's copy of an editor's text; the editor's positions refer to it. Positions count
/// UTF-16 units; a line ends with LF, CR or CRLF (LSP 3.18, "Text Documents").
record TrackedText(String languageId, Rope rope) {
    TrackedText(String languageId, String text) {
        this(languageId, Rope.of(text));
    }

    String text() {
        return rope.toString();
    }

    /// The text after the changes of a `textDocument/didChange`, applied in order.
    ///
    /// @throws FailureException `INVALID_PARAMS` when a range is outside the text or a change is
    ///   incomplete
    TrackedText changed(List<TextDocumentContentChangeEvent> changes) {
        var now = rope;
        for (var change : changes) {
            var range = change.getRange();
            if (change.getText() == null
                    || (range != null && (range.getStart() == null || range.getEnd() == null))) {
                throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "change"));
            }
            if (range == null) {
                now = Rope.of(change.getText());
                continue;
            }
            int from = offset(now, range.getStart());
            int to = offset(now, range.getEnd());
            if (to < from) {
                throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "range"));
            }
            now = now.replaced(from, to, change.getText());
        }
        return new TrackedText(languageId, now);
    }

    /// The offset of a position, in UTF-16 units. A character beyond the line's end means its end
    /// (LSP 3.18, "Position").
    ///
    /// @throws FailureException `INVALID_PARAMS` when there is no such line
    int offset(Position position) {
        return offset(rope, position);
    }

    private static int offset(Rope text, Position position) {
        if (position.getLine() < 0 || position.getCharacter() < 0) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "position"));
        }
        if (text.lineStart(position.getLine()) < 0) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "line"));
        }
        return text.offset(position.getLine(), position.getCharacter());
    }
}
