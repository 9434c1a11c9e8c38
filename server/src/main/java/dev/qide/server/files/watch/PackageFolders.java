package dev.qide.server.files.watch;

/// Which folders of an ignored folder of packages are looked at, so that a package which is added
/// or removed is noticed: the scopes of `node_modules`, and the way to the `site-packages` of a
/// Python environment.
final class PackageFolders {
    private PackageFolders() {}

    /// @param name of a folder in one that is looked at
    static boolean isEntered(String name) {
        return name.startsWith("@")
                || name.equals("lib")
                || name.equals("Lib")
                || name.startsWith("python3")
                || name.equals("site-packages");
    }
}
