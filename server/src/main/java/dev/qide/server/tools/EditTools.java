package dev.qide.server.tools;

import dev.qide.server.ai.WorkspaceTools.Cost;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.server.text.LinearSearch;
import dev.qide.wire.ChangeSetInfo;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The tool that proposes edits. Thread-safe; calls block.
final class EditTools {
    /// The edits of one proposal, each of which reads the whole text.
    private static final int EDITS = 100;

    private final WorkspaceTexts texts;
    private final ChangeSets changeSets;

    EditTools(WorkspaceTexts texts, ChangeSets changeSets) {
        this.texts = texts;
        this.changeSets = changeSets;
    }

    List<Tool> tools() {
        return List.of(
                new Tool(
                        "propose_edit",
                        "Propose edit",
                        "Proposes edits of one file to the user, who accepts or rejects each part"
                                + " in the editor. The file does not change before that.",
                        new ToolSchema()
                                .required("path", "string", "Path of a file that exists")
                                .requiredArray(
                                        "edits",
                                        new ToolSchema()
                                                .required(
                                                        "oldText",
                                                        "string",
                                                        "Text that occurs once in the file")
                                                .required("newText", "string", "What replaces it"),
                                        "Applied one after another, at most 100")
                                .build(),
                        false,
                        Cost.NONE,
                        this::propose));
    }

    private String propose(ToolCaller caller, ToolArguments arguments) throws InterruptedException {
        var path = arguments.text("path");
        var edits = arguments.objects("edits", EDITS);
        // Joining the document of a path without a file would create one.
        var _ = texts.read(caller.member(), path);
        var info = changeSets.propose(caller, path, text -> edited(text, edits));
        return "Proposed as change set %s; the user decides on these parts:\n%s"
                .formatted(
                        info.changeSet(),
                        info.hunks().stream()
                                .map(EditTools::part)
                                .collect(Collectors.joining("\n")));
    }

    private static String part(ChangeSetInfo.Hunk hunk) {
        return "Part %d at line %d".formatted(hunk.number(), hunk.line() + 1);
    }

    private static String edited(String text, List<ToolArguments> edits) {
        var edited = text;
        for (var edit : edits) {
            var oldText = edit.text("oldText").replace("\r\n", "\n");
            int at = LinearSearch.indexOf(edited, oldText, 0);
            boolean isOnce = at >= 0 && LinearSearch.indexOf(edited, oldText, at + 1) < 0;
            if (!isOnce) {
                throw new FailureException(
                        Failure.INVALID_PARAMS,
                        Map.of(
                                "argument",
                                "oldText",
                                "needs",
                                at < 0
                                        ? "text that the file has: read it again"
                                        : "more lines, since it occurs several times"));
            }
            edited =
                    edited.substring(0, at)
                            + edit.text("newText").replace("\r\n", "\n").replace("\r", "\n")
                            + edited.substring(at + oldText.length());
        }
        return edited;
    }
}
