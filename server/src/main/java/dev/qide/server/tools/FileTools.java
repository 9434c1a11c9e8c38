package dev.qide.server.tools;

import dev.qide.server.ai.WorkspaceTools.Cost;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.server.files.FileTree;
import dev.qide.server.files.SearchPattern;
import dev.qide.server.files.TextSearch;
import dev.qide.server.files.WorkspaceFiles;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tools that read and search files. Thread-safe; calls block.
final class FileTools {
    private static final int LINES = 2_000;
    private static final int READ_CHARACTERS = 100_000;
    private static final int PATHS = 1_000;
    private static final int MATCHES = 200;

    private final WorkspaceTexts texts;
    private final WorkspaceFiles files;
    private final TextSearch search;

    FileTools(WorkspaceTexts texts, WorkspaceFiles files, TextSearch search) {
        this.texts = texts;
        this.files = files;
        this.search = search;
    }

    List<Tool> tools() {
        return List.of(
                new Tool(
                        "read_file",
                        "Read file",
                        "Reads a text file of the workspace as everybody sees it now, at most 2,000"
                                + " lines at once.",
                        new ToolSchema()
                                .required("path", "string", "Path in the workspace: src/main.py")
                                .optional("firstLine", "integer", "First line, from 1")
                                .optional("lastLine", "integer", "Last line, inclusive")
                                .build(),
                        true,
                        Cost.NONE,
                        this::read),
                new Tool(
                        "list_files",
                        "List files",
                        "Lists the paths of the workspace's files, without ignored ones, at most"
                                + " 1,000.",
                        new ToolSchema()
                                .optional("folder", "string", "Only below this folder")
                                .build(),
                        true,
                        Cost.NONE,
                        this::list),
                new Tool(
                        "search_text",
                        "Search text",
                        "Finds text in the workspace's files. Answers path:line: text, at most 200"
                                + " matches.",
                        new ToolSchema()
                                .required("query", "string", "The text, or regular expression")
                                .optional("isRegex", "boolean", "Whether it is a Java regex")
                                .optional("isCaseSensitive", "boolean", "Whether case matters")
                                .optional("include", "string", "A glob of paths: **/*.ts")
                                .build(),
                        true,
                        Cost.SEARCH,
                        this::search));
    }

    private String read(ToolCaller caller, ToolArguments arguments) throws InterruptedException {
        var lines = texts.read(caller.member(), arguments.text("path")).split("\n", -1);
        int first = arguments.numberOr("firstLine", 1);
        int last = Math.min(arguments.numberOr("lastLine", lines.length), lines.length);
        var text = new StringBuilder();
        int line = first;
        for (; line <= last && line < first + LINES; line++) {
            if (text.length() + lines[line - 1].length() > READ_CHARACTERS) {
                break;
            }
            text.append(lines[line - 1]).append('\n');
        }
        if (line == first && first <= last) {
            // One line that alone exceeds the bound.
            text.append(lines[line - 1], 0, READ_CHARACTERS).append("…\n");
            line++;
        }
        return line > last
                ? text.toString()
                : text
                        + "[Lines %d to %d of %d. Read on with firstLine %d.]"
                                .formatted(first, line - 1, lines.length, line);
    }

    private String list(ToolCaller caller, ToolArguments arguments) {
        var below = prefix(arguments.textOrNull("folder"));
        var tree = files.list(caller.member().name());
        var paths =
                tree.entries().stream()
                        .filter(entry ->
                                entry.kind() == FileTree.Kind.FILE
                                        && !entry.isIgnored()
                                        && entry.path().startsWith(below)
                                        && texts.isShareable(caller.member(), entry.path()))
                        .map(FileTree.Entry::path)
                        .limit(PATHS + 1L)
                        .toList();
        if (paths.isEmpty()) {
            return "[There are no files here.]";
        }
        boolean isCut = paths.size() > PATHS || tree.isTruncated();
        var listed = String.join("\n", paths.subList(0, Math.min(PATHS, paths.size())));
        return isCut ? listed + "\n[There are more: name a folder.]" : listed;
    }

    /// The common prefix of the paths below a folder.
    private static String prefix(@Nullable String folder) {
        if (folder == null || folder.isEmpty() || folder.equals(".")) {
            return "";
        }
        int end = folder.length();
        while (end > 0 && folder.charAt(end - 1) == '/') {
            end--;
        }
        return folder.substring(0, end) + "/";
    }

    private String search(ToolCaller caller, ToolArguments arguments) throws InterruptedException {
        var include = arguments.textOrNull("include");
        var found =
                search.find(
                        caller.member().name(),
                        new SearchPattern.Query(
                                arguments.text("query"),
                                arguments.isOn("isRegex"),
                                arguments.isOn("isCaseSensitive"),
                                false,
                                include == null ? List.of() : List.of(include),
                                List.of(),
                                MATCHES));
        Map<String, Boolean> shareable = new HashMap<>();
        var text = new StringBuilder();
        found.matches().stream()
                .filter(match ->
                        shareable.computeIfAbsent(
                                match.path(), path -> texts.isShareable(caller.member(), path)))
                .forEach(match ->
                        text.append(match.path())
                                .append(':')
                                .append(match.line() + 1)
                                .append(": ")
                                .append(match.text().strip())
                                .append('\n'));
        if (text.isEmpty()) {
            text.append("[Nothing was found.]\n");
        }
        return found.end() == null
                ? text.toString()
                : text + "[The search stopped early: narrow it, or name files with include.]";
    }
}
