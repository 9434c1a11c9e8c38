package dev.qide.server.socket;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HashMap;
import java.util.concurrent.atomic.AtomicReference;

/// Answers every HTTP request that is not a WebSocket handshake, by the one [HttpDoor].
///
/// HEAD is answered as GET without the entity. Whatever the door throws becomes a JSON failure.
/// Thread-safe.
final class HttpRequests implements Handler {
    /// How much of an entity that the door left unread is read and thrown away, for at most the
    /// time that an entity may pause, so that the client sees the answer instead of a reset.
    private static final int LEFTOVER_BYTES = 80 << 20;

    /// The slowest line on which an entity of any length may come.
    private static final long ENTITY_BYTES_A_SECOND = 4 << 10;

    private static final long LARGE_ENTITY_BYTES = 32 << 20;

    /// When to ask again after an answer 503, in seconds.
    private static final String RETRY_AFTER = "1";

    private final AnswerMemory memory;
    private final AnswerSender sender;
    private final HttpDoor door;
    private final Heads heads;
    private final SocketMetrics metrics;
    private final AcceptedChannels channels;
    private final SocketLimits.Connections limits;

    /// @param memoryBytes what all entities, coming and going, may hold in memory together; beyond
    ///   it requests are answered 503. [AnswerMemory#TOTAL_BYTES] at most are used
    HttpRequests(
            HttpDoor door,
            Heads heads,
            SocketMetrics metrics,
            AcceptedChannels channels,
            long memoryBytes) {
        memory = new AnswerMemory(Math.min(memoryBytes, AnswerMemory.TOTAL_BYTES));
        this.door = door;
        this.heads = heads;
        this.metrics = metrics;
        this.channels = channels;
        this.limits = channels.limits();
        sender = new AnswerSender(limits.entityWait());
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        long began = System.nanoTime();
        var channel = ClientConnection.channelOf(request.remotePeer());
        var body = new TimedBody(request.content().inputStream(), channel);
        var share = memory.of(channel.remote().getAddress().getHostAddress());
        var asker = new ChannelAsker(channel, () -> !isLeftOver(request), share);
        var counted = new AtomicReference<Runnable>(() -> {});
        try {
            var wanted =
                    share.tryHold(entityBytes(request))
                            ? answer(request, body, asker, counted)
                            : overloaded();
            asker.answered();
            if (isLeftOver(request) || isLast(request) || asker.isWatched()) {
                response.header(HeaderValues.CONNECTION_CLOSE);
            }
            send(wanted, isHead(request), response, channel, share);
        } finally {
            share.close();
            counted.get().run();
            asker.answered();
            metrics.answered(response.status().code(), System.nanoTime() - began);
        }
        if (isLeftOver(request)) {
            // Who asked first whether the entity is wanted (Expect: 100-continue) has its answer;
            // a read now would ask for it all the same.
            if (!request.headers().contains(HeaderNames.EXPECT)) {
                discard(body);
            }
            throw new CloseConnectionException("the entity was not wanted");
        }
        if (isLast(request) || asker.isWatched()) {
            // The host keeps the connection open even after it has said that it closes it.
            throw new CloseConnectionException("the client asked for the end");
        }
        channel.expectWithin(limits.idleWait());
    }

    /// Sends the answer, which counts as long as the client takes to read it.
    private void send(
            HttpDoor.Answer wanted,
            boolean isHead,
            ServerResponse response,
            AcceptedChannel channel,
            AnswerMemory.Share share) {
        try (var _ = AnswerSender.closing(wanted.content())) {
            var answer = hasRoom(wanted, share) ? wanted : overloaded();
            sender.send(answer, isHead, response, channel);
        } catch (IOException failure) {
            throw new CloseConnectionException("the answer was cut short", failure);
        } finally {
            channel.expectNothing();
        }
    }

    private static boolean hasRoom(HttpDoor.Answer answer, AnswerMemory.Share share) {
        try {
            share.hold(AnswerSender.heldBytes(answer.content()));
            return true;
        } catch (FailureException _) {
            return false;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("the server stops", stop);
        }
    }

    private static boolean isHead(ServerRequest request) {
        return request.prologue().method().text().equals("HEAD");
    }

    private static boolean isLeftOver(ServerRequest request) {
        return request.content().hasEntity() && !request.content().consumed();
    }

