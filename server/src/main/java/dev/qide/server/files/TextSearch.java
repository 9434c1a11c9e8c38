package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Finds text in the files of a workspace: in the committed text of a document if the disk does not
/// have it yet, else in the file. Leaves out ignored files, files above the size of a shared text,
/// and files that are not text. Thread-safe.
///
/// Matching runs on the CPU pool and is bounded in time as a whole, so that an exploding expression
/// is stopped anywhere. [SearchPattern] refuses the expressions that this would not stop.
public final class TextSearch {
    /// The default maximum number of matches.
    public static final int MATCHES = 1_000;

    /// The largest number of matches that a query may ask for.
    public static final int MATCHES_AT_MOST = 10_000;

    /// The maximum number of characters in the paths and lines of all matches.
    private static final int RESULT_CHARACTERS = 2 << 20;

    private static final Duration LONGEST = Duration.ofSeconds(5);

    /// The maximum number of concurrent searches.
    public static final int SEARCHES_AT_ONCE = 4;

    private static final int LINE_CHARACTERS = 240;
    private static final int BEFORE_CHARACTERS = 60;

    /// The maximum length of the returned lines of a match over several lines.
    private static final int LINES_CHARACTERS = 2_000;

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final FileSync sync;
    private final Collaboration documents;
    private final Duration longest;
    private final Semaphore running = new Semaphore(SEARCHES_AT_ONCE);

    /// One match.
    ///
    /// @param line from 0
    /// @param character in the line, UTF-16 units from 0
    /// @param length UTF-16 units, to the end of the line at most
    /// @param endLine the line of the end, from 0
    /// @param endCharacter the end in that line, exclusive
    /// @param text the line, or the part of it around the match; of a match over several lines all
    ///   of them, truncated to a bound
    /// @param textCharacter the position of the match in `text`
    public record Match(
            String path,
            int line,
            int character,
            int length,
            int endLine,
            int endCharacter,
            String text,
            int textCharacter) {}

    /// The result of a search.
    ///
    /// @param files the number of searched files
    /// @param end why the search stopped early; null when everything was searched
    public record Result(List<Match> matches, int files, @Nullable End end) {
        public Result {
            matches = List.copyOf(matches);
        }
    }

    /// Why a search stopped before everything was searched.
    public enum End {
        MATCHES,
        TIME,
        FILES
    }

    public TextSearch(
            WorkspaceRegistry workspaces,
            WorkspaceFiles files,
            FileSync sync,
            Collaboration documents) {
        this(workspaces, files, sync, documents, LONGEST);
    }

    TextSearch(
            WorkspaceRegistry workspaces,
            WorkspaceFiles files,
            FileSync sync,
            Collaboration documents,
            Duration longest) {
        this.workspaces = workspaces;
        this.files = files;
        this.sync = sync;
        this.documents = documents;
        this.longest = longest;
    }

    /// Searches.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `INVALID_PARAMS` when the expression or the
    ///   glob is malformed, `SERVER_CANCELLED` when four other searches are running
    public Result find(String workspace, SearchPattern.Query query) throws InterruptedException {
        return find(workspace, query, _ -> {});
    }

    /// Searches as [#find(String, SearchPattern.Query)].
    ///
    /// @param cancelling receives a task that ends the search early, for a client that has gone
    public Result find(String workspace, SearchPattern.Query query, Consumer<Runnable> cancelling)
            throws InterruptedException {
        if (query.limit() < 1 || query.limit() > MATCHES_AT_MOST) {
            throw new FailureException(
                    Failure.INVALID_PARAMS,
                    Map.of("parameter", "limit", "reason", "1 to " + MATCHES_AT_MOST));
        }
        var found = workspaces.named(workspace);
        var deadline = new Deadline(System.nanoTime() + longest.toNanos());
        var pattern = new SearchPattern(query, deadline);
        if (!running.tryAcquire()) {
            throw new FailureException(Failure.SERVER_CANCELLED);
        }
        try {
            cancelling.accept(deadline::cancel);
            return new Searching(found, pattern, query.limit(), deadline)
                    .run(files.list(workspace));
        } finally {
            running.release();
        }
    }

    private record MatchedLine(String path, int number, int start, int end) {}

    private final class Searching {
        private final Workspace workspace;
        private final SearchPattern pattern;
        private final int limit;
        private final Deadline deadline;
        private int characters;
        private final List<Match> matches = new ArrayList<>();
        private int searched;

