package dev.qide.server.language.settings;

import dev.qide.server.linux.OpenFolder;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds files of a project in the folder of a document and its parents, up to the workspace's
/// root. The nearest file counts, as in a monorepo whose packages have configurations of their own.
///
/// Invariant: it reads nothing outside the workspace, with links resolved. Thread-safe.
public final class UpwardSearch {
    /// The maximum number of folders above a document that are searched.
    private static final int FOLDERS = 64;

    /// The maximum number of names in a folder that are compared with a pattern.
    private static final int NAMES = 10_000;

    private final Path root;
    private final List<Path> folders;

    private UpwardSearch(Path root, List<Path> folders) {
        this.root = root;
        this.folders = List.copyOf(folders);
    }

    /// The folders of a document; none when the path is not inside the workspace.
    ///
    /// @param path the document's path in the workspace; it need not exist
    public static UpwardSearch from(Path workspace, String path) {
        var found = new ArrayList<Path>();
        try {
            var root = workspace.toRealPath();
            var folder = root.resolve(path).normalize().getParent();
            while (folder != null && folder.startsWith(root) && found.size() < FOLDERS) {
                found.add(folder);
                folder = folder.getParent();
            }
            return new UpwardSearch(root, found);
        } catch (IOException | InvalidPathException _) {
            return new UpwardSearch(workspace, List.of());
        }
    }

    /// The nearest folder with a file that matches one of the patterns; null for none.
    ///
    /// @param patterns see [#has]
    public @Nullable Path nearest(List<String> patterns) {
        return nearest(folder -> has(folder, patterns));
    }

    /// The nearest folder with a file of `wanted`, unless it or a folder before it has one of
    /// `others`; null for none.
    public @Nullable Path nearest(List<String> wanted, List<String> others) {
        var found = nearest(folder -> has(folder, wanted) || has(folder, others));
        return found == null || has(found, others) ? null : found;
    }

    /// The folders, starting with the document's own.
    List<Path> folders() {
        return folders;
    }

    /// The root with links resolved.
    public Path root() {
        return root;
    }

    private @Nullable Path nearest(Predicate<Path> isIt) {
        return folders.stream().filter(isIt).findFirst().orElse(null);
    }

    /// Whether the folder has a file that matches one of the patterns.
    ///
    /// @param patterns paths relative to the folder, or names in which one `*` stands for any
    ///   characters
    private boolean has(Path folder, List<String> patterns) {
        return patterns.stream()
                .anyMatch(pattern ->
                        pattern.indexOf('*') < 0
                                ? isInside(folder.resolve(pattern))
                                : isInside(folder) && hasNameLike(folder, pattern));
    }

    /// Whether a path exists and is inside the workspace, with links resolved.
    private boolean isInside(Path place) {
        try {
            return place.toRealPath().startsWith(root);
        } catch (IOException _) {
            return false;
        }
    }

    private static boolean hasNameLike(Path folder, String pattern) {
        try (var open = OpenFolder.open(folder)) {
            int left = NAMES;
            for (var place : open) {
                if (left-- == 0) {
                    return false;
                }
                if (NamePattern.matches(pattern, String.valueOf(place.getFileName()))) {
                    return true;
                }
            }
            return false;
        } catch (IOException | DirectoryIteratorException _) {
            return false;
        }
    }
}
