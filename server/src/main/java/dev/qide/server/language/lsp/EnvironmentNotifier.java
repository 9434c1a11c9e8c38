package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.python.PythonEnvironments;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tells a server of Python when an environment of the workspace appears, changes or goes.
///
/// Each sweep begins a scan, whose end compares what it found with what the server knows. After a
/// change the server is told once more when the next scan finds no further one, since it may have
/// read packages that were not complete. Owned by one thread, the link's.
final class EnvironmentNotifier {
    private final ServerLink link;
    private final ServerContext context;
    private @Nullable RunningServer current;
    private PythonEnvironments.@Nullable State known;
    private boolean isRepeatDue;

    EnvironmentNotifier(ServerLink link, ServerContext context) {
        this.link = link;
        this.context = context;
    }

    void sweep(RunningServer running) {
        var python = running.launched().python();
        if (python == null) {
            return;
        }
        if (running != current) {
            // A server that was started since the last sweep has read the environments itself.
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
            tell(running, known, state);
            isRepeatDue = true;
        } else if (isRepeatDue) {
            tell(running, known, state);
            isRepeatDue = false;
        }
        known = state;
    }

    private void tell(
            RunningServer running, PythonEnvironments.State before, PythonEnvironments.State now) {
        var configuration = new ScopedConfiguration(context, running.launched());
        var added = foldersIn(now, before, configuration);
        var removed = foldersIn(before, now, configuration);
        var messages = new ArrayList<String>();
        if (!added.isEmpty() || !removed.isEmpty()) {
            var event = new JsonObject();
            event.add("added", added);
            event.add("removed", removed);
            var params = new JsonObject();
            params.add("event", event);
            messages.add(MessageWriter.notification("workspace/didChangeWorkspaceFolders", params));
        }
        var settings = new JsonObject();
        settings.add("settings", configuration.settings());
        messages.add(MessageWriter.notification("workspace/didChangeConfiguration", settings));
        messages.forEach(message -> link.offer(running, message));
    }

    private static JsonArray foldersIn(
            PythonEnvironments.State these,
            PythonEnvironments.State others,
            ScopedConfiguration configuration) {
        List<String> known = others.folders();
        var folders = new JsonArray();
        these.folders().stream()
                .filter(folder -> !known.contains(folder))
                .forEach(folder -> folders.add(configuration.workspaceFolder(folder)));
        return folders;
    }
}
