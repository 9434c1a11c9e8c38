package dev.qide.server.language.rewrite;

import dev.qide.server.language.ServerDeclaration;
import java.nio.file.Path;

/// A folder outside the text that an editor edits, to which a language server's answers may refer:
/// the server's own files, programs of the machine, installed packages.
///
/// @param uri its URI for editors: `qide-external:/pyright/install`
/// @param asServer its path as the language server sees it
/// @param real its path on disk
/// @param isOfProject whether it is the workspace, or a folder of it that may be a link; then only
///   its [PackageFolders] are external
public record ExternalFolder(String uri, String asServer, Path real, boolean isOfProject) {
    public static final String SCHEME = "qide-external";
    public static final String PROJECT = "project";
    private static final String PREFIX = SCHEME + ":/";

    /// @param kind `install`, `machine` with the path, or `project`
    public static ExternalFolder of(
            ServerDeclaration server, String kind, String asServer, Path real) {
        var path = RootUri.ofPath("/" + server.id() + "/" + kind).text();
        return new ExternalFolder(
                SCHEME + ":" + path.substring("file://".length()),
                asServer,
                real,
                kind.equals(PROJECT));
    }

    /// A folder below this one.
    ///
    /// @param path decoded, relative to this folder
    public ExternalFolder below(String path) {
        var behind = RootUri.ofPath("/" + path).text().substring("file://".length());
        return new ExternalFolder(
                uri + behind, asServer + "/" + path, real.resolve(path), isOfProject);
    }

    public static boolean isExternal(String uri) {
        return uri.regionMatches(true, 0, PREFIX, 0, PREFIX.length() - 1);
    }
}
