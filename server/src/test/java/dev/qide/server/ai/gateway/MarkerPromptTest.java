package dev.qide.server.ai.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The three prompts of Theia 1.74 between which a person chooses.
class MarkerPromptTest {
    enum Variant {
        DEFAULT(
                """
                ## Code snippet
                ```
                %s
                ```

                ## Meta Data
                - File: %s
                - Language: %s

                Replace [[MARKER]] with the exact code. Return only the replacement of [[MARKER]].\
                """),
        NEXT(
                """
                # System Role
                You complete code.

                ## Code Context
                ```
                %s
                ```

                ## Metadata
                - File: %s
                - Programming Language: %s
                - Project Context: A shop.

                # Completion Guidelines
                2. Generate ONLY the code that should replace [[MARKER]].\
                """),
        PREVIOUS(
                """
                The current file you have to complete is named %2$s.
                The language of the file is %3$s. Return your result as plain text.
                Finish the following code snippet.

                %1$s

                Only return the exact replacement for [[MARKER]] to complete the snippet.\
                """);

        private final String template;

        Variant(String template) {
            this.template = template;
        }

        ModelRequest.Chat with(String code) {
            return chat(template.formatted(code, "file:///home/ann/a%20b.md", "markdown"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void every_variant_is_recognized(Variant variant) {
        check(variant, "def f():\n    |\nprint(f())");
    }

    @ParameterizedTest
    @EnumSource
    void a_caret_may_be_at_both_ends(Variant variant) {
        check(variant, "|");
        check(variant, "|\n\n");
        check(variant, "\n\n|");
    }

    /// A document that has the headings, fences and sentences of the prompt itself.
    @ParameterizedTest
    @EnumSource
    void the_text_may_look_like_the_prompt(Variant variant) {
        var like =
                """
                ## Code snippet
                ```
                one
                ```

                ## Meta Data
                - File: other
                - Language: other
                The current file is named other.

                ## Code Context
                ```
                two
                ```

                ## Metadata
                - Programming Language: other
                """;
        check(variant, "# Title\n\n|\n" + like);
    }

    @ParameterizedTest
    @EnumSource
    void a_text_with_the_marker_twice_stays_a_chat(Variant variant) {
        assertThat(MarkerPrompt.in(variant.with("a [[MARKER]] b [[MARKER]] c"))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "What does [[MARKER]] mean?",
                "## Code snippet\n```\na\n```\n\n## Meta Data\n- File: f\nReplace [[MARKER]].",
                "Finish the following code snippet.\n\na[[MARKER]]"
            })
    void other_questions_stay_chats(String question) {
        assertThat(MarkerPrompt.in(chat(question))).isNull();
    }

    private static void check(Variant variant, String code) {
        int caret = code.indexOf('|');
        var gap =
                Objects.requireNonNull(
                        MarkerPrompt.in(variant.with(code.replace("|", "[[MARKER]]"))));
        assertThat(gap.prefix()).isEqualTo(code.substring(0, caret));
        assertThat(gap.suffix()).isEqualTo(code.substring(caret + 1));
        assertThat(gap.path()).isEqualTo("file:///home/ann/a%20b.md");
        assertThat(gap.languageId()).isEqualTo("markdown");
    }

    private static ModelRequest.Chat chat(String text) {
        return new ModelRequest.Chat(
                List.of(),
                List.of(
                        new ModelRequest.Message(
                                ModelRequest.Role.USER, List.of(new Part.Text(text)))),
                List.of(),
                new ModelRequest.ToolChoice.Auto(),
                ModelRequest.Options.DEFAULTS,
                ModelRequest.Extras.NONE);
    }
}
