package dev.qide.server.collab;

import dev.qide.server.collab.Collaboration.CommittedText;
import dev.qide.server.text.TextEdit;
import dev.qide.server.text.TextEdit.Hunk;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// An edit of a document's text by the server: a change that a tool wrote to the file, a PUT, or
/// the removal of carriage returns. Like every update it is committed before it becomes part of the
/// text. Thread-safe.
final class ServerEdit {
    /// How long the caller waits for the commit.
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final Function<String, List<Hunk>> change;
    private final CompletableFuture<Result> result = new CompletableFuture<>();

    /// The resulting text, or null when there is no document.
    private record Result(@Nullable CommittedText text) {}

    /// @param change maps the committed text to the hunks to apply; LF only
    ServerEdit(Function<String, List<Hunk>> change) {
        this.change = change;
    }

    /// An edit that replaces the committed text with another by a minimal difference.
    ///
    /// @param change maps the committed text to the new one, LF only; runs on the document's thread
    static ServerEdit to(UnaryOperator<String> change, DocumentContext context) {
        return new ServerEdit(text -> {
            var wanted = change.apply(text);
            return wanted.equals(text)
                    ? List.of()
                    : context.heavy(text.length(), () -> TextEdit.between(text, wanted));
        });
    }

    /// An edit that removes every carriage return.
    static ServerEdit withoutCarriageReturns() {
        return new ServerEdit(text -> {
            var hunks = new ArrayList<Hunk>();
            for (int at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) {
                hunks.add(new Hunk(at, 1, ""));
            }
            return hunks;
        });
    }

    List<Hunk> hunks(String committed) {
        return change.apply(committed);
    }

    boolean isDone() {
        return result.isDone();
    }

    /// The reason of the failure; null when it has not failed.
    @Nullable Throwable failure() {
        return result.isCompletedExceptionally() ? result.exceptionNow() : null;
    }

    void done(@Nullable CommittedText text) {
        result.complete(new Result(text));
    }

    void failed(RuntimeException why) {
        result.completeExceptionally(why);
    }

    /// Waits for the commit.
    ///
    /// @return the resulting text; null when there is no such document
    /// @throws FailureException the reason why the edit was not committed; `DOCUMENT_UNAVAILABLE`
    ///   when the outcome is not known in time
    @Nullable CommittedText await() throws InterruptedException {
        try {
            return result.get(WAIT.toMillis(), TimeUnit.MILLISECONDS).text();
        } catch (TimeoutException timeout) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE, Map.of(), timeout);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        }
    }
}
