package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.AcceptedChannels;
import dev.qide.server.transport.FailureHeaders;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.LoggedFailures;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.TransportMetrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
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
import org.jspecify.annotations.Nullable;

/// Answers every HTTP request that is not a WebSocket handshake, by the one [HttpHandler].
///
/// HEAD is answered as GET without the content. Whatever the endpoint throws becomes a JSON
/// failure. Thread-safe.
public final class HttpRequests {
    /// The maximum amount of unread content that is dropped, for at most the time that content may
    /// pause, so that the client sees the answer instead of a reset.
    private static final int LEFTOVER_BYTES = 80 << 20;

    /// The slowest line on which content of any length may come.
    private static final long CONTENT_BYTES_PER_SECOND = 4 << 10;

    private static final long LARGE_CONTENT_BYTES = 32 << 20;

    /// The maximum time for which a connection whose framing is lost is read after the answer; the
    /// next constant bounds the bytes.
    private static final Duration LINGER = Duration.ofSeconds(2);

    private static final int LINGER_BYTES = 256 << 10;

    /// The methods that at least one endpoint supports.
    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    private final RequestMemory memory;
    private final ResponseSender sender;
    private final HttpHandler handler;
    private final RequestHeadParser requestHeadParser;
    private final TransportMetrics metrics;
    private final AcceptedChannels channels;
    private final TransportLimits.Connections limits;

    /// @param memoryBytes what all content, coming and going, may hold in memory together; beyond
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

    /// Answers one request.
    ///
    /// @return whether a further request may follow on the connection
    /// @throws IOException when the client left, or the answer was cut: the connection ends
    boolean handle(ParsedRequest request, ClientConnection connection) throws IOException {
        long began = System.nanoTime();
        var channel = connection.channel();
        var body = RequestBody.of(request, connection);
        var share = memory.of(channel.remote().getAddress().getHostAddress());
        var detector = new DisconnectDetector(channel, body::isWhole, share);
        var counted = new AtomicReference<Runnable>(() -> {});
        boolean isLast;
        try {
            var head = head(request, channel);
            var overloaded = handler.completed(head, overloaded());
            var wanted =
                    share.tryHold(contentBytes(request))
                            ? handler.completed(
                                    head,
                                    answer(
                                            request,
                                            head,
                                            new TimedBody(body, channel),
                                            detector,
                                            counted))
                            : overloaded;
            if (!(wanted.content() instanceof HttpHandler.Content.Stream)) {
                detector.answered();
            }
            isLast = !body.isWhole() || request.isLast() || detector.isWatched();
            var options =
                    new ResponseSender.ResponseOptions(
                            request.method().equals("HEAD"), request.isHttp10(), isLast);
            boolean isCounted = head == null || !handler.isMonitoring(head);
            send(new Answers(wanted, overloaded, isCounted), options, connection, share, began);
        } finally {
            share.close();
            counted.get().run();
            detector.answered();
        }
        if (!body.isWhole()) {
            // A client that waits for 100 Continue has its answer and sends no content.
            if (!body.isAwaited()) {
                discard(new TimedBody(body, channel));
            }
            if (!body.isWhole()) {
                linger(connection);
            }
        }
        return !isLast;
    }

    /// Answers a request that no endpoint sees. The connection ends with it.
    void refuse(RequestRefusal refusal, ClientConnection connection) throws IOException {
        var options = new ResponseSender.ResponseOptions(false, false, true);
        try {
            sender.send(handler.completed(null, refusal.answer()), options, connection);
        } finally {
            connection.channel().expectNothing();
            metrics.answered(refusal.status(), 0);
        }
        linger(connection);
    }

    /// @param overloaded in place of the wanted answer when there is no memory for that
    /// @param isCounted whether metrics include the answer
    private record Answers(
            HttpHandler.Answer wanted, HttpHandler.Answer overloaded, boolean isCounted) {}

    /// Sends the answer, which counts as long as the client takes to read it.
    ///
    /// @param began when the request came, in nanoseconds
    private void send(
            Answers answers,
            ResponseSender.ResponseOptions options,
            ClientConnection connection,
            RequestMemory.Share share,
            long began)
            throws IOException {
        var wanted = answers.wanted();
        try (var _ = ResponseSender.closing(wanted.content())) {
            var answer = hasRoom(wanted, share) ? wanted : answers.overloaded();
            try {
                sender.send(answer, options, connection);
            } finally {
                if (answers.isCounted()) {
                    metrics.answered(answer.status(), System.nanoTime() - began);
                }
            }
        } finally {
            connection.channel().expectNothing();
        }
    }

    private static boolean hasRoom(HttpHandler.Answer answer, RequestMemory.Share share)
            throws IOException {
        try {
            share.hold(ResponseSender.heldBytes(answer.content()));
            return true;
        } catch (FailureException _) {
            return false;
        } catch (InterruptedException stop) {
            throw stopping(stop);
        }
    }

