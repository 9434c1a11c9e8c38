package dev.qide.server.session;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.EmailAddresses;
import dev.qide.server.language.WorkspaceFolders;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.terminal.Attachment;
import dev.qide.server.terminal.GitAuthor;
import dev.qide.server.terminal.TerminalAccess;
import dev.qide.server.terminal.TerminalClient;
import dev.qide.server.terminal.TerminalOwner;
import dev.qide.server.terminal.Terminals;
import dev.qide.server.terminal.WindowSize;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.TerminalOpenParams;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The terminals of all editors, and who may use them: as `QIDE_TERMINALS` says, the owners of the
/// workspace or everybody who may edit it, except for guests. Thread-safe.
public final class WorkspaceTerminals {
    /// The domain of addresses that reach nobody (RFC 2606, section 2), of people without one.
    private static final String NO_ADDRESS = "@qide.invalid";

    private final Terminals terminals;
    private final TerminalAccess access;
    private final WorkspaceFolders folders;
    private final EmailAddresses addresses;
    private final Grants grants;
    private final WorkspaceLeases leases;

    /// Whether a terminal may run.
    ///
    /// @param leases terminals end when another node takes the lease of their workspace
    public record Admission(TerminalAccess access, Grants grants, WorkspaceLeases leases) {}

    public WorkspaceTerminals(
            Terminals terminals,
            Admission admission,
            WorkspaceFolders folders,
            EmailAddresses addresses) {
        this.terminals = terminals;
        this.access = admission.access();
        this.folders = folders;
        this.addresses = addresses;
        this.grants = admission.grants();
        this.leases = admission.leases();
    }

    /// The action that a person must be allowed to perform in a workspace to use its terminals;
    /// null while terminals are off.
    public @Nullable Action needed() {
        return switch (access) {
            case OFF -> null;
            case OWNERS -> Action.MANAGE_WORKSPACE;
            case EDITORS -> Action.USE_TERMINALS;
        };
    }

    /// Ends the terminals of a workspace that this server does not serve any more. Waits for their
    /// programs, at most five seconds.
    public void end(WorkspaceId workspace) {
        terminals.endIn(workspace);
    }

    /// [#end] for a workspace that this server is leaving: nobody can open one until [#reopen].
    void close(WorkspaceId workspace) {
        terminals.closeIn(workspace);
    }

    void reopen(WorkspaceId workspace) {
        terminals.reopenIn(workspace);
    }

    Terminals all() {
        return terminals;
    }

    /// @throws FailureException `TERMINALS_OFF`, `FORBIDDEN`
    Action require(Editor editor) {
        var action = needed();
        if (action == null) {
            throw new FailureException(Failure.TERMINALS_OFF);
        }
        editor.grant().require(action);
        return action;
    }

    /// Opens a terminal that ends when its person may no longer use it, also while no socket is
    /// connected.
    ///
    /// @param directory empty for the root of the workspace
    /// @throws FailureException as [Terminals#open], and `STORE_UNAVAILABLE`
    Attachment open(
            Editor editor, TerminalOpenParams params, String directory, TerminalClient client) {
        var action = require(editor);
        var folder = folders.find(editor.workspace());
        if (folder == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        requireLease(editor.workspaceId());
        var resource = Objects.requireNonNull(editor.grant().resource());
        var request =
                new Terminals.Request(
                        ownerOf(editor),
                        folder,
                        directory,
                        params.shell(),
                        authorOf(editor),
                        new WindowSize(params.columns(), params.rows()),
                        () -> leases.isHeld(editor.workspaceId()),
                        end -> grants.watch(editor.principal(), action, resource, end)::close);
        return terminals.open(request, client);
    }

    /// Only the server that has a workspace's lease may change its files.
    private void requireLease(WorkspaceId workspace) {
        leases.require(workspace);
        if (!leases.isHeld(workspace)) {
            throw new FailureException(Failure.STORE_UNAVAILABLE);
        }
    }

    private GitAuthor authorOf(Editor editor) {
        var address = addresses.of(editor.principal().id());
        return new GitAuthor(
                editor.present().name(), address == null ? editor.key() + NO_ADDRESS : address);
    }

    static TerminalOwner ownerOf(Editor editor) {
        return new TerminalOwner(editor.key(), editor.workspaceId());
    }
}
