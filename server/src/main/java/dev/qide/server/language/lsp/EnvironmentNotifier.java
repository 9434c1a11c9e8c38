package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.python.PythonEnvironments;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Notifies a Python server when an environment of the workspace appears, changes or disappears.
///
/// A scan starts every five seconds; its result is compared with the environments that the server
/// knows. After a change the server is notified once more when the next scan finds no further
/// change, since it may have read incomplete packages. Owned by the link's thread.
final class EnvironmentNotifier {
    private static final long PERIOD_NANOS = Duration.ofSeconds(5).toNanos();

    private final ServerLink link;
    private final MessageTexts texts;
    private final OpenDocuments documents;
    private @Nullable RunningServer current;
    private PythonEnvironments.@Nullable State known;
    private boolean isRepeatDue;
    private long scannedNanos = System.nanoTime() - PERIOD_NANOS;

    EnvironmentNotifier(ServerLink link, MessageTexts texts, OpenDocuments documents) {
        this.link = link;
        this.texts = texts;
        this.documents = documents;
    }

    /// Called more often than a scan is wanted.
    void sweep(RunningServer running, long nowNanos) {
        var python = running.launched().python();
        if (python == null || nowNanos - scannedNanos < PERIOD_NANOS) {
            return;
        }
        scannedNanos = nowNanos;
        if (running != current) {
            // A server that started after the last sweep has read the environments itself.
            current = running;
            known = python.state();
            isRepeatDue = false;
        }
        python.scan(() -> link.toOwner(() -> compare(running, python.state())));
    }

    private void compare(RunningServer running, PythonEnvironments.State state) {
        if (running != current || known == null) {
            return;
        }
        if (!state.equals(known)) {
            announce(running, known, state);
            isRepeatDue = true;
        } else if (isRepeatDue) {
            announce(running, known, state);
            isRepeatDue = false;
        }
        known = state;
    }

    private void announce(
            RunningServer running, PythonEnvironments.State before, PythonEnvironments.State now) {
        var configuration = running.responses().declared();
        var added = foldersIn(now, before, configuration);
        var removed = foldersIn(before, now, configuration);
        boolean isDivided = !added.isEmpty() || !removed.isEmpty();
        if (isDivided) {
            // pyright keeps an open document in the folder to which it belonged when it was opened.
            documents.closings().forEach(message -> offer(running, message));
            var event = new JsonObject();
            event.add("added", added);
            event.add("removed", removed);
            var params = new JsonObject();
            params.add("event", event);
            link.offer(
                    running,
                    JsonRpcWriter.notification("workspace/didChangeWorkspaceFolders", params));
        }
        var settings = new JsonObject();
        settings.add("settings", running.responses().configuration());
        link.offer(
                running, JsonRpcWriter.notification("workspace/didChangeConfiguration", settings));
        if (isDivided) {
            documents.openings().forEach(message -> offer(running, message));
        }
    }

    /// @param message with the client's URIs
    private void offer(RunningServer running, String message) {
        link.offer(running, texts.rewritten(running.toServer(), message, null));
    }

    private static JsonArray foldersIn(
            PythonEnvironments.State these,
            PythonEnvironments.State others,
            ServerConfiguration configuration) {
        List<String> known = others.folders();
        var folders = new JsonArray();
        these.folders().stream()
                .filter(folder -> !known.contains(folder) && !configuration.isOpen(folder))
                .forEach(folder -> folders.add(configuration.workspaceFolder(folder)));
        return folders;
    }
}
