package dev.qide.server.socket;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

/// Answers every HTTP request that is not a WebSocket handshake, by the one [HttpDoor].
///
/// HEAD is answered as GET without the entity. Whatever the door throws becomes a JSON failure.
/// Thread-safe.
final class HttpRequests implements Handler {
    /// How much of an entity that the door left unread is read and thrown away, for at most the
    /// time that an entity may pause, so that the client sees the answer instead of a reset.
    private static final int LEFTOVER_BYTES = 80 << 20;

    private static final int WRITE_BYTES = 64 << 10;

    /// The slowest line on which an entity of any length may come.
    private static final long ENTITY_BYTES_A_SECOND = 4 << 10;

    private static final long SMALL_BYTES = 64 << 10;
    private static final long LARGE_ENTITY_BYTES = 32 << 20;

    /// Kibibytes that large entities, coming and going, may hold in memory together.
    private final Semaphore memory;

    private final HttpDoor door;
    private final Heads heads;
    private final SocketMetrics metrics;
    private final AcceptedChannels channels;
    private final SocketLimits.Connections limits;

    /// @param memoryBytes what all large entities together may hold in memory; beyond it requests
    ///   are answered 503
    HttpRequests(
            HttpDoor door,
            Heads heads,
            SocketMetrics metrics,
            AcceptedChannels channels,
            long memoryBytes) {
        memory = new Semaphore(kibibytes(memoryBytes));
        this.door = door;
        this.heads = heads;
        this.metrics = metrics;
        this.channels = channels;
        this.limits = channels.limits();
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        long began = System.nanoTime();
        var channel = ClientConnection.channelOf(request.remotePeer());
        var body = new TimedBody(request.content().inputStream(), channel);
        var asker = new ChannelAsker(channel, () -> !isLeftOver(request));
        int asked = kibibytes(entityBytes(request));
        boolean hasRoom = memory.tryAcquire(asked);
        var counted = new AtomicReference<Runnable>(() -> {});
        try {
            var wanted = hasRoom ? answer(request, body, asker, counted) : overloaded();
            asker.answered();
            if (isLeftOver(request) || isLast(request) || asker.isWatched()) {
                response.header(HeaderValues.CONNECTION_CLOSE);
            }
            handle(request, response, channel, wanted);
        } finally {
            memory.release(hasRoom ? asked : 0);
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

    /// Sends the answer; a large one counts as long as the client takes to read it.
    private void handle(
            ServerRequest request,
            ServerResponse response,
            AcceptedChannel channel,
            HttpDoor.Answer wanted) {
        boolean isHead = request.prologue().method().text().equals("HEAD");
        int size =
                wanted.content() instanceof HttpDoor.Content.Bytes(_, var bytes)
                        ? kibibytes(bytes.length)
                        : 0;
        boolean hasRoom = memory.tryAcquire(size);
        try {
            send(hasRoom ? wanted : overloaded(), isHead, response, channel);
        } catch (IOException failure) {
            throw new CloseConnectionException("the answer was cut short", failure);
        } finally {
            channel.expectNothing();
            memory.release(hasRoom ? size : 0);
        }
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

    /// What counts against the memory of all entities: small ones do not.
    private static int kibibytes(long bytes) {
        return bytes <= SMALL_BYTES ? 0 : (int) Math.min(Integer.MAX_VALUE, bytes >> 10);
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
            counted.set(
                    channels.asks(
                            ClientConnection.channelOf(request.remotePeer()),
                            InetAddress.ofLiteral(head.remoteAddress())));
            if ("websocket".equalsIgnoreCase(head.header("upgrade"))) {
                throw new FailureException(Failure.INVALID_REQUEST);
            }
            return checked(door.answer(new HttpDoor.Request(asGet(head), body, asker)));
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

    private static Handshake asGet(Handshake head) {
        return head.method().equals("HEAD")
                ? new Handshake(
                        "GET",
                        head.path(),
                        head.rawPath(),
                        head.query(),
                        head.headers(),
                        head.remoteAddress(),
                        head.isSecure())
                : head;
    }

    /// A file that is not there must be found out before the status is sent.
    private static HttpDoor.Answer checked(HttpDoor.Answer answer) throws IOException {
        if (answer.content() instanceof HttpDoor.Content.File file
                && !Files.isReadable(file.path())) {
            throw new NoSuchFileException("the file of an answer");
        }
        return answer;
    }

    private static HttpDoor.Answer failure(FailureBody body) {
        return HttpDoor.Answer.json(body.failure().httpStatus(), body.toJson());
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

    private void send(
            HttpDoor.Answer answer,
            boolean isHead,
            ServerResponse response,
            AcceptedChannel channel)
            throws IOException {
        response.status(Status.create(answer.status()));
        answer.headers().forEach((name, value) -> response.header(HeaderNames.create(name), value));
        switch (answer.content()) {
            case HttpDoor.Content.Bytes(var mediaType, var bytes) -> {
                contentType(response, mediaType);
                try (var source = new java.io.ByteArrayInputStream(bytes)) {
                    stream(source, bytes.length, isHead, response, channel);
                }
            }
            case HttpDoor.Content.Stream(var mediaType, var writer) -> {
                contentType(response, mediaType);
                channel.expectWithin(limits.entityWait());
                if (isHead) {
                    response.send(new byte[0]);
                    return;
                }
                // Closed only when all is written: an answer that is cut has no end.
                var sink = new TimedSink(response.outputStream(), channel);
                writer.writeTo(sink);
                sink.close();
                // The host sends what is buffered, and the end, only when the handler returns; who
                // asked for the end of the connection would never see them.
                if (response instanceof RoutingResponse routed) {
                    routed.commit();
                }
            }
            case HttpDoor.Content.File(var mediaType, var path) -> {
                contentType(response, mediaType);
                try (var source = Files.newInputStream(path)) {
                    stream(source, Files.size(path), isHead, response, channel);
                }
            }
        }
    }

    private static void contentType(ServerResponse response, String mediaType) {
        if (!mediaType.isEmpty()) {
            response.header(HeaderNames.CONTENT_TYPE, mediaType);
        }
    }

    private void stream(
            InputStream source,
            long length,
            boolean isHead,
            ServerResponse response,
            AcceptedChannel channel)
            throws IOException {
        if (length > 0) {
            response.header(HeaderNames.CONTENT_LENGTH, Long.toString(length));
        }
        channel.expectWithin(limits.entityWait());
        if (length <= WRITE_BYTES || isHead) {
            response.send(isHead ? new byte[0] : source.readNBytes((int) length));
            return;
        }
        var piece = new byte[WRITE_BYTES];
        try (var sink = response.outputStream()) {
            for (long left = length; left > 0; ) {
                int read = source.read(piece, 0, (int) Math.min(left, WRITE_BYTES));
                if (read < 0) {
                    throw new IOException("the file became shorter while it was sent");
                }
                channel.expectWithin(limits.entityWait());
                sink.write(piece, 0, read);
                left -= read;
            }
        }
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

    /// An answer's entity: each write has to make progress in time, and what makes it may take its
    /// own.
    private final class TimedSink extends FilterOutputStream {
        private final AcceptedChannel channel;

        TimedSink(OutputStream entity, AcceptedChannel channel) {
            super(entity);
            this.channel = channel;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int done = 0; done < length; done += WRITE_BYTES) {
                channel.expectWithin(limits.entityWait());
                out.write(bytes, offset + done, Math.min(WRITE_BYTES, length - done));
                channel.expectNothing();
            }
        }

        @Override
        public void close() throws IOException {
            channel.expectWithin(limits.entityWait());
            out.close();
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
