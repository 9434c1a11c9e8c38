package dev.qide.server.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Makes connections to one Redis, one after the other. Its threads serve all of them. Thread-safe.
final class RedisConnector implements AutoCloseable {
    /// How long connecting and logging in may take together.
    static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

    /// Commands that wait for an answer; further ones fail.
    private static final int COMMANDS = 10_000;

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final int THREADS = 2;

    private final ClientResources resources;
    private final RedisClient client;

    RedisConnector(RedisAddress address) {
        // The JDK's name resolution, as everything else in the server uses it.
        resources =
                ClientResources.builder()
                        .ioThreadPoolSize(THREADS)
                        .computationThreadPoolSize(THREADS)
                        .addressResolverGroup(DefaultAddressResolverGroup.INSTANCE)
                        .build();
        client = RedisClient.create(resources, uri(address));
        client.setOptions(
                ClientOptions.builder()
                        .autoReconnect(false)
                        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                        .requestQueueSize(COMMANDS)
                        .socketOptions(
                                SocketOptions.builder().connectTimeout(CONNECT_LIMIT).build())
                        .timeoutOptions(TimeoutOptions.enabled(RedisConnection.ANSWER_LIMIT))
                        .build());
    }

    /// Connects and logs in.
    RedisConnection connect() throws RedisConnection.FailedException {
        try {
            return new RedisConnection(client.connect(StringCodec.UTF8));
        } catch (RedisException failure) {
            throw new RedisConnection.FailedException(RedisConnection.failureOf(failure), failure);
        }
    }

    /// Closes the connections and ends the threads.
    @Override
    public void close() {
        client.shutdown(Duration.ZERO, CLOSE_LIMIT);
        var _ = resources.shutdown(0, CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static RedisURI uri(RedisAddress address) {
        var builder =
                RedisURI.builder()
                        .withHost(address.host())
                        .withPort(address.port())
                        .withSsl(address.isSecure())
                        .withDatabase(address.database())
                        .withClientName("qide")
                        .withTimeout(CONNECT_LIMIT);
        var password = address.password().reveal();
        if (!address.user().isEmpty()) {
            builder.withAuthentication(address.user(), password);
        } else if (!password.isEmpty()) {
            builder.withPassword(password.toCharArray());
        }
        return builder.build();
    }
}
