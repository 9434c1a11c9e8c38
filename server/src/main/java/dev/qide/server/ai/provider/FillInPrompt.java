package dev.qide.server.ai.provider;

import dev.qide.server.ai.Model;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.util.List;

/// A chat request for the text at a caret, for models without fill-in-the-middle.
///
/// Disables reasoning where the API allows it: a reasoning model would spend the whole answer on
/// it.
public final class FillInPrompt {
    private static final String INSTRUCTION =
            "You complete code at the caret. Answer with the text to insert at <CARET> and nothing else:"
                    + " no explanation, no Markdown fence, no repetition of what is there.";

    private FillInPrompt() {}

    /// The chat request for a gap.
    public static ModelRequest.Chat of(Model model, ModelRequest.FillIn fillIn) {
        var question =
                "File: %s (%s)%n%n%s<CARET>%s"
                        .formatted(
                                fillIn.path(),
                                fillIn.languageId(),
                                fillIn.prefix(),
                                fillIn.suffix());
        var options = fillIn.options();
        var temperature = options.temperature();
        boolean canThink =
                switch (model.provider()) {
                    case GEMINI, OLLAMA -> true;
                    case OPENAI, ANTHROPIC -> false;
                };
        return new ModelRequest.Chat(
                List.of(new Part.Text(INSTRUCTION, ModelRequest.CachePoint.FIVE_MINUTES)),
                List.of(
                        new ModelRequest.Message(
                                ModelRequest.Role.USER, List.of(new Part.Text(question)))),
                List.of(),
                new ModelRequest.ToolChoice.Auto(),
                new ModelRequest.Options(
                        options.maxTokens(),
                        temperature == null ? 0 : temperature,
                        null,
                        options.stop(),
                        null,
                        canThink ? "none" : null),
                ModelRequest.Extras.NONE);
    }
}
