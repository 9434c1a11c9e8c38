package dev.qide.server.language.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// Makes the absolute symbolic links of a workspace work in the sandbox, such as those of `npm
/// link` and of monorepo tools.
///
/// Such a link names its target by the workspace's path on this machine. The sandbox gets a link
/// from that path to the workspace, unless it needs the path for something else. A target outside
/// the workspace stays invisible. Relative links need nothing. Thread-safe.
final class AbsoluteLinks {
    private static final Path TMP = Path.of("/tmp");

    /// Folders of the sandbox to which nothing is added.
    private static final List<Path> RESERVED =
            List.of(
                    Path.of("/usr"),
                    Path.of("/bin"),
                    Path.of("/sbin"),
                    Path.of("/lib"),
                    Path.of("/lib64"),
                    Path.of("/etc"),
                    Path.of("/opt/ls"),
                    Path.of("/opt/python"),
                    Path.of("/proc"),
                    Path.of("/sys"),
                    Path.of("/dev"),
                    Path.of("/workspaces"));

    private AbsoluteLinks() {}

    /// Adds the options of bubblewrap to a command line that already mounts everything.
    ///
    /// @param real the directory of the workspace, all links followed
    /// @param inside the path of the workspace in the sandbox
    /// @param mounted further folders that the sandbox shows at their own paths
    static void add(
            List<String> line, SandboxSpec spec, Path real, String inside, List<Path> mounted) {
        var reserved = new ArrayList<>(RESERVED);
        reserved.addAll(mounted);
        // A link may also have been made by the path with which the workspace was opened.
        var paths = new LinkedHashSet<Path>();
        paths.add(real);
        paths.add(spec.workspace().toAbsolutePath().normalize());
        for (var path : paths) {
            if (isFree(path, reserved)) {
                parents(path).forEach(parent -> line.addAll(List.of("--dir", parent.toString())));
                line.addAll(List.of("--symlink", inside, path.toString()));
            }
        }
    }

    private static boolean isFree(Path path, List<Path> reserved) {
        return path.getNameCount() > 0
                && !path.equals(TMP)
                && reserved.stream()
                        .noneMatch(folder -> path.startsWith(folder) || folder.startsWith(path));
    }

    /// The parents, the outermost first. Each is named, since bubblewrap closes those that it
    /// creates by itself to all other users.
    private static List<Path> parents(Path path) {
        var parents = new ArrayList<Path>();
        for (int names = 1; names < path.getNameCount(); names++) {
            parents.add(Path.of("/").resolve(path.subpath(0, names)));
        }
        return parents;
    }
}
