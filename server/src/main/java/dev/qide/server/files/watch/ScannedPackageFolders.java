package dev.qide.server.files.watch;

/// The folders to scan inside an ignored package folder, so that an added or removed package is
/// noticed: the scopes of `node_modules`, and the path to the `site-packages` of a Python
/// environment.
final class ScannedPackageFolders {
    private ScannedPackageFolders() {}

    /// @param name of a folder in a scanned one
    static boolean isEntered(String name) {
        return name.startsWith("@")
                || name.equals("lib")
                || name.equals("Lib")
                || name.startsWith("python3")
                || name.equals("site-packages");
    }
}
