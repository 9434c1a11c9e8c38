package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.language.FileEvent;
import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.language.rewrite.RootUri;
import dev.qide.wire.JsonRpcWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Changed files of which a language server has yet to be notified, among those that its
/// declaration lets it watch. Thread-safe; nothing blocks.
///
/// At most 20,000 files wait. When more change at once, [#hasOverflowed()] is true: the server has
/// to read everything again.
final class FileEvents {
    private static final int FILES = 20_000;

    private final Map<String, FileEvent> waiting = new LinkedHashMap<>();
    private final ServerDeclaration server;
    private final Runnable tell;
    private final Actor.Signal signal;
    private boolean hasOverflowed;

    /// @param tell runs on the owner when changes are waiting
    FileEvents(Actor actor, ServerDeclaration server, Runnable tell) {
        this.server = server;
        this.tell = tell;
        signal = actor.signal(tell);
    }

    void add(String path, FileEvent event) {
        if (!server.isWatched(path)) {
            return;
        }
        synchronized (waiting) {
            if (waiting.size() < FILES || waiting.containsKey(path)) {
                waiting.merge(path, event, FileEvent::then);
            } else {
                hasOverflowed = true;
            }
        }
        signal.raise();
    }

    /// A task of the owner that first notifies the server of the waiting changes, so that a request
    /// which the editor sends after a change finds it.
    Runnable before(Runnable task) {
        return () -> {
            if (areWaiting()) {
                tell.run();
            }
            task.run();
        };
    }

    private boolean areWaiting() {
        synchronized (waiting) {
            return !waiting.isEmpty() || hasOverflowed;
        }
    }

    /// Whether more files have changed than can wait. Resets: the waiting files are dropped.
    boolean hasOverflowed() {
        synchronized (waiting) {
            boolean isSo = hasOverflowed;
            if (isSo) {
                waiting.clear();
            }
            hasOverflowed = false;
            return isSo;
        }
    }

    /// The notification of all waiting changes, with the client's URIs; null when there are none.
    @Nullable String take(RootUri root) {
        var changes = new JsonArray();
        synchronized (waiting) {
            waiting.forEach((path, event) -> changes.add(change(root, path, event)));
            waiting.clear();
        }
        if (changes.isEmpty()) {
            return null;
        }
        var params = new JsonObject();
        params.add("changes", changes);
        return JsonRpcWriter.notification("workspace/didChangeWatchedFiles", params);
    }

    private static JsonObject change(RootUri root, String path, FileEvent event) {
        var encoded = RootUri.ofPath("/" + path).text().substring("file://".length());
        var change = new JsonObject();
        change.addProperty("uri", root.text() + encoded);
        change.addProperty("type", event.code());
        return change;
    }
}