    private static boolean isLast(ServerRequest request) {
        return request.headers().contains(HeaderValues.CONNECTION_CLOSE);
    }

    /// What the entity of a request may take; one of unknown length counts as a large one.
    private static long entityBytes(ServerRequest request) {
        if (!request.content().hasEntity()) {
            return 0;
        }
        // A door reads no more than its own bound, whatever is announced.
        return Math.min(
                LARGE_ENTITY_BYTES, request.headers().contentLength().orElse(LARGE_ENTITY_BYTES));
    }

    private static HttpDoor.Answer overloaded() {
        return failure(FailureBody.of(new FailureException(Failure.SERVER_CANCELLED)));
    }

    /// @param counted set to what is to be run once the answer was sent
    private HttpDoor.Answer answer(
            ServerRequest request,
            InputStream body,
            ChannelAsker asker,
            AtomicReference<Runnable> counted) {
        try {
            var head = heads.read(request.prologue(), request.headers(), request.remotePeer());
            asker.knownAs(head.remoteAddress());
            counted.set(
                    channels.asks(
                            ClientConnection.channelOf(request.remotePeer()),
                            InetAddress.ofLiteral(head.remoteAddress())));
            if ("websocket".equalsIgnoreCase(head.header("upgrade"))) {
                throw new FailureException(Failure.INVALID_REQUEST);
            }
            return door.answer(new HttpDoor.Request(asGet(head), body, asker));
        } catch (FailureException failed) {
            return failure(FailureBody.of(failed));
        } catch (NoSuchFileException _) {
            return failure(FailureBody.of(new FailureException(Failure.FILE_UNKNOWN)));
        } catch (CloseConnectionException | RequestException ended) {
            throw ended;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("the server stops", stop);
        } catch (IOException | RuntimeException failure) {
            if (isGone(failure)) {
                throw new CloseConnectionException("the client left", failure);
            }
            return failure(
                    FailureBody.internal(
                            LoggedFailures.log(
                                    "socket.request_failed", "a request failed", failure)));
        }
    }

    /// `Range` means something to GET alone (RFC 9110, section 14.2).
    private static Handshake asGet(Handshake head) {
        if (!head.method().equals("HEAD")) {
            return head;
        }
        var headers = new HashMap<>(head.headers());
        headers.remove("range");
        return new Handshake(
                "GET",
                head.path(),
                head.rawPath(),
                head.query(),
                headers,
                head.remoteAddress(),
                head.isSecure());
    }

    private static HttpDoor.Answer failure(FailureBody body) {
        int status = body.failure().httpStatus();
        var answer = HttpDoor.Answer.json(status, body.toJson());
        return status == 503 ? answer.with("Retry-After", RETRY_AFTER) : answer;
    }

    private static boolean isGone(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketException
                    || cause instanceof ClosedChannelException
                    || cause instanceof DataReader.InsufficientDataAvailableException) {
                return true;
            }
        }
        return false;
    }

    private void discard(InputStream body) {
        var dropped = new byte[8 << 10];
        long end = System.nanoTime() + limits.entityWait().toNanos();
        try {
            for (int left = LEFTOVER_BYTES; left > 0 && System.nanoTime() - end < 0; ) {
                int read = body.read(dropped, 0, Math.min(left, dropped.length));
                left -= read < 0 ? left : read;
            }
        } catch (IOException | RuntimeException _) {
            // It ended or is no entity at all, which is as good.
        }
    }

    /// A request's entity: it has to come at a rate that any line has. Who sends a byte now and
    /// then would otherwise hold the connection, and what the door holds, for ever.
    private final class TimedBody extends FilterInputStream {
        private final AcceptedChannel channel;
        private final long began = System.nanoTime();
        private long bytes;

        TimedBody(InputStream entity, AcceptedChannel channel) {
            super(entity);
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            var earned = Duration.ofSeconds(bytes / ENTITY_BYTES_A_SECOND);
            var spent = Duration.ofNanos(System.nanoTime() - began);
            var left = limits.entityWait().plus(earned).minus(spent);
            channel.expectWithin(
                    left.compareTo(limits.entityWait()) < 0 ? left : limits.entityWait());
            try {
                int read = super.read(into, offset, length);
                bytes += Math.max(read, 0);
                return read;
            } finally {
                channel.expectNothing();
            }
        }
    }
}
