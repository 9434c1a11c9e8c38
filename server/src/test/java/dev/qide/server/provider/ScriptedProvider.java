package dev.qide.server.provider;

import com.google.gson.JsonObject;
import dev.qide.server.provider.ProviderScript.Fault;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A model provider on loopback that speaks OpenAI's Chat Completions and legacy completions,
/// llama.cpp's `/infill`, Anthropic's Messages, Gemini and Ollama, each to the letter, and answers
/// according to scripts.
///
/// It counts the tokens it made per call and notes when it saw that its client had gone: a thread
/// of each connection reads it all the time, so a disconnect is seen also while nothing is written.
/// Plain HTTP/1.1 with connections that stay open. Thread-safe.
public final class ScriptedProvider implements AutoCloseable {
    private final ServerSocket listener;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<ProviderCall> calls = new ConcurrentLinkedQueue<>();
    private final Map<String, Queue<ProviderScript>> scripts = new ConcurrentHashMap<>();
    private final Deque<ProviderScript> next = new ArrayDeque<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile ProviderScript standard = ProviderScript.saying("");
    private final AtomicInteger loads = new AtomicInteger();
    private volatile Duration load = Duration.ZERO;
    private volatile boolean isModelLoaded = true;

    public ScriptedProvider() throws IOException {
        this(0);
    }

