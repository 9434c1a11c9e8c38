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

/// Tells editors on their text side who comes to which document and who leaves. Changes close
/// together are told once. Names are those that others see now. Thread-safe.
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
        documents.watchPresence(this);
        identity.watch(this);
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
                                            Thread.ofVirtual().name("presence"), this::tell));
        }
    }

    /// What an editor of this workspace has to know at its beginning.
    List<PresenceParams> now(WorkspaceId workspace) {
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

    private PresenceParams params(String path, List<Present> present) {
        return new PresenceParams(path, present.stream().map(this::member).toList());
    }

    private PresenceParams.Member member(Present one) {
        var key = one.member().key();
        var name = identity.nameOf(new UserId(UUID.fromString(key)), one.member().name());
        return new PresenceParams.Member(one.client(), key, name);
    }
}