    private static IOException stopping(InterruptedException stop) {
        Thread.currentThread().interrupt();
        return new IOException("the server stops", stop);
    }

    /// The memory that the content of a request may take; content of unknown length counts as
    /// large.
    private static long contentBytes(ParsedRequest request) {
        return switch (request.framing()) {
            case ParsedRequest.Framing.None() -> 0;
            case ParsedRequest.Framing.Chunked() -> LARGE_CONTENT_BYTES;
            // An endpoint reads no more than its own bound, whatever is announced.
            case ParsedRequest.Framing.Length(long bytes) -> Math.min(LARGE_CONTENT_BYTES, bytes);
        };
    }

    private static HttpHandler.Answer overloaded() {
        return failure(FailureBody.of(new FailureException(Failure.SERVER_CANCELLED)));
    }

    /// Null when it is refused.
    private @Nullable RequestHead head(ParsedRequest request, AcceptedChannel channel) {
        try {
            return request.path().equals("*") ? null : requestHeadParser.read(request, channel);
        } catch (FailureException _) {
            return null;
        }
    }

    /// @param head null when it is refused
    /// @param counted set to what is to be run once the answer was sent
    private HttpHandler.Answer answer(
            ParsedRequest request,
            @Nullable RequestHead head,
            InputStream body,
            DisconnectDetector detector,
            AtomicReference<Runnable> counted)
            throws IOException {
        return request.trace().call(() -> traced(request, head, body, detector, counted));
    }

    private HttpHandler.Answer traced(
            ParsedRequest request,
            @Nullable RequestHead head,
            InputStream body,
            DisconnectDetector detector,
            AtomicReference<Runnable> counted)
            throws IOException {
        try {
            if (request.path().equals("*")) {
                return HttpHandler.Answer.empty(204).with("Allow", METHODS);
            }
            checkContent(request);
            // Without a head it is refused once more, with the reason.
            var known = head == null ? requestHeadParser.read(request, detector.channel()) : head;
            if (known.isForwarded()) {
                channels.beginForwarding(detector.channel());
            }
            detector.setMemoryOwner(known.remoteAddress());
            counted.set(
                    channels.beginRequest(
                            detector.channel(), InetAddress.ofLiteral(known.remoteAddress())));
            return handler.answer(new HttpHandler.Request(asGet(known), body, detector));
        } catch (FailureException failed) {
            return failure(FailureBody.of(failed));
        } catch (RequestRefusal refusal) {
            return refusal.answer();
        } catch (NoSuchFileException _) {
            return failure(FailureBody.of(new FailureException(Failure.FILE_UNKNOWN)));
        } catch (InterruptedException stop) {
            throw stopping(stop);
        } catch (IOException | RuntimeException failure) {
            if (isGone(failure)) {
                throw new IOException("the client left", failure);
            }
            return failure(
                    FailureBody.internal(
                            LoggedFailures.log(
                                    "transport.request_failed", "a request failed", failure)));
        }
    }

    private static void checkContent(ParsedRequest request) {
        if (!request.isHttp10()
                && request.hasContent()
                && request.items("upgrade").contains("websocket")) {
            throw RequestRefusal.malformed("handshake-content");
        }
        if (!request.items("content-encoding").stream().allMatch("identity"::equals)) {
            throw new RequestRefusal(415, "content-coding");
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
                head.isSecure(),
                head.isForwarded());
    }

    private static HttpHandler.Answer failure(FailureBody body) {
        return FailureHeaders.added(
                HttpHandler.Answer.json(body.failure().httpStatus(), body.toJson()), body);
    }

    private static boolean isGone(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketException
                    || cause instanceof ClosedChannelException
                    || cause instanceof ConnectionInput.EndedException) {
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
            // It ended or is malformed: nothing more is dropped.
        }
    }

    /// Ends our side and drops what the client still sends: closing with unread bytes would reset
    /// the connection, and the answer could be lost on its way (RFC 9112, section 9.6).
    private static void linger(ClientConnection connection) throws IOException {
        connection.channel().expectWithin(LINGER);
        connection.channel().endOutput();
        var dropped = new byte[8 << 10];
        int left = LINGER_BYTES;
        while (left > 0 && connection.input().awaitByte()) {
            left -= connection.input().read(dropped, 0, dropped.length);
        }
    }

    /// A request's content: it has to come at a rate that any line has. A client that sends a byte
    /// now and then would otherwise hold the connection, and what the endpoint holds, for ever.
    private final class TimedBody extends FilterInputStream {
        private final AcceptedChannel channel;
        private final long began = System.nanoTime();
        private long bytes;

        TimedBody(InputStream content, AcceptedChannel channel) {
            super(content);
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            var earned = Duration.ofSeconds(bytes / CONTENT_BYTES_PER_SECOND);
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
