package dev.qide.server.language.rewrite;

import dev.qide.server.language.ServerDeclaration;
import java.nio.file.Path;

/// A folder outside what an editor edits, in which a language server's answers may lie: its own
/// files, programs of the machine, installed packages.
///
/// @param uri what editors call it: `qide-external:/pyright/install`
/// @param asServer its path as the server has it
/// @param real where it is
/// @param isOfProject whether the workspace has it, and may have put a link in its place
public record ExternalFolder(String uri, String asServer, Path real, boolean isOfProject) {
    public static final String SCHEME = "qide-external";
    private static final String PREFIX = SCHEME + ":/";

    /// @param kind `install`, `machine` or `project`, with what follows
    public static ExternalFolder of(
            ServerDeclaration server, String kind, String asServer, Path real) {
        var path = RootUri.ofPath("/" + server.id() + "/" + kind).text();
        return new ExternalFolder(
                SCHEME + ":" + path.substring("file://".length()),
                asServer,
                real,
                kind.startsWith("project/"));
    }

    public static boolean isExternal(String uri) {
        return uri.regionMatches(true, 0, PREFIX, 0, PREFIX.length() - 1);
    }
}
