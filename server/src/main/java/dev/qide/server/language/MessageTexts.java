package dev.qide.server.language;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.owner.CpuPool;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Reads and rewrites messages; long ones on the pool for CPU work, since they would hold up the
/// virtual threads' carriers. Thread-safe.
record MessageTexts(CpuPool cpu) {
    private static final int POOL_CHARACTERS = 64 << 10;

    /// @throws FailureException `PARSE_ERROR`, `INVALID_REQUEST`
    MessageHead head(String message) {
        return pooled(message, () -> MessageHead.read(message));
    }

    /// @throws FailureException `PATH_ILLEGAL`
    String rewritten(JsonRewriter rewriter, String message, @Nullable String id) {
        return pooled(message, () -> rewriter.rewritten(message, id));
    }

    /// The answer to a request, without snippets.
    String plain(String answer) {
        return pooled(answer, () -> Snippets.plain(answer));
    }

    /// The whole message as a tree; of a message that was read before.
    JsonObject tree(String message) {
        return pooled(message, () -> JsonParser.parseString(message).getAsJsonObject());
    }

    private <T> T pooled(String message, Callable<T> work) {
        try {
            return message.length() < POOL_CHARACTERS ? work.call() : cpu.call(work);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING, Map.of(), stop);
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
