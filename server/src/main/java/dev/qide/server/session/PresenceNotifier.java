package dev.qide.server.session;

import dev.qide.server.collab.AwarenessListener;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.identity.AccessListener;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Methods;
import dev.qide.wire.PresenceParams;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// Notifies editors who joins and leaves which document, under their current display names. Changes
/// within 150 ms are sent together. Thread-safe.
public final class PresenceNotifier implements AwarenessListener, AccessListener {
    private static final Duration TOGETHER = Duration.ofMillis(150);

    private final Sessions sessions;
    private final Identity identity;
    private final Collaboration documents;
    private final Scheduler scheduler;

    /// Bounded by the documents in memory.
    private final Set<DocumentPath> changed = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean isDue = new AtomicBoolean();

    private record DocumentPath(WorkspaceId workspace, String path) {}

    public PresenceNotifier(
            Sessions sessions, Identity identity, Collaboration documents, Scheduler scheduler) {
        this.sessions = sessions;
        this.identity = identity;
        this.documents = documents;
        this.scheduler = scheduler;
        documents.addAwarenessListener(this);
        identity.addListener(this);
    }

    @Override
    public void accessChanged() {
        // A client that may no longer read leaves its documents.
    }

    @Override
    public void renamed(UserId person) {
        var key = person.value().toString();
        for (var workspace : sessions.workspaces()) {
            documents
                    .present(workspace)
                    .forEach((path, present) -> {
                        if (present.stream().anyMatch(one -> one.member().key().equals(key))) {
                            presenceChanged(workspace, path);
                        }
                    });
        }
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
                                            Thread.ofVirtual().name("presence"),
                                            this::notifyEditors));
        }
    }

    /// The current presence in a workspace, for an editor that has just initialized.
    List<PresenceParams> current(WorkspaceId workspace) {
        return documents.present(workspace).entrySet().stream()
                .map(entry -> params(entry.getKey(), entry.getValue()))
                .toList();
    }

    private void notifyEditors() {
        isDue.set(false);
        for (var documentPath : List.copyOf(changed)) {
            changed.remove(documentPath);
            sessions.notifyWorkspace(
                    documentPath.workspace(),
                    Methods.PRESENCE,
                    params(
                            documentPath.path(),
                            documents.present(documentPath.workspace(), documentPath.path())));
        }
    }

    private PresenceParams params(String path, List<PresentClient> present) {
        return new PresenceParams(path, present.stream().map(this::member).toList());
    }

    private PresenceParams.Member member(PresentClient one) {
        var key = one.member().key();
        var name = identity.nameOf(new UserId(UUID.fromString(key)), one.member().name());
        return new PresenceParams.Member(one.client(), key, name);
    }
}
