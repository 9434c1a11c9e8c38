package dev.qide.server.login;

import com.nimbusds.jose.util.Resource;
import com.nimbusds.jose.util.ResourceRetriever;
import com.nimbusds.oauth2.sdk.http.HTTPRequestSender;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPRequest;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Sends requests to one login provider, with bounds on time, bytes and concurrency: a provider
/// that does not answer takes no place of another one. Follows no redirects and uses only secure
/// addresses.
///
/// Thread-safe.
final class ProviderHttp implements HTTPRequestSender, ResourceRetriever, AutoCloseable {
    /// From the connection to the last byte.
    static final Duration TOTAL = Duration.ofSeconds(10);

    static final int BODY_BYTES = 1 << 20;
    private static final int AT_ONCE = 32;

    /// With these, GitHub says that a refusal is a rate limit.
    static final String RETRY_AFTER = "Retry-After";

    static final String RATE_LIMIT_REMAINING = "X-RateLimit-Remaining";
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final Duration total;
    private final Semaphore places = new Semaphore(AT_ONCE);
    private final HttpClient client =
            HttpClient.newBuilder()
                    .connectTimeout(CONNECT)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();

    ProviderHttp() {
        this(TOTAL);
    }

    /// @param total the time for one request, from the connection to the last byte
    ProviderHttp(Duration total) {
        this.total = total;
    }

    @Override
    public ReadOnlyHTTPResponse send(ReadOnlyHTTPRequest request) throws IOException {
        var builder = HttpRequest.newBuilder(secure(request.getURI()));
        request.getHeaderMap()
                .forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
        var body = request.getBody();
        builder.method(
                request.getMethod().name(),
                body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body));
        var answer = send(builder);
        var response = new HTTPResponse(answer.statusCode());
        answer.headers()
                .firstValue("Content-Type")
                .ifPresent(type -> setContentType(response, type));
        for (var name : List.of(RETRY_AFTER, RATE_LIMIT_REMAINING)) {
            answer.headers().firstValue(name).ifPresent(value -> response.setHeader(name, value));
        }
        response.setBody(new String(answer.body(), StandardCharsets.UTF_8));
        return response;
    }

    @Override
    public Resource retrieveResource(URL url) throws IOException {
        try {
            var answer =
                    send(
                            HttpRequest.newBuilder(secure(url.toURI()))
                                    .header("Accept", "application/json"));
            if (answer.statusCode() != 200) {
                throw new IOException(url.getHost() + " answered " + answer.statusCode());
            }
            return new Resource(
                    new String(answer.body(), StandardCharsets.UTF_8), "application/json");
        } catch (URISyntaxException malformed) {
            throw new IOException(malformed);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder builder) throws IOException {
        var request = builder.timeout(total).header("User-Agent", "Q-IDE").build();
        if (!places.tryAcquire()) {
            throw new IOException("too many requests to this login provider at once");
        }
        try {
            return exchange(request);
        } finally {
            places.release();
        }
    }

    private HttpResponse<byte[]> exchange(HttpRequest request) throws IOException {
        var answer =
                client.sendAsync(
                        request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), BODY_BYTES));
        try {
            // HttpClient's timeout ends with the response head; this one covers the body.
            return answer.get(total.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new IOException(request.uri().getHost() + " failed", failed.getCause());
        } catch (TimeoutException slow) {
            throw new IOException(request.uri().getHost() + " is too slow", slow);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stop);
        } finally {
            var _ = answer.cancel(true);
        }
    }

    private static URI secure(URI address) throws IOException {
        if (!ProviderSettings.isSecure(address)) {
            throw new IOException(address.getHost() + " requires TLS");
        }
        return address;
    }

    private static void setContentType(HTTPResponse response, String type) {
        try {
            response.setContentType(type);
        } catch (com.nimbusds.oauth2.sdk.ParseException _) {
            // The response parser refuses a missing type.
        }
    }
}
