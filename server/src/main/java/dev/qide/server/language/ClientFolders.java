package dev.qide.server.language;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.rewrite.RootUri;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The workspace folders that a client has open, and the client's URI for the workspace.
///
/// A single folder is the workspace itself. Several folders, such as packages of a monorepo, are
/// subfolders of the workspace: the root is the innermost URI above all of them below which the
/// workspace has all of their paths.
///
/// @param root without a slash at the end; null for none: then `file:///src/a.py` is `src/a.py`
/// @param paths the paths of the folders in the workspace; empty for the workspace itself
public record ClientFolders(@Nullable String root, List<String> paths) {
    /// The maximum length of a root. The root is compared with every URI in a client's messages,
    /// and replaces the workspace's URI in a server's messages.
    private static final int ROOT_CHARACTERS = 1_024;

    /// The maximum number of folders.
    private static final int FOLDERS = 256;

    private static final String NO_PATH = "file://";

    public ClientFolders {
        paths = List.copyOf(paths);
    }

    /// A client with one folder.
    public static ClientFolders one(@Nullable String root) {
        return new ClientFolders(root, List.of(""));
    }

    /// Reads the folders from the parameters of an `initialize` request: `workspaceFolders`, else
    /// `rootUri`.
    ///
    /// @param workspace the workspace's directory
    /// @throws FailureException `INVALID_PARAMS` when the root is longer than 1,024 characters, or
    ///   there are more than 256 folders
    public static ClientFolders of(@Nullable JsonObject initialize, Path workspace) {
        if (initialize == null) {
            return one(null);
        }
        var named = uris(initialize.get("workspaceFolders"));
        var rootUri = uri(initialize.get("rootUri"));
        if (named.size() > FOLDERS) {
            throw invalid("too-many", "workspaceFolders");
        }
        if (named.isEmpty()) {
            return one(checked(rootUri));
        }
        var first = checked(named.getFirst());
        if (named.size() == 1 || first == null) {
            return one(first);
        }
        var root = rootUri == null ? first : checked(rootUri);
        while (root != null) {
            var paths = paths(named, root);
            if (paths.size() == named.size() && areFolders(workspace, paths)) {
                return new ClientFolders(root, paths);
            }
            int slash = root.lastIndexOf('/');
            root = slash <= NO_PATH.length() ? null : root.substring(0, slash);
        }
        return new ClientFolders(first, paths(named, first));
    }

    /// The folders after a `workspace/didChangeWorkspaceFolders`, without folders outside the root.
    ///
    /// @param event its `event`
    public ClientFolders changed(JsonObject event) {
        var base = root == null ? NO_PATH : root;
        var changed = new ArrayList<>(paths);
        changed.removeAll(paths(uris(event.get("removed")), base));
        for (var path : paths(uris(event.get("added")), base)) {
            if (!changed.contains(path) && changed.size() < FOLDERS) {
                changed.add(path);
            }
        }
        return new ClientFolders(root, changed);
    }

    /// The URIs of folders outside the root.
    ///
    /// @param all `WorkspaceFolder[]`
    public List<String> outside(@Nullable JsonElement all) {
        var base = root == null ? NO_PATH : root;
        return uris(all).stream().filter(uri -> paths(List.of(uri), base).isEmpty()).toList();
    }

    private static boolean areFolders(Path workspace, List<String> paths) {
        try {
            return paths.stream().allMatch(path -> Files.isDirectory(workspace.resolve(path)));
        } catch (InvalidPathException _) {
            return false;
        }
    }

    /// The paths below the root, without URIs outside it.
    private static List<String> paths(List<String> uris, String root) {
        var paths = new ArrayList<String>();
        var top = RootUri.ofClient(root);
        for (var uri : uris) {
            int end = top.matchEnd(uri, 0);
            var path = end < 0 ? ".." : RootUri.decoded(uri, end, uri.length());
            var inside = path.replaceAll("^/+|/+$", "");
            if (!List.of(inside.split("/")).contains("..")) {
                paths.add(inside);
            }
        }
        return paths;
    }

    private static List<String> uris(@Nullable JsonElement folders) {
        var uris = new ArrayList<String>();
        if (folders instanceof JsonArray array) {
            for (var folder : array) {
                var uri = folder instanceof JsonObject object ? uri(object.get("uri")) : null;
                if (uri != null) {
                    uris.add(uri);
                }
            }
        }
        return uris;
    }

    private static @Nullable String uri(@Nullable JsonElement uri) {
        return uri instanceof JsonPrimitive text && text.isString() && !text.getAsString().isEmpty()
                ? text.getAsString()
                : null;
    }

    private static @Nullable String checked(@Nullable String uri) {
        if (uri == null) {
            return null;
        }
        if (uri.length() > ROOT_CHARACTERS) {
            throw invalid("too-long", "rootUri");
        }
        var trimmed = uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
        return trimmed.equals(NO_PATH) || trimmed.equals("file:") ? null : trimmed;
    }

    private static FailureException invalid(String reason, String member) {
        return new FailureException(
                Failure.INVALID_PARAMS, Map.of("reason", reason, "member", member));
    }
}
