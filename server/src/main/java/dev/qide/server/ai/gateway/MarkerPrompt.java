package dev.qide.server.ai.gateway;

import dev.qide.server.ai.CompletionRequest;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Recognizes the prompts with which Theia AI requests ghost text from a chat model: the text
/// around the caret as `prefix[[MARKER]]suffix`, with the names of the file and its language. Such
/// a request is served as a completion, which needs fewer tokens and does not wait behind chats.
///
/// Source: the variants of the prompt `code-completion-system` of `@theia/ai-code-completion` 1.74,
/// between which a person chooses.
public final class MarkerPrompt {
    private static final String MARKER = "[[MARKER]]";
    private static final int TOKENS = 96;

    private static final List<Variant> VARIANTS =
            List.of(
                    new Variant(
                            Pattern.compile("## Code snippet\\n```\\w{0,40}\\n"),
                            "\n```\n\n## Meta Data\n",
                            Pattern.compile("(?m)^- File: (\\S.{0,1000})$"),
                            Pattern.compile("(?m)^- Language: (\\S.{0,100})$")),
                    new Variant(
                            Pattern.compile("## Code Context\\n```\\w{0,40}\\n"),
                            "\n```\n\n## Metadata\n",
                            Pattern.compile("(?m)^- File: (\\S.{0,1000})$"),
                            Pattern.compile("(?m)^- Programming Language: (\\S.{0,100})$")),
                    new Variant(
                            Pattern.compile("Finish the following code snippet\\.\\n\\n"),
                            "\n\nOnly return the exact replacement for " + MARKER,
                            Pattern.compile("(?m) is named (\\S.{0,1000})\\.$"),
                            Pattern.compile("language of the file is (\\S.{0,100}?)\\. ")));

    /// One variant of the prompt.
    ///
    /// @param before the part of the prompt before the text around the caret
    /// @param after the part behind it, which the text itself may contain too
    private record Variant(Pattern before, String after, Pattern file, Pattern language) {}

    private MarkerPrompt() {}

    /// The gap to fill; null for any other request, and if the text has the marker twice, since
    /// nothing says which one is the caret.
    public static ModelRequest.@Nullable FillIn in(ModelRequest.Chat chat) {
        var text = onlyText(chat);
        if (!text.contains(MARKER)) {
            return null;
        }
        Variant chosen = null;
        int start = 0;
        int earliest = text.length();
        for (var variant : VARIANTS) {
            var before = variant.before().matcher(text);
            // The text around the caret may itself contain what another variant begins with.
            if (before.find() && before.start() < earliest) {
                earliest = before.start();
                start = before.end();
                chosen = variant;
            }
        }
        return chosen == null ? null : gap(chosen, text, start, chat.options());
    }

    private static ModelRequest.@Nullable FillIn gap(
            Variant variant, String text, int start, ModelRequest.Options options) {
        int end = text.lastIndexOf(variant.after());
        int marker = text.indexOf(MARKER, start);
        boolean isOnly =
                marker >= 0
                        && marker + MARKER.length() <= end
                        && marker == text.lastIndexOf(MARKER, end - MARKER.length());
        if (!isOnly) {
            return null;
        }
        var words = text.substring(0, start) + text.substring(end);
        var around =
                CompletionRequest.around(
                        first(variant.file(), words, "untitled"),
                        first(variant.language(), words, "plaintext"),
                        text.substring(start, marker),
                        text.substring(marker + MARKER.length(), end));
        return new ModelRequest.FillIn(
                around.path(),
                around.languageId(),
                around.prefix(),
                around.suffix(),
                options.maxTokens() == null ? options.atMost(TOKENS) : options);
    }

    private static String onlyText(ModelRequest.Chat chat) {
        boolean isOne =
                chat.messages().size() == 1
                        && chat.tools().isEmpty()
                        && chat.messages().getFirst().parts().size() == 1;
        return isOne
                        && chat.messages().getFirst().parts().getFirst()
                                instanceof Part.Text(var text, _)
                ? text
                : "";
    }

    private static String first(Pattern pattern, String words, String otherwise) {
        var matcher = pattern.matcher(words);
        return matcher.find() ? matcher.group(1).strip() : otherwise;
    }
}
