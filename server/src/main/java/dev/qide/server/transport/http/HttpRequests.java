package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.AcceptedChannels;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.LoggedFailures;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.TransportMetrics;
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

/// Answers every HTTP request that is not a WebSocket handshake, by the one [HttpHandler].
///
/// HEAD is answered as GET without the entity. Whatever the endpoint throws becomes a JSON failure.
/// Thread-safe.
public final class HttpRequests implements Handler {
    /// How much of an entity that the endpoint left unread is read and thrown away, for at most the
    /// time that an entity may pause, so that the client sees the answer instead of a reset.
    private static final int LEFTOVER_BYTES = 80 << 20;

    /// The slowest line on which an entity of any length may come.
    private static final long ENTITY_BYTES_A_SECOND = 4 << 10;

    private static final long LARGE_ENTITY_BYTES = 32 << 20;

    /// When to ask again after an answer 503, in seconds.
    private static final String RETRY_AFTER = "1";

    private final RequestMemory memory;
    private final ResponseSender sender;
    private final HttpHandler handler;
    private final RequestHeadParser requestHeadParser;
    private final TransportMetrics metrics;
    private final AcceptedChannels channels;
    private final TransportLimits.Connections limits;

    /// @param memoryBytes what all entities, coming and going, may hold in memory together; beyond
    ///   it requests are answered 503. [RequestMemory#TOTAL_BYTES] at most are used
    public HttpRequests(
            HttpHandler handler,
            RequestHeadParser requestHeadParser,
            TransportMetrics metrics,
            AcceptedChannels channels,
            long memoryBytes) {
        memory = new RequestMemory(Math.min(memoryBytes, RequestMemory.TOTAL_BYTES));
        this.handler = handler;
        this.requestHeadParser = requestHeadParser;
        this.metrics = metrics;
        this.channels = channels;
        this.limits = channels.limits();
        sender = new ResponseSender(limits.entityWait());
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        long began = System.nanoTime();
        var channel = ClientConnection.channelOf(request.remotePeer());
        var body = new TimedBody(request.content().inputStream(), channel);
        var share = memory.of(channel.remote().getAddress().getHostAddress());
        var detector = new DisconnectDetector(channel, () -> !isLeftOver(request), share);
        var counted = new AtomicReference<Runnable>(() -> {});
        try {
            var wanted =
                    share.tryHold(entityBytes(request))
                            ? answer(request, body, detector, counted)
                            : overloaded();
            detector.answered();
            if (isLeftOver(request) || isLast(request) || detector.isWatched()) {
                response.header(HeaderValues.CONNECTION_CLOSE);
            }
            send(wanted, isHead(request), response, channel, share);
        } finally {
            share.close();
            counted.get().run();
            detector.answered();
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
        if (isLast(request) || detector.isWatched()) {
            // The host keeps the connection open even after it has said that it closes it.
            throw new CloseConnectionException("the client asked for the end");
        }
        channel.expectWithin(limits.idleWait());
    }

    /// Sends the answer, which counts as long as the client takes to read it.
    private void send(
            HttpHandler.Answer wanted,
            boolean isHead,
            ServerResponse response,
            AcceptedChannel channel,
            RequestMemory.Share share) {
        try (var _ = ResponseSender.closing(wanted.content())) {
            var answer = hasRoom(wanted, share) ? wanted : overloaded();
            sender.send(answer, isHead, response, channel);
        } catch (IOException failure) {
            throw new CloseConnectionException("the answer was cut short", failure);
        } finally {
            channel.expectNothing();
        }
    }

    private static boolean hasRoom(HttpHandler.Answer answer, RequestMemory.Share share) {
        try {
            share.hold(ResponseSender.heldBytes(answer.content()));
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
        // An endpoint reads no more than its own bound, whatever is announced.
        return Math.min(
                LARGE_ENTITY_BYTES, request.headers().contentLength().orElse(LARGE_ENTITY_BYTES));
    }

    private static HttpHandler.Answer overloaded() {
        return failure(FailureBody.of(new FailureException(Failure.SERVER_CANCELLED)));
    }

    /// @param counted set to what is to be run once the answer was sent
    private HttpHandler.Answer answer(
            ServerRequest request,
            InputStream body,
            DisconnectDetector detector,
            AtomicReference<Runnable> counted) {
        try {
            var head =
                    requestHeadParser.read(
                            request.prologue(), request.headers(), request.remotePeer());
            detector.knownAs(head.remoteAddress());
            counted.set(
                    channels.asks(
                            ClientConnection.channelOf(request.remotePeer()),
                            InetAddress.ofLiteral(head.remoteAddress())));
            if ("websocket".equalsIgnoreCase(head.header("upgrade"))) {
                throw new FailureException(Failure.INVALID_REQUEST);
            }
            return handler.answer(new HttpHandler.Request(asGet(head), body, detector));
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
                                    "transport.request_failed", "a request failed", failure)));
        }
    }

    /// `Range` means something to GET alone (RFC 9110, section 14.2).
    private static RequestHead asGet(RequestHead head) {
        if (!head.method().equals("HEAD")) {
            return head;
        }
        var headers = new HashMap<>(head.headers());
        headers.remove("range");
        return new RequestHead(
                "GET",
                head.path(),
                head.rawPath(),
                head.query(),
                headers,
                head.remoteAddress(),
                head.isSecure());
    }

    private static HttpHandler.Answer failure(FailureBody body) {
        int status = body.failure().httpStatus();
        var answer = HttpHandler.Answer.json(status, body.toJson());
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
    /// then would otherwise hold the connection, and what the endpoint holds, for ever.
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