        Searching(Workspace workspace, SearchPattern pattern, int limit, Deadline deadline) {
            this.workspace = workspace;
            this.pattern = pattern;
            this.limit = limit;
            this.deadline = deadline;
        }

        Result run(FileTree tree) throws InterruptedException {
            try {
                for (var entry : tree.entries()) {
                    if (isWanted(entry) && pattern.isIn(entry.path())) {
                        search(entry.path());
                        deadline.check();
                    }
                    if (isFull()) {
                        return new Result(matches, searched, End.MATCHES);
                    }
                }
            } catch (Deadline.DeadlineExceeded _) {
                return new Result(matches, searched, End.TIME);
            } catch (StackOverflowError deep) {
                throw new FailureException(
                        Failure.INVALID_PARAMS, Map.of("reason", "expression-too-deep"), deep);
            }
            return new Result(matches, searched, tree.isTruncated() ? End.FILES : null);
        }

        private boolean isFull() {
            return matches.size() >= limit || characters >= RESULT_CHARACTERS;
        }

        private boolean isWanted(FileTree.Entry entry) {
            return entry.kind() == FileTree.Kind.FILE
                    && !entry.isIgnored()
                    && entry.bytes() <= TextFile.SHARED_TEXT_BYTES;
        }

        private void search(String path) throws InterruptedException {
            var typed =
                    sync.isSynced(workspace.id(), path)
                            ? null
                            : documents.committedText(workspace.id(), path);
            if (typed != null) {
                searched++;
                var _ = files.compute(Integer.MAX_VALUE, () -> search(path, typed.text()));
                return;
            }
            var bytes = bytesOrNull(path);
            if (bytes != null && isText(bytes)) {
                var _ =
                        files.compute(
                                Integer.MAX_VALUE,
                                () -> search(path, TextFile.decoded(bytes).text()));
            }
        }

        private boolean isText(byte[] bytes) {
            try {
                var _ = files.compute(bytes.length, () -> TextFile.decoded(bytes));
                searched++;
                return true;
            } catch (FailureException binary) {
                return false;
            }
        }

        /// Files that disappeared or changed their kind meanwhile are left out.
        private byte @Nullable [] bytesOrNull(String path) {
            try {
                return files.disk(workspace)
                        .read(new WorkspacePath(path), TextFile.SHARED_TEXT_BYTES);
            } catch (FailureException _) {
                return null;
            }
        }

        private boolean search(String path, String text) {
            var matcher = pattern.matcher(deadline.exceeded(text));
            int line = 0;
            int lineStart = 0;
            int lineEnd = endOfLine(text, 0);
            while (!isFull() && matcher.find()) {
                if (matcher.end() == matcher.start()) {
                    deadline.check();
                    continue;
                }
                for (; lineEnd < matcher.start(); lineEnd = endOfLine(text, lineStart)) {
                    line++;
                    lineStart = lineEnd + 1;
                }
                var found = new MatchedLine(path, line, lineStart, lineEnd);
                var match = match(found, text, matcher.start(), matcher.end());
                characters += match.path().length() + match.text().length();
                matches.add(match);
            }
            return true;
        }

        private static int endOfLine(String text, int start) {
            int found = text.indexOf('\n', start);
            return found < 0 ? text.length() : found;
        }

        private Match match(MatchedLine line, String text, int start, int end) {
            int lineStart = line.start();
            int lineEnd = line.end();
            int endLine = line.number();
            int endLineStart = lineStart;
            int endLineEnd = lineEnd;
            for (; endLineEnd < end; endLineEnd = endOfLine(text, endLineStart)) {
                endLine++;
                endLineStart = endLineEnd + 1;
            }
            int from = Math.max(lineStart, start - BEFORE_CHARACTERS);
            if (lineEnd - lineStart <= LINE_CHARACTERS) {
                from = lineStart;
            } else if (from > lineStart && Character.isLowSurrogate(text.charAt(from))) {
                from--;
            }
            int to =
                    endLine == line.number()
                            ? Math.min(lineEnd, from + LINE_CHARACTERS)
                            : Math.min(endLineEnd, from + LINES_CHARACTERS);
            if (to < endLineEnd && Character.isLowSurrogate(text.charAt(to))) {
                to--;
            }
            int length = Math.min(end, Math.max(lineEnd, start + 1)) - start;
            return new Match(
                    line.path(),
                    line.number(),
                    start - lineStart,
                    length,
                    endLine,
                    end - endLineStart,
                    text.substring(from, to),
                    start - from);
        }
    }
}
