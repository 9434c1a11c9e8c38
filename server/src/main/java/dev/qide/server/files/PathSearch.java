package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;

/// Finds files by a part of their path, as for quick open: the characters in order, with gaps, the
/// best first. Ignored files are left out.
///
/// The listing of a workspace is used again for a second, since people type a query letter by
/// letter. Thread-safe.
public final class PathSearch {
    /// The most paths of an answer.
    public static final int PATHS = 512;

    private static final int QUERY_CHARACTERS = 200;
    private static final Duration LISTING_AGE = Duration.ofSeconds(1);

    /// The workspaces whose listings are in memory.
    private static final int LISTINGS = 16;

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final Map<WorkspaceId, Listing> listings = new ConcurrentHashMap<>();

    private record Listing(List<String> paths, boolean isCut, long at) {
        boolean isFresh() {
            return System.nanoTime() - at < LISTING_AGE.toNanos();
        }
    }

    private record Scored(String path, int score) {}

    /// Better ones last, so that the head of a queue is the first to leave.
    private static final Comparator<Scored> WORST_FIRST =
            Comparator.comparingInt(Scored::score)
                    .thenComparingInt(one -> -one.path().length())
                    .thenComparing(Scored::path, Comparator.reverseOrder());

    /// The result of a search.
    ///
    /// @param paths the best first
    /// @param isCut whether there are more, or more files than are listed
    public record Found(List<String> paths, boolean isCut) {
        public Found {
            paths = List.copyOf(paths);
        }
    }

    public PathSearch(WorkspaceRegistry workspaces, WorkspaceFiles files) {
        this.workspaces = workspaces;
        this.files = files;
    }

    /// Finds files.
    ///
    /// @param query characters of the path; spaces are ignored; empty for all files
    /// @param limit from 1 to [#PATHS]
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `INVALID_PARAMS`
    public Found find(String workspace, String query, int limit) throws InterruptedException {
        if (query.length() > QUERY_CHARACTERS) {
            throw invalid("q", "0 to " + QUERY_CHARACTERS + " characters");
        }
        if (limit < 1 || limit > PATHS) {
            throw invalid("limit", "1 to " + PATHS);
        }
        var listing = listing(workspaces.named(workspace));
        var pattern = new PathPattern(query);
        return files.compute(Integer.MAX_VALUE, () -> best(listing, pattern, limit));
    }

    private static Found best(Listing listing, PathPattern pattern, int limit) {
        var best = new PriorityQueue<>(WORST_FIRST);
        boolean hasMore = false;
        for (var path : listing.paths()) {
            int score = pattern.score(path);
            if (score > PathPattern.NO_MATCH) {
                best.add(new Scored(path, score));
            }
            if (best.size() > limit) {
                var _ = best.remove();
                hasMore = true;
            }
        }
        var paths = new ArrayList<String>(best.size());
        for (var next = best.poll(); next != null; next = best.poll()) {
            paths.add(next.path());
        }
        Collections.reverse(paths);
        return new Found(paths, hasMore || listing.isCut());
    }

    private Listing listing(Workspace workspace) {
        var known = listings.get(workspace.id());
        if (known != null && known.isFresh()) {
            return known;
        }
        var tree = files.list(workspace.name());
        var paths =
                tree.entries().stream()
                        .filter(one -> one.kind() == FileTree.Kind.FILE && !one.isIgnored())
                        .map(FileTree.Entry::path)
                        .toList();
        var listing = new Listing(paths, tree.isTruncated(), System.nanoTime());
        listings.values().removeIf(one -> !one.isFresh());
        if (listings.size() < LISTINGS) {
            listings.put(workspace.id(), listing);
        }
        return listing;
    }

    private static FailureException invalid(String parameter, String reason) {
        return new FailureException(
                Failure.INVALID_PARAMS, Map.of("parameter", parameter, "reason", reason));
    }
}
