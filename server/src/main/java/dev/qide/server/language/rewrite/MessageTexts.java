package dev.qide.server.language.rewrite;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Reads and rewrites messages. Long ones are processed on the pool for CPU work, because they
/// would block the carriers of virtual threads. Thread-safe.
public record MessageTexts(CpuPool cpu) {
    private static final int POOL_CHARACTERS = 64 << 10;

    /// @throws FailureException `PARSE_ERROR`, `INVALID_REQUEST`, `MESSAGE_TOO_LARGE`
    public JsonRpcEnvelope envelope(String message) {
        return pooled(message, () -> JsonRpcEnvelope.read(message));
    }

    /// Reads the envelope of a message of a ready server; of a long response only the beginning,
    /// since [#answer] checks the rest.
    ///
    /// @throws FailureException `PARSE_ERROR`, `INVALID_REQUEST`, `MESSAGE_TOO_LARGE`
    public JsonRpcEnvelope envelopeOfServer(String message) {
        var response =
                message.length() < POOL_CHARACTERS ? null : JsonRpcEnvelope.ofResponse(message);
        return response == null ? envelope(message) : response;
    }

    /// The strings, numbers and literals directly inside the parameters of a message that have one
    /// of these names, as they are written.
    public List<String> literals(JsonRpcEnvelope envelope, Set<String> names) {
        return pooled(String.valueOf(envelope.params()), () -> envelope.literals(names));
    }

    /// @throws FailureException `PARSE_ERROR`, `PATH_ILLEGAL`, `MESSAGE_TOO_LARGE`
    public String rewritten(JsonRewriter rewriter, String message, @Nullable String id) {
        return pooled(message, () -> rewriter.rewritten(message, id));
    }

    /// Rewrites a server's answer for its client, and checks that the whole answer is JSON.
    ///
    /// @param id the literal of the client's id
    /// @param origin the language with which to mark the items ([JsonRewriter]); null for none
    /// @throws FailureException `PARSE_ERROR`, `INVALID_REQUEST`, `MESSAGE_TOO_LARGE`
    public String answer(
            JsonRewriter rewriter, String message, String id, @Nullable String origin) {
        return pooled(message, () -> rewriter.answer(message, id, origin));
    }

    /// Corrects the language id of a `textDocument/didOpen`; returns other messages unchanged.
    ///
    /// @param correct maps the URI and the language id to the right language id; null keeps it
    public String opened(String message, BiFunction<String, String, @Nullable String> correct) {
        try {
            return pooled(message, () -> LanguageIdCorrection.corrected(message, correct));
        } catch (FailureException _) {
            return message; // Its reader reports the failure.
        }
    }

    /// Replaces the snippets in the answer to a request.
    ///
    /// @throws FailureException `PARSE_ERROR`
    public String plain(String answer) {
        return pooled(answer, () -> Snippets.plain(answer));
    }

    /// Parses a message that has been checked before.
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
