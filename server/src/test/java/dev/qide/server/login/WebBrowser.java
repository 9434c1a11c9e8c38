package dev.qide.server.login;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A browser without scripts: keeps cookies and follows redirects. As a JUnit extension it closes
/// after the test. Owned by one thread.
final class WebBrowser implements AfterEachCallback, AutoCloseable {
    private static final int REDIRECTS = 12;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /// Name and value by host and port; Java's own store sends the old form of RFC 2965.
    private final Map<String, Map<String, String>> cookies = new HashMap<>();

    private final HttpClient client;

    WebBrowser() {
        this(HttpClient.newBuilder());
    }

    private WebBrowser(HttpClient.Builder builder) {
        client = builder.followRedirects(HttpClient.Redirect.NEVER).build();
    }

    /// A browser with this loopback address.
    static WebBrowser at(String address) {
        return new WebBrowser(HttpClient.newBuilder().localAddress(InetAddress.ofLiteral(address)));
    }

    /// Goes to an address and wherever it redirects.
    HttpResponse<String> open(URI address) throws IOException, InterruptedException {
        var next = address;
        for (int hop = 0; hop < REDIRECTS; hop++) {
            var answer = once(next);
            var location = answer.headers().firstValue("Location").orElse(null);
            if (answer.statusCode() / 100 != 3 || location == null) {
                return answer;
            }
            next = next.resolve(location);
        }
        throw new IOException("too many redirects");
    }

    /// Goes to an address without following redirects.
    HttpResponse<String> once(URI address) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(address));
    }

    /// Sends a form or JSON, without following redirects.
    HttpResponse<String> post(URI address, String type, String body, String... headers)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(address)
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    @Nullable String cookie(String name) {
        return cookies.values().stream()
                .map(all -> all.get(name))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    void forgetCookie(String name) {
        cookies.values().forEach(all -> all.remove(name));
    }

    void forgetCookies() {
        cookies.clear();
    }

    private HttpResponse<String> send(HttpRequest.Builder builder)
            throws IOException, InterruptedException {
        var request = builder.timeout(PATIENCE);
        var address = request.build().uri().getAuthority();
        var kept = cookies.computeIfAbsent(address, _ -> new LinkedHashMap<>());
        if (!kept.isEmpty()) {
            request.header(
                    "Cookie",
                    kept.entrySet().stream()
                            .map(it -> it.getKey() + "=" + it.getValue())
                            .collect(Collectors.joining("; ")));
        }
        var answer = client.send(request.build(), BodyHandlers.ofString());
        for (var header : answer.headers().allValues("Set-Cookie")) {
            var pair = header.split(";", 2)[0].split("=", 2);
            if (header.contains("Max-Age=0")) {
                kept.remove(pair[0]);
            } else {
                kept.put(pair[0], pair[1]);
            }
        }
        return answer;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close();
    }

    @Override
    public void close() {
        client.close();
    }
}
