package dev.qide.server.ai.facade;

import dev.qide.server.ai.CompletionRequest;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Recognizes the prompt with which Theia AI requests ghost text from a chat model: a fenced block
/// `prefix[[MARKER]]suffix` below the heading "Code snippet", then lines with file and language.
/// Such a request is served as a completion, which needs fewer tokens and does not wait behind
/// chats.
public final class MarkerPrompt {
    private static final String MARKER = "[[MARKER]]";
    private static final String HEADING = "## Code snippet";
    private static final String FENCE = "```";
    private static final int TOKENS = 96;
    private static final Pattern FILE = Pattern.compile("(?m)^- File: (\\S.{0,1000})$");
    private static final Pattern LANGUAGE = Pattern.compile("(?m)^- Language: (\\S.{0,100})$");

    private MarkerPrompt() {}

    /// The gap to fill; null for any other request.
    public static ModelRequest.@Nullable FillIn in(ModelRequest.Chat chat) {
        var text = onlyText(chat);
        int heading = text.indexOf(HEADING);
        int marker = text.indexOf(MARKER, Math.max(heading, 0));
        int open = heading < 0 ? -1 : text.indexOf(FENCE, heading);
        if (heading < 0 || marker < 0 || open < 0 || open > marker) {
            return null;
        }
        int start = text.indexOf('\n', open) + 1;
        int metaData = text.indexOf("\n## ", marker);
        int end = text.lastIndexOf("\n" + FENCE, metaData < 0 ? text.length() : metaData);
        if (start == 0 || start > marker || end < marker) {
            return null;
        }
        var meta = text.substring(end);
        var around =
                CompletionRequest.around(
                        first(FILE, meta, "untitled"),
                        first(LANGUAGE, meta, "plaintext"),
                        text.substring(start, marker),
                        text.substring(marker + MARKER.length(), end));
        var options = chat.options();
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

    private static String first(Pattern pattern, String text, String otherwise) {
        var matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1).strip() : otherwise;
    }
}
