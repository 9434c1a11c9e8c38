package dev.qide.server.session;

import java.util.List;
import org.eclipse.lsp4j.TextDocumentContentChangeEvent;
import org.jspecify.annotations.Nullable;

/// The text of one file in one editor. Guarded by its [MergedFile], except the text, which only its
/// editor's session changes.
final class OpenFileText {
    private final SaveMerger.Key key;
    private int countedCharacters;
    private volatile TrackedText text;
    private String base = "";
    private @Nullable Boolean isInPlace;

    OpenFileText(SaveMerger.Key key, String text) {
        this.key = key;
        this.countedCharacters = text.length();
        this.text = new TrackedText("", text);
    }

    SaveMerger.Key key() {
        return key;
    }

    /// The characters that are counted for this text.
    int countedCharacters() {
        return countedCharacters;
    }

    /// Counts the present text.
    ///
    /// @return how much longer it is than the one that was counted
    int recount() {
        int grown = characters() - countedCharacters;
        countedCharacters += grown;
        return grown;
    }

    /// Applies the changes of a `textDocument/didChange`.
    ///
    /// @throws dev.qide.wire.FailureException `INVALID_PARAMS`
    void change(List<TextDocumentContentChangeEvent> changes) {
        text = text.changed(changes);
    }

    int characters() {
        return text.rope().length();
    }

    /// The text that the editor had when it opened the file, or wrote it last, with LF.
    String base() {
        return base;
    }

    void setBase(String read) {
        base = read;
    }

    /// Whether the editor writes this file, and not one of the same name elsewhere; decided at its
    /// first save.
    boolean isInPlace(boolean isWritten) {
        if (isInPlace == null) {
            isInPlace = isWritten;
        }
        return isInPlace;
    }

    /// Whether the editor shows this text of a file.
    boolean has(String onDisk) {
        return characters() >= onDisk.length() - 1 && written(onDisk).equals(onDisk);
    }

    /// The editor's text as it writes it. Some editors end the last line of the file, but not of
    /// the text.
    ///
    /// @param onDisk the text of the file, with LF
    String written(String onDisk) {
        var own = withLineFeeds(text.text());
        boolean isEnded = onDisk.length() == own.length() + 1 && onDisk.endsWith("\n");
        return isEnded && onDisk.startsWith(own) ? onDisk : own;
    }

    static String withLineFeeds(String text) {
        return text.indexOf('\r') < 0 ? text : text.replace("\r\n", "\n").replace('\r', '\n');
    }
}
