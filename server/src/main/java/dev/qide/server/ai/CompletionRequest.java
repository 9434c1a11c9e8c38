package dev.qide.server.ai;

/// The text around a caret, truncated to the bounds of a prompt.
///
/// @param path the document's path, which hints at the language
/// @param prefix text before the caret, at most [#PREFIX_CHARS] UTF-16 units
/// @param suffix text after the caret, at most [#SUFFIX_CHARS] UTF-16 units
public record CompletionRequest(String path, String languageId, String prefix, String suffix) {
    /// The maximum text before the caret, in UTF-16 units.
    public static final int PREFIX_CHARS = 8_000;

    /// The maximum text after the caret, in UTF-16 units.
    public static final int SUFFIX_CHARS = 2_000;

    /// Creates the request for an offset of a text.
    public static CompletionRequest at(
            String path, String languageId, CharSequence text, int offset) {
        int from = wholeCharacter(text, Math.max(0, offset - PREFIX_CHARS));
        int to = wholeCharacter(text, Math.min(text.length(), offset + SUFFIX_CHARS));
        return new CompletionRequest(
                path,
                languageId,
                text.subSequence(from, offset).toString(),
                text.subSequence(offset, Math.max(offset, to)).toString());
    }

    /// Creates the request for a gap between two texts.
    public static CompletionRequest around(
            String path, String languageId, String prefix, String suffix) {
        return at(path, languageId, prefix + suffix, prefix.length());
    }

    private static int wholeCharacter(CharSequence text, int index) {
        boolean splits =
                index > 0
                        && index < text.length()
                        && Character.isLowSurrogate(text.charAt(index))
                        && Character.isHighSurrogate(text.charAt(index - 1));
        return splits ? index - 1 : index;
    }
}
