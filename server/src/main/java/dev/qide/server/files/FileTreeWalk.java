package dev.qide.server.files;

import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lists a workspace without following links. Owned by one thread.
final class FileTreeWalk extends SimpleFileVisitor<Path> {
    private static final int TREE_DEPTH = 64;

    private final Path root;
    private final int limit;
    private final IgnoreRules rules;
    private final List<FileTree.Entry> entries = new ArrayList<>();
    private boolean isCut;

    private FileTreeWalk(Path root, IgnoreRules rules, int limit) {
        this.root = root;
        this.limit = limit;
        this.rules = rules;
    }

    /// @param limit how many entries at most
    static FileTree of(Path root, IgnoreRules rules, int limit) throws IOException {
        var walk = new FileTreeWalk(root, rules, limit);
        Files.walkFileTree(root, EnumSet.noneOf(FileVisitOption.class), TREE_DEPTH, walk);
        walk.entries.sort(Comparator.comparing(FileTree.Entry::path));
        return new FileTree(walk.entries, walk.isCut);
    }

    /// The paths of the files in a folder, relative to it, without what is ignored.
    ///
    /// @param limit how many files and folders are looked at
    static List<String> filesBelow(Path root, IgnoreRules rules, WorkspacePath folder, int limit) {
        var walk = new FileTreeWalk(root, rules, limit);
        try {
            Files.walkFileTree(
                    Folders.resolve(root, folder.value()),
                    EnumSet.noneOf(FileVisitOption.class),
                    TREE_DEPTH,
                    walk);
        } catch (IOException failure) {
            throw Folders.notDone(failure);
        }
        return walk.entries.stream()
                .filter(entry -> entry.kind() == FileTree.Kind.FILE && !entry.isIgnored())
                .map(entry -> entry.path().substring(folder.value().length() + 1))
                .toList();
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
        if (folder.equals(root)) {
            return FileVisitResult.CONTINUE;
        }
        return add(folder, FileTree.Kind.FOLDER, 0);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (attributes.isDirectory()) {
            isCut = true;
            return add(file, FileTree.Kind.FOLDER, 0);
        }
        var kind =
                attributes.isSymbolicLink()
                        ? FileTree.Kind.LINK
                        : attributes.isRegularFile() ? FileTree.Kind.FILE : FileTree.Kind.OTHER;
        return add(file, kind, kind == FileTree.Kind.FILE ? attributes.size() : 0);
    }

    /// What cannot be looked at is left out: it may be gone again, or not ours to read.
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) {
        return FileVisitResult.CONTINUE;
    }

    private FileVisitResult add(Path found, FileTree.Kind kind, long bytes) {
        if (entries.size() >= limit) {
            isCut = true;
            return FileVisitResult.TERMINATE;
        }
        var path = root.relativize(found).toString();
        boolean isFolder = kind == FileTree.Kind.FOLDER;
        if (Disk.isTemporary("" + found.getFileName())) {
            return FileVisitResult.CONTINUE;
        }
        try {
            var legal = new WorkspacePath(path);
            boolean isIgnored = rules.isItselfIgnored(legal.value(), isFolder);
            entries.add(new FileTree.Entry(path, kind, bytes, isIgnored));
            return isIgnored && isFolder ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        } catch (FailureException _) {
            // A name that cannot be said here; it stays on disk.
            return isFolder ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }
    }
}
