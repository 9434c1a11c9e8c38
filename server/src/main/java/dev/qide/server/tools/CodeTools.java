package dev.qide.server.tools;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.ai.Chats.Member;
import dev.qide.server.ai.WorkspaceTools.Cost;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.server.language.LanguageQueries;
import dev.qide.server.language.LanguageQueries.Document;
import dev.qide.server.text.LinearSearch;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.lsp4j.DiagnosticSeverity;
import org.eclipse.lsp4j.SymbolKind;
import org.jspecify.annotations.Nullable;

/// The tools that ask language servers. Lines and columns count from 1 here, since people and
/// models count so. Thread-safe; calls block.
final class CodeTools {
    private static final int RESULTS = 300;
    private static final int DEPTH = 16;

    private final WorkspaceTexts texts;
    private final LanguageQueries languages;

    CodeTools(WorkspaceTexts texts, LanguageQueries languages) {
        this.texts = texts;
        this.languages = languages;
    }

    List<Tool> tools() {
        return List.of(
                new Tool(
                        "symbols",
                        "List symbols",
                        "Lists the classes, functions and variables of a file by its language"
                                + " server, as line: kind name.",
                        new ToolSchema()
                                .required("path", "string", "Path in the workspace")
                                .build(),
                        true,
                        Cost.LANGUAGE_REQUEST,
                        this::symbols),
                new Tool(
                        "references",
                        "Find references",
                        "Finds the uses of a symbol in the workspace by the language server, its"
                                + " declaration included. Answers path:line: text.",
                        new ToolSchema()
                                .required("path", "string", "A file in which the symbol occurs")
                                .required("line", "integer", "The line of an occurrence, from 1")
                                .required("symbol", "string", "The symbol as that line has it")
                                .build(),
                        true,
                        Cost.LANGUAGE_REQUEST,
                        this::references),
                new Tool(
                        "diagnostics",
                        "Show diagnostics",
                        "Lists the errors and warnings of a file by its language server.",
                        new ToolSchema()
                                .required("path", "string", "Path in the workspace")
                                .build(),
                        true,
                        Cost.LANGUAGE_REQUEST,
                        this::diagnostics));
    }

    private Document document(ToolCaller caller, ToolArguments arguments)
            throws InterruptedException {
        var path = arguments.text("path");
        return new Document(caller.member().name(), path, texts.read(caller.member(), path));
    }

    private String symbols(ToolCaller caller, ToolArguments arguments) throws InterruptedException {
        var document = document(caller, arguments);
        var found = languages.request(document, "textDocument/documentSymbol", new JsonObject());
        var listed = new StringBuilder();
        if (found instanceof JsonArray symbols) {
            symbols.forEach(symbol -> addSymbol(symbol, 0, listed));
        }
        return listed.isEmpty() ? "[The file has no symbols.]" : listed.toString();
    }

    private static void addSymbol(JsonElement element, int depth, StringBuilder listed) {
        if (!(element instanceof JsonObject symbol) || depth > DEPTH) {
            return;
        }
        // Servers answer with `DocumentSymbol` or with the older `SymbolInformation`.
        var range = member(symbol, "selectionRange");
        int line = line(range == null ? member(member(symbol, "location"), "range") : range);
        listed.append("  ".repeat(depth)).append(line + 1).append(": ");
        var kind = number(symbol.get("kind"));
        var known = kind == null ? null : SymbolKind.forValue(kind);
        listed.append(known == null ? "Symbol" : known.name()).append(' ');
        listed.append(text(symbol.get("name"))).append('\n');
        if (symbol.get("children") instanceof JsonArray children) {
            children.forEach(child -> addSymbol(child, depth + 1, listed));
        }
    }

    private String references(ToolCaller caller, ToolArguments arguments)
            throws InterruptedException {
        var document = document(caller, arguments);
        var params = new JsonObject();
        params.add("position", position(document, arguments));
        var context = new JsonObject();
        context.addProperty("includeDeclaration", true);
        params.add("context", context);
        var found = languages.request(document, "textDocument/references", params);
        var listed = new StringBuilder();
        Map<String, String[]> lines = new HashMap<>();
        int count = 0;
        for (var element : found instanceof JsonArray all ? all : new JsonArray()) {
            if (element instanceof JsonObject location && count++ < RESULTS) {
                var path = Document.path(text(location.get("uri")));
                int line = line(member(location, "range"));
                if (path != null && texts.isShareable(caller.member(), path)) {
                    listed.append("%s:%d: ".formatted(path, line + 1));
                    listed.append(lineOf(caller.member(), path, line, lines)).append('\n');
                }
            }
        }
        if (count > RESULTS) {
            listed.append("[There are more than %d.]".formatted(RESULTS));
        }
        return listed.isEmpty() ? "[There are no references.]" : listed.toString();
    }

    private static JsonObject position(Document document, ToolArguments arguments) {
        int line = arguments.numberOr("line", 1);
        var lines = document.text().split("\n", -1);
        var symbol = arguments.text("symbol");
        int column = line <= lines.length ? LinearSearch.indexOf(lines[line - 1], symbol, 0) : -1;
        if (column < 0 || symbol.isEmpty()) {
            throw new FailureException(
                    Failure.INVALID_PARAMS,
                    Map.of("argument", "symbol", "needs", "a symbol that this line has"));
        }
        var position = new JsonObject();
        position.addProperty("line", line - 1);
        position.addProperty("character", column);
        return position;
    }

    private String lineOf(Member member, String path, int line, Map<String, String[]> lines)
            throws InterruptedException {
        if (!lines.containsKey(path)) {
            String[] read;
            try {
                read = texts.read(member, path).split("\n", -1);
            } catch (FailureException _) {
                // The file has gone meanwhile.
                read = new String[0];
            }
            lines.put(path, read);
        }
        var all = lines.getOrDefault(path, new String[0]);
        return line < all.length ? all[line].strip() : "";
    }

    private String diagnostics(ToolCaller caller, ToolArguments arguments)
            throws InterruptedException {
        var found = languages.diagnostics(document(caller, arguments));
        var listed = new StringBuilder();
        int count = 0;
        for (var element : found instanceof JsonArray all ? all : new JsonArray()) {
            if (element instanceof JsonObject diagnostic && count++ < RESULTS) {
                var severity = number(diagnostic.get("severity"));
                var known = severity == null ? null : DiagnosticSeverity.forValue(severity);
                listed.append(line(member(diagnostic, "range")) + 1).append(": ");
                listed.append(known == null ? "Error" : known.name()).append(": ");
                listed.append(text(diagnostic.get("message"))).append('\n');
            }
        }
        return listed.isEmpty() ? "[The language server reports no problem.]" : listed.toString();
    }

    private static @Nullable JsonObject member(@Nullable JsonObject object, String name) {
        return object != null && object.get(name) instanceof JsonObject value ? value : null;
    }

    private static int line(@Nullable JsonObject range) {
        var start = member(range, "start");
        var line = start == null ? null : number(start.get("line"));
        return line == null ? 0 : line;
    }

    private static @Nullable Integer number(@Nullable JsonElement element) {
        return element instanceof JsonPrimitive value && value.isNumber() ? value.getAsInt() : null;
    }

    private static String text(@Nullable JsonElement element) {
        return element instanceof JsonPrimitive value ? value.getAsString() : "";
    }
}
