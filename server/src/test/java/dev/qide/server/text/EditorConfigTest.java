package dev.qide.server.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Growth;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which properties a file has by an `.editorconfig`.
class EditorConfigTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*|a.ts|true",
                "*|src/deep/a.ts|true",
                "*.py|src/a.py|true",
                "*.py|a.pyi|false",
                "Makefile|Makefile|true",
                "Makefile|sub/Makefile|true",
                "Makefile|sub/Makefile.am|false",
                "*.{js,ts}|src/a.ts|true",
                "*.{js,ts}|src/a.tsx|false",
                "{package,tsconfig}.json|app/tsconfig.json|true",
                "{package.json,*.{yml,yaml}}|.github/a.yaml|true",
                "*.{js}|a.js|false",
                "*.{js}|a.{js}|true",
                "src/*.c|src/a.c|true",
                "src/*.c|src/sub/a.c|false",
                "src/**.c|src/sub/a.c|true",
                "/a.c|a.c|true",
                "/a.c|sub/a.c|false",
                "**/lib/*|x/lib/a|true",
                "?.c|a.c|true",
                "?.c|ab.c|false",
                "[ab].c|b.c|true",
                "[!ab].c|b.c|false",
                "[a-c].c|b.c|true",
                "file{1..12}.c|file7.c|true",
                "file{1..12}.c|file13.c|false",
                "file{1..99999}.c|file1234.c|true",
                "a\\*.c|a*.c|true",
                "a\\*.c|ab.c|false",
            })
    void a_section_is_for_files(String name, String path, boolean isMeant) {
        assertThat(EditorConfigGlob.of(name).matches(path)).isEqualTo(isMeant);
    }

    @Test
    void the_later_section_holds_and_what_is_not_understood_is_left_out() {
        var config =
                EditorConfig.parse(
                        """
                        ; a comment
                        root = TRUE
                        [*]
                        Indent_Style = space
                        indent_size = 2
                        nonsense
                        = nothing
                        [Makefile]
                        indent_style = tab
                        [
                        """);
        assertThat(config.isRoot()).isTrue();
        assertThat(properties(config, "a.ts"))
                .isEqualTo(Map.of("indent_style", "space", "indent_size", "2"));
        assertThat(properties(config, "sub/Makefile"))
                .isEqualTo(Map.of("indent_style", "tab", "indent_size", "2"));
        assertThat(properties(EditorConfig.parse(""), "a")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "*a", "**/", "{a,", "{a,b}", "[a", "\\", "?", "{1..9}", "}"})
    void matching_takes_time_in_proportion_to_the_path(String part) {
        // Short beside the paths: a part that needs a folder is reached one folder after the other.
        var glob = EditorConfigGlob.of(part.repeat(200 / part.length()));

        Growth.check(part, 500, "a/"::repeat, glob::matches);
    }

    private static Map<String, String> properties(EditorConfig config, String path) {
        var properties = new HashMap<String, String>();
        config.addProperties(path, properties);
        return properties;
    }
}
