package dev.qide.server.files.disk;

import dev.qide.server.files.Disk;
import dev.qide.server.files.FileTree;
import dev.qide.server.files.IgnoreRules;
import dev.qide.server.files.WorkspacePath;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Lists the files of a workspace without following links. Owned by one thread.
public final class FileTreeWalk implements FolderWalk.Visitor {
    private final int limit;
    private final IgnoreRules rules;
    private final List<FileTree.Entry> entries = new ArrayList<>();

    /// Ignored folders that contain files which git tracks.
    private final Set<String> tracked = new HashSet<>();

    private boolean isTruncated;

    private FileTreeWalk(IgnoreRules rules, int limit) {
        this.limit = limit;
        this.rules = rules;
    }

    /// @param limit the maximum number of entries
    public static FileTree of(Path root, IgnoreRules rules, int limit) throws IOException {
        var walk = new FileTreeWalk(rules, limit);
        FolderWalk.through(root, walk);
        walk.entries.sort(Comparator.comparing(FileTree.Entry::path));
        return new FileTree(walk.entries, walk.isTruncated);
    }

    /// The paths of the files in a folder, relative to it, without ignored ones.
    ///
    /// @param limit the maximum number of files and folders to visit
    public static List<String> filesBelow(
            Path root, IgnoreRules rules, WorkspacePath folder, int limit) {
        var walk = new FileTreeWalk(rules, limit);
        try {
            FolderWalk.below(root, folder, walk);
        } catch (FailureException failure) {
            if (failure.failure() == Failure.REQUEST_FAILED) {
                throw failure;
            }
            // The folder has been renamed or deleted: it has no content.
        }
        return walk.entries.stream()
                .filter(entry -> entry.kind() == FileTree.Kind.FILE && !entry.isIgnored())
                .map(entry -> entry.path().substring(folder.value().length() + 1))
                .toList();
    }

    @Override
    public FolderWalk.Next visit(
            String path,
            BasicFileAttributes attributes,
            SecureDirectoryStream<Path> above,
            Path name) {
        if (entries.size() >= limit) {
            isTruncated = true;
            return FolderWalk.Next.STOP;
        }
        if (Disk.isTemporary("" + name)) {
            return FolderWalk.Next.SKIP;
        }
        var kind = FileTree.Kind.of(attributes);
        boolean isFolder = kind == FileTree.Kind.FOLDER;
        try {
            var legal = new WorkspacePath(path);
            boolean isBelowTracked = tracked.contains(legal.folder());
            var verdict =
                    rules.verdict(
                            path,
                            isFolder,
                            isBelowTracked
                                    ? IgnoreRules.Verdict.TRACKED
                                    : IgnoreRules.Verdict.SHARED);
            boolean isIgnored = verdict == IgnoreRules.Verdict.IGNORED;
            if (isFolder && verdict == IgnoreRules.Verdict.TRACKED) {
                tracked.add(path + "/");
            }
            long bytes = kind == FileTree.Kind.FILE ? attributes.size() : 0;
            entries.add(new FileTree.Entry(path, kind, bytes, isIgnored));
            return isIgnored ? FolderWalk.Next.SKIP : FolderWalk.Next.ENTER;
        } catch (FailureException _) {
            // The name is not a legal path; the file stays on disk only.
            return FolderWalk.Next.SKIP;
        }
    }

    @Override
    public void tooDeep() {
        isTruncated = true;
    }
}
