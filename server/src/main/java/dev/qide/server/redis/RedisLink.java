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
final class RedisLink implements AutoCloseable {
    /// How long a command may take.
    static final Duration ANSWER_LIMIT = Duration.ofMillis(500);

    private final StatefulRedisConnection<String, String> connection;

    /// Receives the result of a script.
    interface Receiver {
        /// @param number the script's answer; unspecified after a failure
        /// @param loss null when the script ran
        void receive(long number, @Nullable RedisLoss loss);
    }

    /// Thrown when Redis cannot be used.
    static final class RedisLostException extends Exception {
        private static final long serialVersionUID = 1;
        private final RedisLoss loss;

        RedisLostException(RedisLoss loss, Throwable cause) {
            super(cause);
            this.loss = loss;
        }

        RedisLoss loss() {
            return loss;
        }
    }

    RedisLink(StatefulRedisConnection<String, String> connection) {
        this.connection = connection;
    }

    /// Runs a script whose answer is a number; never waits. The receiver is called once, on a
    /// thread of the connection or on the caller's, and must not block.
    void run(String script, String key, String[] arguments, Receiver receiver) {
        try {
            connection
                    .async()
                    .<String>eval(script, ScriptOutputType.VALUE, new String[] {key}, arguments)
                    .whenComplete((answer, failure) -> {
                        if (failure == null) {
                            receiver.receive(Long.parseLong(answer), null);
                        } else {
                            receiver.receive(0, lossOf(failure));
                        }
                    });
        } catch (RedisException failure) {
            receiver.receive(0, lossOf(failure));
        }
    }

    @Override
    public void close() {
        var _ = connection.closeAsync();
    }

    static RedisLoss lossOf(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisCommandExecutionException) {
                return RedisLoss.REFUSED;
            }
            if (cause instanceof RedisCommandTimeoutException) {
                return RedisLoss.SILENT;
            }
        }
        return RedisLoss.UNREACHABLE;
    }
}
