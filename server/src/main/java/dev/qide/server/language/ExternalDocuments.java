package dev.qide.server.language;

import dev.qide.server.language.rewrite.ExternalFolder;
import dev.qide.server.language.rewrite.PackageFolders;
import dev.qide.server.language.rewrite.RootUri;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// Read-only documents outside the workspace, such as definitions in a standard library or an
/// installed package (`workspace/textDocumentContent`, LSP 3.18).
///
/// Invariant: only regular files are read, in folders that a language server of the same workspace
/// has named in a message, with all links resolved: inside the workspace for its package folders,
/// which may be links, else inside a folder of the machine. Never the data directory, another
/// workspace, or `/proc`. A file is opened from that folder's top without following links, so a
/// link created after the check leads nowhere. Thread-safe.
public final class ExternalDocuments {
    private static final int FILE_BYTES = 4 << 20;
    private static final int FOLDERS_OF_A_WORKSPACE = 1_024;

    /// Folders whose files are the state of the machine or of this process.
    private static final List<Path> NO_FILES =
            List.of(Path.of("/proc"), Path.of("/sys"), Path.of("/dev"));

    private static final Pattern BAD_PART = Pattern.compile("(^|/)\\.{0,2}(/|$)|[\\\\\\x00]");

    private final Map<String, Set<ExternalFolder>> named = new ConcurrentHashMap<>();
    private final WorkspaceFolders workspaces;

    public ExternalDocuments(WorkspaceFolders workspaces) {
        this.workspaces = workspaces;
    }

    /// Allows reading the parts of external folders that a server's message names.
    ///
    /// @param message the message as its editor receives it
    public void register(String workspace, List<ExternalFolder> folders, String message) {
        if (!message.contains(ExternalFolder.SCHEME)) {
            return;
        }
        var known = named.computeIfAbsent(workspace, _ -> ConcurrentHashMap.newKeySet());
        for (var folder : folders) {
            if (folder.isOfProject()) {
                packagesIn(message, folder, known);
            } else if (message.contains(folder.uri() + "/")) {
                add(folder, known);
            }
        }
    }

    /// The package folders of a project with files that a message names.
    private static void packagesIn(
            String message, ExternalFolder project, Set<ExternalFolder> known) {
        var top = project.uri() + "/";
        for (int at = message.indexOf(top); at >= 0; at = message.indexOf(top, at + top.length())) {
            var path = PackageFolders.path(message, at, at + top.length());
            int end = PackageFolders.end(path);
            if (end >= 0 && !BAD_PART.matcher(path.substring(0, end)).find()) {
                add(project.below(path.substring(0, end)), known);
            }
        }
    }

    private static void add(ExternalFolder folder, Set<ExternalFolder> known) {
        if (known.size() < FOLDERS_OF_A_WORKSPACE) {
            known.add(folder);
        }
    }

    /// Forgets a deleted workspace, so that a new one with the same name starts without
    /// permissions.
    void forget(String workspace) {
        named.remove(workspace);
    }

    /// Reads the text of a document.
    ///
    /// @param uri `qide-external:/…`, as in a server's result
    /// @throws FailureException `WORKSPACE_UNKNOWN`; `PATH_ILLEGAL` for another URI or one that
    ///   climbs; `FILE_UNKNOWN` for a missing file or one that no server named; `FILE_TOO_LARGE`
    ///   above 4 MiB; `FILE_NOT_TEXT`
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
                return text(bytes(folder, rest, place));
            }
        }
        throw new FailureException(Failure.FILE_UNKNOWN, Map.of("reason", "not-named"));
    }

    private static byte[] bytes(ExternalFolder folder, String rest, WorkspaceFolder workspace) {
        try {
            var top = top(folder, workspace);
            var file = top.resolve(rest).toRealPath();
            boolean isHidden = NO_FILES.stream().anyMatch(file::startsWith);
            for (var hidden : workspace.hidden()) {
                isHidden |= Files.exists(hidden) && isHidden(file, hidden.toRealPath(), workspace);
            }
            if (file.startsWith(top) && !isHidden) {
                var start = folder.isOfProject() ? workspace.directory().toRealPath() : top;
                return NoFollowReader.read(start, file, FILE_BYTES + 1);
            }
        } catch (IOException | java.nio.file.InvalidPathException _) {
            // Every refusal is reported as a missing file.
        }
        throw new FailureException(Failure.FILE_UNKNOWN);
    }

    /// The real folder. A project's folder counts only if it is in the workspace and is a package
    /// folder there: a link may lead to another one, not to the repository or the machine.
    private static Path top(ExternalFolder folder, WorkspaceFolder workspace) throws IOException {
        var top = folder.real().toRealPath();
        if (folder.isOfProject()) {
            var inside = workspace.directory().toRealPath();
            boolean isPackages = PackageFolders.isName("" + top.getFileName());
            if (!top.startsWith(inside) || top.equals(inside) || !isPackages) {
                throw new NoSuchFileException(null);
            }
        }
        return top;
    }

    /// A managed workspace is in a hidden folder, but is not hidden from itself.
    private static boolean isHidden(Path file, Path hidden, WorkspaceFolder workspace) {
        boolean isOwn =
                workspace.directory().startsWith(hidden) && file.startsWith(workspace.directory());
        return file.startsWith(hidden) && !isOwn;
    }

    private static String text(byte[] bytes) {
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