    /// @param port 0 for a free one
    public ScriptedProvider(int port) throws IOException {
        listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_048);
        threads.execute(this::accept);
    }

    public String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    /// Sets the answer to all calls from now on, and forgets those before.
    public void play(ProviderScript script) {
        standard = script;
        synchronized (next) {
            next.clear();
        }
        scripts.clear();
        calls.clear();
    }

    /// Sets the answers to the next calls, one each; the last script of [#play] follows.
    public void playNext(ProviderScript... one) {
        synchronized (next) {
            next.addAll(List.of(one));
        }
    }

    /// Sets the answers to calls of one model, one each; the last one answers all calls after it.
    public void play(String model, ProviderScript... inOrder) {
        scripts.put(model, new ConcurrentLinkedQueue<>(List.of(inOrder)));
    }

    /// Unloads Ollama's model. The request that comes first loads it in this time; as with Ollama,
    /// the model stays unloaded when that request is cancelled.
    ///
    /// @param time zero for a model that is loaded
    public void loadFor(Duration time) {
        load = time;
        loads.set(0);
        isModelLoaded = time.isZero();
    }

    /// Ends the loading.
    public void finishLoading() {
        load = Duration.ZERO;
    }

    /// Whether Ollama's model is loaded.
    public boolean isLoaded() {
        return isModelLoaded;
    }

    /// How often the model was loaded.
    public int loads() {
        return loads.get();
    }

    /// The calls so far that generate, oldest first.
    public List<ProviderCall> calls() {
        return List.copyOf(calls);
    }

    /// The path and the body of each call so far.
    public List<String> requests() {
        return calls.stream().map(call -> call.path() + " " + call.body()).toList();
    }

    /// The only call so far.
    public ProviderCall onlyCall() {
        var all = calls();
        if (all.size() != 1) {
            throw new AssertionError(all.size() + " calls instead of one");
        }
        return all.getFirst();
    }

    /// The number of calls whose client disconnected before the end.
    public int abandoned() {
        return (int) calls.stream().filter(ProviderCall::isGone).count();
    }

    /// The number of connections that clients have open.
    public int connections() {
        return connections.get();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        threads.shutdownNow();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                threads.execute(() -> serve(socket));
            } catch (IOException | java.util.concurrent.RejectedExecutionException _) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        connections.incrementAndGet();
        try (socket) {
            socket.setTcpNoDelay(true);
            var input = new ProviderInput(socket.getInputStream());
            threads.execute(input::pump);
            for (var request = input.request(); request != null; request = input.request()) {
                answer(request, input, socket);
            }
        } catch (IOException
                | InterruptedException
                | java.util.concurrent.RejectedExecutionException _) {
            // The client left, or the provider is closed.
        } finally {
            connections.decrementAndGet();
        }
    }

    private void answer(ProviderInput.Request request, ProviderInput input, Socket socket)
            throws IOException {
        var out = socket.getOutputStream();
        var listing = listing(request.path());
        if (listing != null) {
            send(out, 200, Map.of(), listing);
            return;
        }
        var call = new ProviderCall(request.path(), request.headers(), request.json());
        var frames = frames(call);
        if (frames == null) {
            send(out, 404, Map.of(), OpenAiFrames.openAiError(404));
            return;
        }
        var script = isLoadOnly(call) ? standard : scriptOf(frames.model);
        if (!script.hasFillIn()
                && (frames instanceof FillInFrames || frames instanceof InfillFrames)) {
            calls.add(call);
            call.finish();
            send(out, 404, Map.of(), frames.error(404));
            return;
        }
        input.onEnd(call::gone);
        if (isLoadOnly(call)) {
            load(call);
            send(out, 200, Map.of(), Frames.json("{\"done\":true,\"done_reason\":\"load\"}"));
            return;
        }
        calls.add(call);
        try {
            if (frames instanceof OllamaFrames) {
                load(call);
            }
            new Answering(script, call, frames, socket).run();
        } catch (IOException left) {
            // A write may fail before the reading thread sees the end of the connection.
            call.gone();
            throw left;
        } finally {
            call.end();
        }
    }

    /// Ollama loads a model for a request without a prompt, and generates nothing.
    private static boolean isLoadOnly(ProviderCall call) {
        return call.path().equals("/api/generate") && !call.body().has("prompt");
    }

    private void load(ProviderCall call) throws IOException {
        if (!isModelLoaded) {
            long begun = System.nanoTime();
            while (System.nanoTime() - begun < load.toNanos()) {
                pause(Duration.ofMillis(5), call);
            }
            // The client may have left after the last pause, before the loading was ended.
            requireClient(call);
            isModelLoaded = true;
            loads.incrementAndGet();
        }
    }

    private static void pause(Duration time, ProviderCall call) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            requireClient(call);
            LockSupport.parkNanos(Math.min(left, 20_000_000));
            if (Thread.currentThread().isInterrupted()) {
                throw new IOException("closed");
            }
        }
    }

    private static void requireClient(ProviderCall call) throws IOException {
        if (call.isGone()) {
            throw new IOException("the client left");
        }
    }

    private ProviderScript scriptOf(String model) {
        synchronized (next) {
            var queued = next.poll();
            if (queued != null || !scripts.containsKey(model)) {
                return queued == null ? standard : queued;
            }
            var ofModel = scripts.get(model);
            return ofModel.size() > 1 ? ofModel.remove() : ofModel.element();
        }
    }

    private static @org.jspecify.annotations.Nullable Frames frames(ProviderCall call) {
        var path = call.path();
        if (path.contains(":streamGenerateContent") || path.contains(":generateContent")) {
            return new GeminiFrames(call);
        }
        return switch (path) {
            case "/v1/chat/completions" -> new OpenAiFrames(call);
            case "/v1/completions" -> new FillInFrames(call);
            case "/infill" -> new InfillFrames(call);
            case "/v1/messages" -> new AnthropicFrames(call);
            case "/api/chat", "/api/generate" -> new OllamaFrames(call);
            default -> null;
        };
    }

    private @org.jspecify.annotations.Nullable JsonObject listing(String path) {
        var loaded = isModelLoaded ? "{\"name\":\"tiny:latest\",\"model\":\"tiny:latest\"}" : "";
        return switch (path) {
            case "/stats" -> Frames.json("{\"abandoned\":%s}", abandoned());
            case "/api/ps" -> Frames.json("{\"models\":[" + loaded + "]}");
            case "/api/tags" ->
                    Frames.json(
                            "{\"models\":[{\"name\":\"tiny:latest\",\"model\":\"tiny:latest\"}]}");
            case "/v1/models" ->
                    Frames.json(
                            "{\"object\":\"list\",\"data\":[{\"id\":\"tiny\",\"object\":\"model\","
                                    + "\"created\":1764300000,\"owned_by\":\"double\"}]}");
            default -> null;
        };
    }

    private static void send(
            OutputStream out, int status, Map<String, String> headers, JsonObject body)
            throws IOException {
        var bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        var head =
                new StringBuilder(
                        "HTTP/1.1 " + status + " Scripted\r\nContent-Type: application/json\r\n");
        headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Content-Length: " + bytes.length + "\r\n\r\n");
        var all = new java.io.ByteArrayOutputStream();
        all.writeBytes(head.toString().getBytes(StandardCharsets.US_ASCII));
        all.writeBytes(bytes);
        out.write(all.toByteArray());
        out.flush();
    }

    /// The answer to one call that generates.
    private static final class Answering {
        private final ProviderScript script;
        private final ProviderCall call;
        private final Frames frames;
        private final Socket socket;
        private final OutputStream out;

        Answering(ProviderScript script, ProviderCall call, Frames frames, Socket socket)
                throws IOException {
            this.script = script;
            this.call = call;
            this.frames = frames;
            this.socket = socket;
            this.out = socket.getOutputStream();
        }

        void run() throws IOException {
            pause(script.firstByteDelay(), call);
            if (script.status() != 200) {
                call.finish();
                send(out, script.status(), script.headers(), frames.error(script.status()));
            } else if (frames.isStreamed()) {
                stream();
            } else {
                whole();
            }
        }

        private void whole() throws IOException {
            for (int i = 0; i < script.pieces().size(); i++) {
                pause(script.tokenGap(), call);
                fault(i);
                call.makeOne();
            }
            call.finish();
            send(out, 200, script.headers(), frames.whole(script.pieces()));
        }

        private void stream() throws IOException {
            var head =
                    new StringBuilder(
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: ");
            head.append(frames.mediaType()).append("\r\n");
            script.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
            head.append("\r\n");
            out.write(head.toString().getBytes(StandardCharsets.US_ASCII));
            out.flush();
            write(frames.begin());
            int made = 0;
            for (var piece : script.pieces()) {
                if (made > 0) {
                    pause(script.tokenGap(), call);
                }
                fault(made);
                if (isOver()) {
                    return;
                }
                call.makeOne();
                made++;
                write(frames.piece(piece));
            }
            fault(made);
            if (isOver()) {
                return;
            }
            write(frames.end());
            call.finish();
            endChunks();
        }

        private boolean isOver() {
            return call.isEnded() || socket.isClosed();
        }

        private void fault(int made) throws IOException {
            if (made != script.faultAfter()) {
                return;
            }
            switch (script.fault()) {
                case NONE, DRIPS -> {}
                case DIES -> {
                    call.end();
                    socket.setSoLinger(true, 0);
                    socket.close();
                    throw new IOException("died as scripted");
                }
                case ENDS_EARLY -> {
                    call.end();
                    endChunks();
                }
                case ERROR_EVENT -> {
                    write(frames.errorFrame());
                    call.end();
                    endChunks();
                }
                case MALFORMED ->
                        write(
                                frames instanceof OllamaFrames
                                        ? "{not json\n"
                                        : "data: {not json\n\n");
                case STALLS -> {
                    while (!call.isGone()) {
                        LockSupport.parkNanos(1_000_000);
                        if (Thread.currentThread().isInterrupted()) {
                            throw new IOException("closed");
                        }
                    }
                    throw new IOException("the client left");
                }
            }
        }

        private void write(String text) throws IOException {
            if (call.isGone()) {
                throw new IOException("the client left");
            }
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            if (script.fault() == Fault.DRIPS) {
                for (var one : bytes) {
                    out.write(new byte[] {'1', '\r', '\n', one, '\r', '\n'});
                    out.flush();
                }
            } else if (bytes.length > 0) {
                var chunk = new java.io.ByteArrayOutputStream();
                chunk.writeBytes(
                        (Integer.toHexString(bytes.length) + "\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                chunk.writeBytes(bytes);
                chunk.writeBytes(new byte[] {'\r', '\n'});
                out.write(chunk.toByteArray());
                out.flush();
            }
        }

        private void endChunks() throws IOException {
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
    }
}
