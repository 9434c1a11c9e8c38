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

/// A change of a document's text by the server: what a tool wrote to its file, a PUT, a carriage
/// return taken out. It is committed like anybody's before it is in the text. Thread-safe.
final class ServerEdit {
    /// How long who asked for it waits for its commit.
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final Function<String, List<Hunk>> change;
    private final CompletableFuture<Result> result = new CompletableFuture<>();

    /// Where it ended: the text's document, or null when there is none.
    private record Result(@Nullable CommittedText text) {}

    /// @param change what to change in the committed text; LF only
    ServerEdit(Function<String, List<Hunk>> change) {
        this.change = change;
    }

    /// Makes another text of the committed one, by as small a change as there is.
    ///
    /// @param change the committed text to the wanted one, LF only; runs on the document's thread
    static ServerEdit to(UnaryOperator<String> change, DocumentContext around) {
        return new ServerEdit(text -> {
            var wanted = change.apply(text);
            return wanted.equals(text)
                    ? List.of()
                    : around.heavy(text.length(), () -> TextEdit.between(text, wanted));
        });
    }

    /// Takes every carriage return out.
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

    /// Why it failed; null when it did not, or not yet.
    @Nullable Throwable failure() {
        return result.isCompletedExceptionally() ? result.exceptionNow() : null;
    }

    void done(@Nullable CommittedText text) {
        result.complete(new Result(text));
    }

    void failed(RuntimeException why) {
        result.completeExceptionally(why);
    }

    /// Waits for its commit.
    ///
    /// @return the text that it made; null when there is no such document
    /// @throws FailureException why it was not committed; `DOCUMENT_UNAVAILABLE` when it is not
    ///   known yet whether it will be
    @Nullable CommittedText await() throws InterruptedException {
        try {
            return result.get(WAIT.toMillis(), TimeUnit.MILLISECONDS).text();
        } catch (TimeoutException late) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE, Map.of(), late);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        }
    }
}
