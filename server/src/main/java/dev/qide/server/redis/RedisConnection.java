package dev.qide.server.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One connection to Redis. It does not connect again by itself, and sends nothing while it is
/// broken. Thread-safe.
final class RedisConnection implements AutoCloseable {
    /// How long a command may take.
    static final Duration ANSWER_LIMIT = Duration.ofMillis(500);

    private final StatefulRedisConnection<String, String> connection;

    /// Receives the result of a script.
    interface Receiver {
        /// @param number the script's answer; unspecified after a failure
        /// @param failure null when the script ran
        void receive(long number, @Nullable RedisFailure failure);
    }

    /// Thrown when Redis cannot be used.
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1;
        private final RedisFailure failure;

        FailedException(RedisFailure failure, Throwable cause) {
            super(cause);
            this.failure = failure;
        }

        RedisFailure failure() {
            return failure;
        }
    }

    RedisConnection(StatefulRedisConnection<String, String> connection) {
        this.connection = connection;
    }

    /// Runs a script whose answer is a number; never waits. The receiver is called once, on a
    /// thread of the connection or on the caller's, and must not block.
    void run(String script, String key, String[] arguments, Receiver receiver) {
        try {
            connection
                    .async()
                    .<String>eval(script, ScriptOutputType.VALUE, new String[] {key}, arguments)
                    .whenComplete((answer, thrown) -> {
                        if (thrown == null) {
                            receiver.receive(Long.parseLong(answer), null);
                        } else {
                            receiver.receive(0, failureOf(thrown));
                        }
                    });
        } catch (RedisException thrown) {
            receiver.receive(0, failureOf(thrown));
        }
    }

    @Override
    public void close() {
        var _ = connection.closeAsync();
    }

    static RedisFailure failureOf(Throwable thrown) {
        for (var cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisCommandExecutionException) {
                return RedisFailure.REFUSED;
            }
            if (cause instanceof RedisCommandTimeoutException) {
                return RedisFailure.SILENT;
            }
        }
        return RedisFailure.UNREACHABLE;
    }
}
