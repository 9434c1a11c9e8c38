package dev.qide.server.collab;

import dev.qide.server.store.BaseChange;
import dev.qide.server.telemetry.Trace;
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
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// An edit of a document's text by the server: a change that a tool wrote to the file, a PUT, or
/// the removal of carriage returns. Like every update it is committed before it becomes part of the
/// text. Thread-safe.
final class ServerEdit {
    /// How long the caller waits for the commit.
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final Function<String, Plan> change;
    private final @Nullable Trace trace = Trace.current();
    private final CompletableFuture<Result> result = new CompletableFuture<>();

    /// The resulting text, or null when there is no document.
    private record Result(@Nullable CommittedText text) {}

    /// The effect of an edit on the committed text.
    ///
    /// @param hunks LF only
    /// @param base the base of file sync to commit with it, or null
    record Plan(List<Hunk> hunks, @Nullable BaseChange base) {
        static final Plan NOTHING = new Plan(List.of(), null);

        /// Replaces the committed text with another by a minimal difference.
        static Plan to(
                String wanted, @Nullable BaseChange base, String text, DocumentContext context) {
            var hunks =
                    wanted.equals(text)
                            ? List.<Hunk>of()
                            : context.runCpuWork(
                                    text.length(), () -> TextEdit.between(text, wanted));
            return new Plan(hunks, base);
        }

        boolean isNoChange() {
            return hunks.isEmpty() && base == null;
        }
    }

    /// @param change maps the committed text to what the edit does; runs on the document's thread
    ServerEdit(Function<String, Plan> change) {
        this.change = change;
    }

    /// An edit that replaces the committed text with another by a minimal difference.
    ///
    /// @param change maps the committed text to the new one, LF only; runs on the document's thread
    /// @param base the base of file sync to commit with the edit, or null
    static ServerEdit to(
            UnaryOperator<String> change, @Nullable BaseChange base, DocumentContext context) {
        return new ServerEdit(text -> Plan.to(change.apply(text), base, text, context));
    }

    /// An edit that removes every carriage return.
    static ServerEdit withoutCarriageReturns() {
        return new ServerEdit(text -> {
            var hunks = new ArrayList<Hunk>();
            for (int at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) {
                hunks.add(new Hunk(at, 1, ""));
            }
            return new Plan(hunks, null);
        });
    }

    Plan plan(String committed) {
        return change.apply(committed);
    }

    /// Completes the edit with the outcome of its row.
    ///
    /// @param committed the text after the row was integrated
    PendingRow.Author author(Supplier<CommittedText> committed) {
        return new PendingRow.Author() {
            @Override
            public @Nullable Trace trace() {
                return trace;
            }

            @Override
            public boolean isRecorded() {
                return trace != null && trace.isRecorded();
            }

            @Override
            public void committed() {
                done(committed.get());
            }

            @Override
            public void refused(Failure why) {
                failed(new FailureException(why));
            }
        };
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

    /// Waits for the commit. An edit that has not begun when its caller stops waiting never begins.
    ///
    /// @return the resulting text; null when there is no such document
    /// @throws FailureException the reason why the edit was not committed; `DOCUMENT_UNAVAILABLE`
    ///   when the outcome is not known in time
    @Nullable CommittedText await() throws InterruptedException {
        try {
            return result.get(WAIT.toMillis(), TimeUnit.MILLISECONDS).text();
        } catch (InterruptedException stop) {
            failed(new FailureException(Failure.DOCUMENT_UNAVAILABLE, Map.of(), stop));
            throw stop;
        } catch (TimeoutException timeout) {
            var unknown = new FailureException(Failure.DOCUMENT_UNAVAILABLE, Map.of(), timeout);
            failed(unknown);
            throw unknown;
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        }
    }
}
