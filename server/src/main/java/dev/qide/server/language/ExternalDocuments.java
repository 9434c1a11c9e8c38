package dev.qide.server.language;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// Read-only documents outside the workspace: where a definition in a standard library or an
/// installed package lies (`workspace/textDocumentContent`, LSP 3.18).
///
/// Invariant: nothing is read but regular files inside a folder that a language server of this very
/// workspace has named in a message, all links followed; of a folder of the project nothing that
/// lies outside the workspace or in its `.git`; never the data directory or another workspace.
/// Thread-safe.
public final class ExternalDocuments {
    private static final int FILE_BYTES = 4 << 20;
    private static final int FOLDERS_OF_A_WORKSPACE = 1_024;
    private static final Pattern BAD_PART = Pattern.compile("(^|/)\\.{0,2}(/|$)|[\\\\\\x00]");

    private final Map<String, Set<ExternalFolder>> named = new ConcurrentHashMap<>();
    private final WorkspaceFolders workspaces;

    public ExternalDocuments(WorkspaceFolders workspaces) {
        this.workspaces = workspaces;
    }

    /// What of a server's message lies in its external folders may be read from now on.
    ///
    /// @param message as its editor gets it
    void said(String workspace, List<ExternalFolder> folders, String message) {
        if (!message.contains(ExternalFolder.SCHEME)) {
            return;
        }
        var known = named.computeIfAbsent(workspace, _ -> ConcurrentHashMap.newKeySet());
        for (var folder : folders) {
            if (message.contains(folder.uri() + "/") && known.size() < FOLDERS_OF_A_WORKSPACE) {
                known.add(folder);
            }
        }
    }

    /// The workspace was deleted: what its servers named is not for the next one of its name.
    void forget(String workspace) {
        named.remove(workspace);
    }

    /// The text of a document.
    ///
    /// @param uri `qide-external:/…`, as a server's answer had it
    /// @throws FailureException `WORKSPACE_UNKNOWN`; `PATH_ILLEGAL` for what is no such URI or
    ///   climbs; `FILE_UNKNOWN` for what is not there or nobody named; `FILE_TOO_LARGE` above 4
    ///   MiB; `FILE_NOT_TEXT`
    public String read(String workspace, String uri) {
        var place = workspaces.find(workspace);
        if (place == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        if (!ExternalFolder.isExternal(uri) || uri.indexOf('?') >= 0 || uri.indexOf('#') >= 0) {
            throw illegal();
        }
        for (var folder : named.getOrDefault(workspace, Set.of())) {
            int end = RootUri.ofClient(folder.uri()).matchEnd(uri, 0);
            if (end >= 0 && end < uri.length()) {
                var rest = RootUri.decoded(uri, end, uri.length()).substring(1);
                if (BAD_PART.matcher(rest).find()) {
                    throw illegal();
                }
                return text(inside(folder, rest, place));
            }
        }
        throw new FailureException(Failure.FILE_UNKNOWN, Map.of("reason", "not-named"));
    }

    private static CanonicalFile inside(
            ExternalFolder folder, String rest, WorkspaceFolder workspace) {
        try {
            var top = folder.real().toRealPath();
            var file = top.resolve(rest).toRealPath();
            boolean isHidden = false;
            for (var hidden : workspace.hidden()) {
                isHidden |= Files.exists(hidden) && isHidden(file, hidden.toRealPath(), workspace);
            }
            if (isOfItsOwner(folder, top, workspace) && file.startsWith(top) && !isHidden) {
                return new CanonicalFile(file);
            }
        } catch (IOException | java.nio.file.InvalidPathException _) {
            // Not there is all that is told, whatever it is.
        }
        throw new FailureException(Failure.FILE_UNKNOWN);
    }

    /// A package folder of the project has to lie in it: the workspace's content decides where its
    /// links lead. The machine alone decides where the other folders are.
    private static boolean isOfItsOwner(
            ExternalFolder folder, Path top, WorkspaceFolder workspace) {
        return !folder.real().startsWith(workspace.directory())
                || (top.startsWith(workspace.directory()) && !isRepository(top, workspace));
    }

    /// Git's own files hold credentials of remotes.
    private static boolean isRepository(Path top, WorkspaceFolder workspace) {
        for (var name : workspace.directory().relativize(top)) {
            if (name.toString().equals(".git")) {
                return true;
            }
        }
        return false;
    }

    /// A workspace that lies in a hidden folder, as those do that were made here, is not hidden
    /// from itself.
    private static boolean isHidden(Path file, Path hidden, WorkspaceFolder workspace) {
        boolean isOwn =
                workspace.directory().startsWith(hidden) && file.startsWith(workspace.directory());
        return file.startsWith(hidden) && !isOwn;
    }

    private static String text(CanonicalFile file) {
        byte[] bytes;
        try {
            bytes = file.read(FILE_BYTES + 1);
        } catch (IOException unreadable) {
            throw new FailureException(Failure.FILE_UNKNOWN, Map.of(), unreadable);
        }
        if (bytes.length > FILE_BYTES) {
            throw new FailureException(Failure.FILE_TOO_LARGE);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException binary) {
            throw new FailureException(Failure.FILE_NOT_TEXT, Map.of(), binary);
        }
    }

    private static FailureException illegal() {
        return new FailureException(Failure.PATH_ILLEGAL, Map.of("reason", "no-external-uri"));
    }
}
