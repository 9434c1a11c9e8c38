package dev.qide.server.language.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Looks for files of a project in the folder of a document and in the folders above it, up to the
/// workspace's root: the nearest one counts, as in a monorepo whose packages have their own
/// configurations.
///
/// Invariant: nothing outside the workspace is looked at, links followed. Thread-safe.
public final class UpwardSearch {
    /// The deepest folder that has its turn, counted from the document.
    private static final int FOLDERS = 64;

    /// How many names of a folder are compared with a pattern.
    private static final int NAMES = 10_000;

    private final Path root;
    private final List<Path> folders;

    private UpwardSearch(Path root, List<Path> folders) {
        this.root = root;
        this.folders = List.copyOf(folders);
    }

    /// The folders of a document; none when the path is no path in the workspace.
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

    /// The nearest folder that has a file of one of the patterns; null for none.
    ///
    /// @param patterns as [#has] has them
    public @Nullable Path nearest(List<String> patterns) {
        return nearest(folder -> has(folder, patterns));
    }

    /// The nearest folder that has a file of `wanted`, if no folder before it, and not itself, has
    /// one of `others`; null for none.
    public @Nullable Path nearest(List<String> wanted, List<String> others) {
        var found = nearest(folder -> has(folder, wanted) || has(folder, others));
        return found == null || has(found, others) ? null : found;
    }

    /// The folders, the document's own first.
    List<Path> folders() {
        return folders;
    }

    /// The root, links resolved.
    public Path root() {
        return root;
    }

    private @Nullable Path nearest(Predicate<Path> isIt) {
        return folders.stream().filter(isIt).findFirst().orElse(null);
    }

    /// Whether the folder has a file of one of the patterns.
    ///
    /// @param patterns a path relative to the folder, or a name with one `*` for any part of it
    private boolean has(Path folder, List<String> patterns) {
        return patterns.stream()
                .anyMatch(pattern ->
                        pattern.indexOf('*') < 0
                                ? isInside(folder.resolve(pattern))
                                : isInside(folder) && hasNameLike(folder, pattern));
    }

    /// Whether a place exists and lies in the workspace, links followed.
    boolean isInside(Path place) {
        try {
            return place.toRealPath().startsWith(root);
        } catch (IOException _) {
            return false;
        }
    }

    private static boolean hasNameLike(Path folder, String pattern) {
        try (var names = Files.list(folder)) {
            return names.limit(NAMES)
                    .anyMatch(place ->
                            NamePattern.matches(pattern, String.valueOf(place.getFileName())));
        } catch (IOException | UncheckedIOException _) {
            return false;
        }
    }
}
