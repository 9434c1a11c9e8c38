package dev.qide.server.tools;

import dev.qide.server.ai.WorkspaceTools;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All tools, for the chat and for the Model Context Protocol alike. Thread-safe; calls block.
///
/// A caller needs the right to read for every tool, and the right to edit for those that are not
/// read-only. Each call writes one log line, without arguments and results.
public final class ToolTable implements WorkspaceTools {
    private static final Logger LOG = LoggerFactory.getLogger(ToolTable.class);

    private static final int RESULT_CHARACTERS = 120_000;

    private final List<Tool> tools;
    private final Metrics.Counter calls;

    ToolTable(List<Tool> tools, Metrics metrics) {
        this.tools = List.copyOf(tools);
        calls = metrics.counter("qide_tools_calls_total", "Tool calls by models and programs.");
    }

    @Override
    public List<Definition> definitions(Rights rights) {
        return allowed(rights).stream()
                .map(tool -> new Definition(tool.name(), tool.description(), tool.schema()))
                .toList();
    }

    /// The tools that these rights allow.
    List<Tool> allowed(Rights rights) {
        return tools.stream().filter(tool -> isAllowed(tool, rights)).toList();
    }

    @Nullable Tool named(String name) {
        return tools.stream().filter(tool -> tool.name().equals(name)).findFirst().orElse(null);
    }

    @Override
    public Outcome call(ToolCaller caller, String name, String arguments)
            throws InterruptedException {
        var outcome = answer(caller, name, arguments);
        calls.increment();
        LOG.atInfo()
                .addKeyValue("event.action", "tools.called")
                .addKeyValue("principal", caller.member().person())
                .addKeyValue("workspace", caller.member().workspace())
                .addKeyValue("tool", named(name) == null ? "unknown" : name)
                .addKeyValue("outcome", outcome.isError() ? "failed" : "completed")
                .log("a tool was called");
        return outcome;
    }

    private Outcome answer(ToolCaller caller, String name, String arguments)
            throws InterruptedException {
        var tool = named(name);
        if (tool == null) {
            return new Outcome("There is no tool with this name. Use one from the list.", true);
        }
        if (!isAllowed(tool, caller.rights())) {
            return new Outcome(sentence(new FailureException(Failure.FORBIDDEN)), true);
        }
        try (var _ = caller.rights().count(tool.cost())) {
            return new Outcome(
                    bounded(tool.handler().answer(caller, ToolArguments.parse(arguments))), false);
        } catch (FailureException failure) {
            return new Outcome(sentence(failure), true);
        }
    }

    private static boolean isAllowed(Tool tool, Rights rights) {
        return rights.canRead() && (tool.isReadOnly() || rights.canEdit());
    }

    private static String sentence(FailureException failure) {
        var details =
                failure.tags().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(tag -> tag.getKey() + ": " + tag.getValue())
                        .collect(Collectors.joining(", "));
        return Stream.of(failure.failure().sentence(), details)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" "));
    }

    private static String bounded(String text) {
        return text.length() <= RESULT_CHARACTERS
                ? text
                : text.substring(0, RESULT_CHARACTERS) + "\n[The result was cut.]";
    }
}
