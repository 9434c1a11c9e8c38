package dev.qide.server;

import dev.qide.server.language.Declarations;
import dev.qide.server.language.LanguageRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The start of the runtime of language servers, on a thread of its own. It mostly waits for other
/// processes, as the start of the database does, and runs beside it.
final class LanguageRuntimeStart implements AutoCloseable {
    static final String SEARCH_PATH = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");

    /// More than the limits of all processes that the runtime waits for.
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final FutureTask<LanguageRuntime> start;

    /// Begins the start.
    ///
    /// @param tools the folder with the installed language servers
    LanguageRuntimeStart(Declarations declarations, Path tools) {
        start = new FutureTask<>(() -> LanguageRuntime.start(declarations, tools, SEARCH_PATH));
        var _ = Thread.ofPlatform().name("language-runtime").daemon().start(start);
    }

    /// Waits until the runtime has started.
    LanguageRuntime runtime() throws InterruptedException {
        try {
            return start.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            throw new IllegalStateException(
                    "the runtime of language servers did not start", failure);
        }
    }

    /// Ends the start, or closes the runtime that has started.
    @Override
    public void close() {
        if (start.cancel(true)) {
            return;
        }
        try {
            runtime().close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
