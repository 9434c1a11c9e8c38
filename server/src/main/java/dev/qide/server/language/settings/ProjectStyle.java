package dev.qide.server.language.settings;

import com.google.gson.JsonObject;
import dev.qide.server.language.NoFollowReader;
import dev.qide.server.text.EditorConfig;
import dev.qide.wire.FormattingStyle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The formatting style of a file in a project: the rules of its file type (makefiles and Go source
/// use tabs), overridden by the `.editorconfig` files from the workspace's root down to the file's
/// folder.
///
/// Reads at most one `.editorconfig` per folder, and of each the first [EditorConfig#FILE_BYTES]
/// bytes.
public final class ProjectStyle {
    private static final String FILE = ".editorconfig";
    private static final int WIDEST_TAB = 64;
    private static final List<String> TABBED =
            List.of("Makefile", "makefile", "GNUmakefile", "*.mk", "*.mak", "*.go", "go.mod");

    private ProjectStyle() {}

    /// @param path the file's path in the workspace; it need not exist
    public static FormattingStyle of(Path workspace, String path) {
        var properties = new HashMap<String, String>();
        if (TABBED.stream().anyMatch(pattern -> NamePattern.matchesEnd(pattern, path))) {
            properties.put("indent_style", "tab");
        }
        var search = UpwardSearch.from(workspace, path);
        var found = new ArrayList<Found>();
        for (var folder : search.folders()) {
            var config = read(search, folder);
            if (config != null) {
                found.addFirst(new Found(folder, config));
                if (config.isRoot()) {
                    break;
                }
            }
        }
        if (!search.folders().isEmpty()) {
            var file = search.root().resolve(path).normalize();
            for (var one : found) {
                var relative = one.folder().relativize(file).toString();
                one.config().addProperties(relative, properties);
            }
        }
        return style(properties);
    }

    /// Overrides the client's `FormattingOptions` with the project's style.
    ///
    /// @return whether anything changed
    public static boolean putInto(JsonObject options, FormattingStyle style) {
        var before = options.deepCopy();
        if (style.tabSize() != null) {
            options.addProperty("tabSize", style.tabSize());
        }
        put(options, "insertSpaces", style.insertSpaces());
        put(options, "trimTrailingWhitespace", style.trimTrailingWhitespace());
        put(options, "insertFinalNewline", style.insertFinalNewline());
        return !options.equals(before);
    }

    private static void put(JsonObject options, String name, @Nullable Boolean value) {
        if (value != null) {
            options.addProperty(name, value);
        }
    }

    private static FormattingStyle style(Map<String, String> properties) {
        var style = properties.getOrDefault("indent_style", "");
        var size = properties.getOrDefault("indent_size", "");
        var width = properties.getOrDefault("tab_width", "");
        boolean isTabWide = size.isEmpty() || size.equals("tab");
        return new FormattingStyle(
                size(isTabWide ? width : size),
                style.equals("space") ? Boolean.TRUE : style.equals("tab") ? Boolean.FALSE : null,
                truth(properties.get("trim_trailing_whitespace")),
                truth(properties.get("insert_final_newline")));
    }

    private static @Nullable Integer size(String text) {
        boolean isNumber = text.length() == 1 || text.length() == 2;
        if (!isNumber || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        int size = Integer.parseInt(text);
        return size >= 1 && size <= WIDEST_TAB ? size : null;
    }

    private static @Nullable Boolean truth(@Nullable String text) {
        return "true".equals(text) ? Boolean.TRUE : "false".equals(text) ? Boolean.FALSE : null;
    }

    private record Found(Path folder, EditorConfig config) {}

    private static @Nullable EditorConfig read(UpwardSearch search, Path folder) {
        try {
            var file = folder.resolve(FILE).toRealPath();
            var bytes = NoFollowReader.read(search.root(), file, EditorConfig.FILE_BYTES);
            return EditorConfig.parse(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException _) {
            return null;
        }
    }
}
