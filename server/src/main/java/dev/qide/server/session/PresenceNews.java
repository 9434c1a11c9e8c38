package dev.qide.server.session;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.collab.PresenceWatcher;
import dev.qide.server.owner.Alarms;
import dev.qide.server.owner.BackgroundTask;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Methods;
import dev.qide.wire.PresenceParams;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// Tells editors on their text side who comes to which document and who leaves. Changes close
/// together are told once. Thread-safe.
public final class PresenceNews implements PresenceWatcher {
    private static final Duration TOGETHER = Duration.ofMillis(150);

    private final Sessions sessions;
    private final Collaboration documents;
    private final Alarms alarms;

    /// Bounded by the documents in memory.
    private final Set<Place> changed = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean isDue = new AtomicBoolean();

    private record Place(WorkspaceId workspace, String path) {}

    public PresenceNews(Sessions sessions, Collaboration documents, Alarms alarms) {
        this.sessions = sessions;
        this.documents = documents;
        this.alarms = alarms;
        documents.watchPresence(this);
    }

    @Override
    public void presenceChanged(WorkspaceId workspace, String path) {
        changed.add(new Place(workspace, path));
        if (isDue.compareAndSet(false, true)) {
            var _ =
                    alarms.after(
                            TOGETHER,
                            () ->
                                    BackgroundTask.start(
                                            Thread.ofVirtual().name("presence"), this::tell));
        }
    }

    /// What an editor of this workspace has to know at its beginning.
    static List<PresenceParams> now(Collaboration documents, WorkspaceId workspace) {
        return documents.present(workspace).entrySet().stream()
                .map(entry -> params(entry.getKey(), entry.getValue()))
                .toList();
    }

    private void tell() {
        isDue.set(false);
        for (var place : List.copyOf(changed)) {
            changed.remove(place);
            sessions.tell(
                    place.workspace(),
                    Methods.PRESENCE,
                    params(place.path(), documents.present(place.workspace(), place.path())));
        }
    }

    private static PresenceParams params(String path, List<Present> present) {
        return new PresenceParams(
                path,
                present.stream()
                        .map(one ->
                                new PresenceParams.Member(
                                        one.client(), one.member().key(), one.member().name()))
                        .toList());
    }
}
