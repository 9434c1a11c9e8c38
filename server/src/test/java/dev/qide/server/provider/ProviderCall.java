package dev.qide.server.provider;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// One call that a [ScriptedProvider] received, and what became of it. Thread-safe.
public final class ProviderCall {
    private final String path;
    private final Map<String, String> headers;
    private final JsonObject body;
    private final AtomicInteger made = new AtomicInteger();
    private final AtomicLong goneAt = new AtomicLong();
    private volatile boolean isFinished;
    private volatile boolean isEnded;

    ProviderCall(String path, Map<String, String> headers, JsonObject body) {
        this.path = path;
        this.headers = Map.copyOf(headers);
        this.body = body;
    }

    /// The path and query.
    public String path() {
        return path;
    }

    /// A request header, or the empty string.
    public String header(String lowerCaseName) {
        return headers.getOrDefault(lowerCaseName, "");
    }

    /// The request headers; names in lower case.
    public Map<String, String> headers() {
        return headers;
    }

    /// The JSON body; empty for a request without one.
    public JsonObject body() {
        return body;
    }

    /// The number of output tokens that were made.
    public int made() {
        return made.get();
    }

    /// The number of input tokens that the provider reports: a quarter of the body's characters.
    public int inputTokens() {
        return body.toString().length() / 4;
    }

    /// Whether the whole response was sent.
    public boolean isFinished() {
        return isFinished;
    }

    /// Whether the provider is done with the call.
    public boolean isEnded() {
        return isEnded;
    }

    /// When the provider saw that its client had gone, by [System#nanoTime]; 0 when it did not.
    public long goneAt() {
        return goneAt.get();
    }

    void makeOne() {
        made.incrementAndGet();
    }

    void finish() {
        isFinished = true;
        isEnded = true;
    }

    void gone() {
        if (!isEnded) {
            goneAt.compareAndSet(0, System.nanoTime());
        }
    }

    void end() {
        isEnded = true;
    }

    boolean isGone() {
        return goneAt.get() != 0;
    }
}
