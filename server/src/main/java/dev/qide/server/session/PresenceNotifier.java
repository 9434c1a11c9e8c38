package dev.qide.server.session;

import dev.qide.server.collab.AwarenessListener;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
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
public final class PresenceNotifier implements AwarenessListener {
    private static final Duration TOGETHER = Duration.ofMillis(150);

    private final Sessions sessions;
    private final Collaboration documents;
    private final Scheduler scheduler;

    /// Bounded by the documents in memory.
    private final Set<DocumentPath> changed = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean isDue = new AtomicBoolean();

    private record DocumentPath(WorkspaceId workspace, String path) {}

    public PresenceNotifier(Sessions sessions, Collaboration documents, Scheduler scheduler) {
        this.sessions = sessions;
        this.documents = documents;
        this.scheduler = scheduler;
        documents.watchPresence(this);
    }

    @Override
    public void presenceChanged(WorkspaceId workspace, String path) {
        changed.add(new DocumentPath(workspace, path));
        if (isDue.compareAndSet(false, true)) {
            var _ =
                    scheduler.after(
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
        for (var documentPath : List.copyOf(changed)) {
            changed.remove(documentPath);
            sessions.tell(
                    documentPath.workspace(),
                    Methods.PRESENCE,
                    params(
                            documentPath.path(),
                            documents.present(documentPath.workspace(), documentPath.path())));
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
