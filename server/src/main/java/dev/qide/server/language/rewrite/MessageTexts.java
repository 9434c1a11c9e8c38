package dev.qide.server.language.rewrite;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Reads and rewrites messages; long ones on the pool for CPU work, since they would hold up the
/// virtual threads' carriers. Thread-safe.
public record MessageTexts(CpuPool cpu) {
    private static final int POOL_CHARACTERS = 64 << 10;

    /// @throws FailureException `PARSE_ERROR`, `INVALID_REQUEST`
    public JsonRpcEnvelope envelope(String message) {
        return pooled(message, () -> JsonRpcEnvelope.read(message));
    }

    /// @throws FailureException `PATH_ILLEGAL`
    public String rewritten(JsonRewriter rewriter, String message, @Nullable String id) {
        return pooled(message, () -> rewriter.rewritten(message, id));
    }

    /// An answer of a server, for its client.
    ///
    /// @param id the literal of the client's id
    /// @param origin the language that its items are marked with ([JsonRewriter]), null for none
    public String answer(
            JsonRewriter rewriter, String message, String id, @Nullable String origin) {
        return pooled(message, () -> rewriter.rewritten(message, id, origin));
    }

    /// The message with the right language id, if it is a `textDocument/didOpen`.
    ///
    /// @param correct gets the URI and the language id, and gives the right one; null to leave it
    public String opened(String message, BiFunction<String, String, @Nullable String> correct) {
        try {
            return pooled(message, () -> OpenedLanguage.corrected(message, correct));
        } catch (FailureException _) {
            return message; // Its reader says what is wrong with it.
        }
    }

    /// The answer to a request, without snippets.
    public String plain(String answer) {
        return pooled(answer, () -> Snippets.plain(answer));
    }

    /// The whole message as a tree; of a message that was read before.
    public JsonObject tree(String message) {
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
