package dev.qide.server.provider;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The requests on one connection. One thread reads the socket all the time, so that the end of the
/// connection is noticed at once; another takes the requests.
final class ProviderInput {
    private static final byte[] END = new byte[0];

    private final InputStream socket;
    private final LinkedBlockingQueue<byte[]> parts = new LinkedBlockingQueue<>(1_024);
    private final AtomicReference<Runnable> atEnd = new AtomicReference<>(() -> {});
    private volatile boolean isEnded;
    private byte[] part = END;
    private int position;

    ProviderInput(InputStream socket) {
        this.socket = socket;
    }

    /// One request.
    ///
    /// @param headers names in lower case
    record Request(String path, Map<String, String> headers, byte[] body) {
        JsonObject json() {
            return body.length == 0
                    ? new JsonObject()
                    : JsonParser.parseString(new String(body, StandardCharsets.UTF_8))
                            .getAsJsonObject();
        }
    }

    /// Reads until the connection ends.
    void pump() {
        var buffer = new byte[64 << 10];
        try {
            for (int read = socket.read(buffer); read >= 0; read = socket.read(buffer)) {
                parts.put(Arrays.copyOf(buffer, read));
            }
        } catch (IOException | InterruptedException _) {
            // Reset or closed: the end as well.
        }
        isEnded = true;
        atEnd.get().run();
        var _ = parts.offer(END);
    }

    /// Runs a task when the connection ends, or now if it has.
    void onEnd(Runnable task) {
        atEnd.set(task);
        if (isEnded) {
            task.run();
        }
    }

    /// The next request, or null at the end of the connection.
    @Nullable Request request() throws IOException, InterruptedException {
        var first = line();
        if (first.isEmpty()) {
            return null;
        }
        var headers = new HashMap<String, String>();
        for (var line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        var body =
                "chunked".equals(headers.get("transfer-encoding"))
                        ? chunks()
                        : bytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Request(first.split(" ", -1)[1], headers, body);
    }

    private byte[] chunks() throws InterruptedException {
        var body = new ByteArrayOutputStream();
        for (int length = Integer.parseInt(line(), 16);
                length > 0;
                length = Integer.parseInt(line(), 16)) {
            body.writeBytes(bytes(length));
            line();
        }
        line();
        return body.toByteArray();
    }

    private byte[] bytes(int length) throws InterruptedException {
        var bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            int next = next();
            if (next < 0) {
                return Arrays.copyOf(bytes, i);
            }
            bytes[i] = (byte) next;
        }
        return bytes;
    }

    private String line() throws InterruptedException {
        var line = new ByteArrayOutputStream();
        for (int next = next(); next >= 0 && next != '\n'; next = next()) {
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private int next() throws InterruptedException {
        while (position == part.length) {
            if (isEnded && parts.isEmpty()) {
                return -1;
            }
            part = parts.take();
            position = 0;
            if (part.length == 0) {
                return -1;
            }
        }
        return part[position++] & 0xff;
    }
}
