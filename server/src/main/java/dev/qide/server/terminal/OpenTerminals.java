package dev.qide.server.terminal;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.TerminalExitParams.Reason;
import dev.qide.wire.TerminalList;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The terminals that run or are being started, within their bounds. Thread-safe.
final class OpenTerminals {
    private static final Duration END_WAIT = Duration.ofSeconds(5);

    private final TerminalLimits limits;
    private final Map<String, Entry> open = new ConcurrentHashMap<>();

    /// The workspaces that this server is leaving; guarded by this object, like `isClosed`.
    private final Set<WorkspaceId> closed = new HashSet<>();

    private boolean isClosed;
    private long reserved;

    OpenTerminals(TerminalLimits limits) {
        this.limits = limits;
    }

    /// A terminal with its owner; it has no [Terminal] until its program has started.
    static final class Entry {
        private final String id = UUID.randomUUID().toString();
        private final long number;
        private final TerminalOwner owner;
        private final String shell;
        private final String directory;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile @Nullable Terminal terminal;

        /// The requested end; set before `terminal` is read, and read after `terminal` is set.
        private volatile @Nullable End wanted;

        private Entry(long number, TerminalOwner owner, String shell, String directory) {
            this.number = number;
            this.owner = owner;
            this.shell = shell;
            this.directory = directory;
        }

        String id() {
            return id;
        }

        String shell() {
            return shell;
        }

        TerminalOwner owner() {
            return owner;
        }

        /// Ends the program, at once or when it has started. Does not block.
        void end(Reason reason, String message) {
            wanted = new End(reason, message);
            endNow();
        }

        void started(Terminal running) {
            terminal = running;
            endNow();
        }

        /// @throws FailureException `TERMINAL_UNKNOWN` before its program has started
        Terminal running() {
            var running = terminal;
            if (running == null) {
                throw new FailureException(Failure.TERMINAL_UNKNOWN);
            }
            return running;
        }

        /// Nothing more happens for it.
        void hasEnded() {
            ended.countDown();
        }

        private void endNow() {
            var end = wanted;
            var running = terminal;
            if (end != null && running != null) {
                running.end(end.reason(), end.message());
            }
        }
    }

    private record End(Reason reason, String message) {}

    int count() {
        return open.size();
    }

    /// Counts a terminal before it starts, so that two cannot take the last place.
    ///
    /// @param directory the path of the folder in which it begins; empty for the root
    /// @throws FailureException `TOO_MANY_TERMINALS`, `SERVER_STOPPING`, `WORKSPACE_ELSEWHERE`
    synchronized Entry reserve(TerminalOwner owner, String shell, String directory) {
        if (isClosed) {
            throw new FailureException(Failure.SERVER_STOPPING);
        }
        if (closed.contains(owner.workspace())) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
        require(limits.ofServer(), "server", _ -> true);
        require(
                limits.ofWorkspace(),
                "workspace",
                other -> other.owner.workspace().equals(owner.workspace()));
        require(limits.ofPerson(), "person", other -> other.owner.person().equals(owner.person()));
        var entry = new Entry(reserved++, owner, shell, directory);
        open.put(entry.id, entry);
        return entry;
    }

    /// Frees the place of a terminal that has ended, or has not started; [Entry#hasEnded] follows.
    void remove(Entry entry) {
        open.remove(entry.id);
    }

    /// @throws FailureException `TERMINAL_UNKNOWN`, also for the terminal of somebody else
    Entry find(TerminalOwner owner, String id) {
        var entry = open.get(id);
        if (entry == null || !entry.owner.equals(owner)) {
            throw new FailureException(Failure.TERMINAL_UNKNOWN);
        }
        return entry;
    }

    /// The running terminal; null if it has just ended or belongs to somebody else.
    @Nullable Terminal running(TerminalOwner owner, String id) {
        var entry = open.get(id);
        return entry == null || !entry.owner.equals(owner) ? null : entry.terminal;
    }

    /// In the order in which they were opened.
    TerminalList list(TerminalOwner owner) {
        return new TerminalList(
                open.values().stream()
                        .filter(one -> one.owner.equals(owner) && one.terminal != null)
                        .sorted(Comparator.comparingLong(one -> one.number))
                        .map(OpenTerminals::listed)
                        .toList());
    }

    void detach(TerminalClient client) {
        for (var entry : open.values()) {
            var terminal = entry.terminal;
            if (terminal != null) {
                terminal.detach(client);
            }
        }
    }

    /// Ends the terminals of a workspace. Waits for their programs, at most five seconds.
    void end(WorkspaceId workspace, Reason reason, String message) {
        end(entry -> entry.owner.workspace().equals(workspace), reason, message);
    }

    /// Lets nobody open a terminal in a workspace until [#reopen].
    synchronized void close(WorkspaceId workspace) {
        closed.add(workspace);
    }

    synchronized void reopen(WorkspaceId workspace) {
        closed.remove(workspace);
    }

    /// Ends all, and lets nobody open one. Waits for their programs, at most five seconds.
    void closeAll(Reason reason, String message) {
        synchronized (this) {
            isClosed = true;
        }
        end(_ -> true, reason, message);
    }

    private void end(Predicate<Entry> which, Reason reason, String message) {
        var ending = open.values().stream().filter(which).toList();
        ending.forEach(entry -> entry.end(reason, message));
        long until = System.nanoTime() + END_WAIT.toNanos();
        try {
            for (var entry : ending) {
                var _ = entry.ended.await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void require(int most, String what, Predicate<Entry> counted) {
        if (open.values().stream().filter(counted).count() >= most) {
            throw new FailureException(
                    Failure.TOO_MANY_TERMINALS, Map.of("of", what, "most", Integer.toString(most)));
        }
    }

    private static TerminalList.Entry listed(Entry entry) {
        return new TerminalList.Entry(
                entry.id, entry.shell, entry.directory, entry.running().isAttached());
    }
}
