package dev.qide.server.transport;

import dev.qide.server.Await;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.websocket.OutgoingQueue;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A real [WebServer] on a free port with a few endpoints: `/echo`, `/small` (64 KiB messages),
/// `/closed` (401), `/full` (503), `/broken` (throws at the handshake), `/late` (refuses once
/// open), `/stranger` (known from the first message on), `/throwing` (throws at a message),
/// `/flood` (sends as many large messages as it is told).
public final class TestHost implements AutoCloseable {
    static final int FLOOD_MESSAGE_BYTES = 64 << 10;

    final Metrics metrics = new Metrics();
    public final AtomicInteger opened = new AtomicInteger();
    public final List<Integer> closedCodes = new CopyOnWriteArrayList<>();
    final List<OutgoingQueue> outgoings = new CopyOnWriteArrayList<>();
    private final Scheduler scheduler = new Scheduler();
    final WebServer host;

    TestHost(TransportLimits limits) {
        this(limits, TestHost::answer);
    }

    private static HttpHandler.Answer answer(HttpHandler.Request request) {
        var head = request.head();
        return HttpHandler.Answer.json(
                200,
                "{\"path\":\"%s\",\"from\":\"%s\",\"secure\":%s}"
                        .formatted(head.path(), head.remoteAddress(), head.isSecure()));
    }

    static TestHost withTls(TransportLimits limits, TlsFiles files) {
        return new TestHost(limits, TestHost::answer, files, TrustedProxies.none());
    }

    public TestHost(TransportLimits limits, HttpHandler http) {
        this(limits, http, null, TrustedProxies.none());
    }

    /// Every request with the header of [ForwardedRequests] comes from another server.
    static TestHost amongOthers(TransportLimits limits) {
        var client = new TrustedProxies.Client(InetAddress.getLoopbackAddress(), false);
        return new TestHost(
                limits,
                TestHost::answer,
                new WebServer.Binding(free(), null, TrustedProxies.none(), (_, _) -> client));
    }

    private static InetSocketAddress free() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    public TestHost(
            TransportLimits limits,
            HttpHandler http,
            @Nullable TlsFiles tls,
            TrustedProxies proxies) {
        this(limits, http, new WebServer.Binding(free(), tls, proxies));
    }

    private TestHost(TransportLimits limits, HttpHandler http, WebServer.Binding binding) {
        host =
                new WebServer(
                        binding,
                        limits,
                        new WebServer.Handlers(http, this::handler),
                        scheduler,
                        metrics);
    }

    public static TestHost standard() {
        return new TestHost(TransportLimits.defaults());
    }

    public int port() {
        return host.port();
    }

    /// The value of a metric, or 0 if it has none yet.
    public double metric(String line) {
        return metrics.expose()
                .lines()
                .filter(each -> each.startsWith(line + " "))
                .mapToDouble(each -> Double.parseDouble(each.substring(line.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    /// The sending side of the first socket that was opened.
    public OutgoingQueue outgoing() throws InterruptedException {
        await("a socket was opened", () -> !outgoings.isEmpty());
        return outgoings.getFirst();
    }

    private @Nullable WebSocketHandler handler(String path) {
        int messageBytes = path.equals("/small") ? 64 << 10 : 8 << 20;
        return switch (path) {
            case "/echo", "/small", "/flood", "/throwing", "/late", "/stranger", "/process" ->
                    handshake ->
                            new WebSocketHandler.Admission.Accepted(
                                    opener(path),
                                    handshake.items("sec-websocket-protocol").contains("qide")
                                            ? "qide"
                                            : null,
                                    messageBytes);
            case "/closed" -> _ -> refused(Failure.UNAUTHENTICATED);
            case "/full" -> _ -> refused(Failure.TOO_MANY_CONNECTIONS);
            case "/broken" ->
                    _ -> {
                        throw new IllegalStateException("a secret of the server");
                    };
            default -> null;
        };
    }

    private static WebSocketHandler.Admission refused(Failure failure) {
        return new WebSocketHandler.Admission.Refused(new FailureException(failure));
    }

    private WebSocketHandler.Opener opener(String path) {
        return new WebSocketHandler.Opener() {
            @Override
            public WebSocketHandler.Receiver open(WebSocketSender outgoing) {
                return TestHost.this.open(path, outgoing);
            }

            @Override
            public boolean hasProcess() {
                return path.equals("/process");
            }
        };
    }

    private WebSocketHandler.Receiver open(String path, WebSocketSender outgoing) {
        if (path.equals("/late")) {
            throw new FailureException(Failure.TOO_MANY_DOCUMENTS);
        }
        opened.incrementAndGet();
        outgoings.add((OutgoingQueue) outgoing);
        return new Echo(path, outgoing);
    }

    /// Waits until the condition holds; fails after ten seconds.
    public static void await(String what, BooleanSupplier condition) {
        Await.await(what, Duration.ofSeconds(10), condition);
    }

    @Override
    public void close() {
        host.close();
        scheduler.close();
    }

    private final class Echo implements WebSocketHandler.Receiver {
        private final String path;
        private final WebSocketSender outgoing;
        private boolean isHeard;

        Echo(String path, WebSocketSender outgoing) {
            this.path = path;
            this.outgoing = outgoing;
        }

        /// On `/stranger` the client is known from the first message on.
        @Override
        public boolean isKnown() {
            return isHeard || !path.equals("/stranger");
        }

        @Override
        public void text(String message) {
            switch (path) {
                case "/flood" -> {
                    for (int i = 0; i < Integer.parseInt(message); i++) {
                        outgoing.binary(new byte[FLOOD_MESSAGE_BYTES]);
                    }
                }
                case "/throwing" -> throw new IllegalStateException("a secret of the server");
                default -> outgoing.text(message);
            }
        }

        @Override
        public void binary(byte[] message) {
            isHeard = true;
            outgoing.binary(message);
        }

        @Override
        public void closed(int code) {
            closedCodes.add(code);
        }
    }
}
