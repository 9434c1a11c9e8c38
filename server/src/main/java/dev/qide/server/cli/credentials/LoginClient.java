package dev.qide.server.cli.credentials;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.secrets.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The requests of a login. Every failure is an [IllegalArgumentException] with a sentence that
/// says what to do. Owned by one thread.
public final class LoginClient implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(10);

    /// The server answers a poll after 20 seconds at the latest.
    private static final Duration POLL_WITHIN = Duration.ofSeconds(40);

    private static final int BODY_BYTES = 64 << 10;
    private static final int OK = 200;
    private static final int NO_CONTENT = 204;
    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;

    /// The JDK sends no password for CONNECT unless this property permits it.
    private static final String DISABLED_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

    private final HttpClient http;
    private final ServerAddress server;
    private final @Nullable HttpProxy proxy;

    /// @param proxy through which the server is reached; null for none
    public LoginClient(ServerAddress server, @Nullable HttpProxy proxy) {
        this.server = server;
        this.proxy = proxy;
        var client = HttpClient.newBuilder().connectTimeout(WITHIN);
        if (proxy != null) {
            var _ = System.setProperty(DISABLED_SCHEMES, "");
            var address = new InetSocketAddress(proxy.host(), proxy.port());
            client = client.proxy(ProxySelector.of(address));
        }
        http = client.build();
    }

    /// A login that waits until its person has allowed it on a page of the server.
    ///
    /// @param id a secret
    /// @param page to open in a browser
    public record Pending(String id, URI page) {}

    private record Answer(int status, @Nullable JsonObject body) {
        /// A member that is a string.
        @Nullable String text(String name) {
            return body != null
                            && body.get(name) instanceof JsonPrimitive member
                            && member.isString()
                    ? member.getAsString()
                    : null;
        }

        /// The path of the page on which the person allows the login.
        @Nullable String page() {
            return body != null
                            && body.get("auth") instanceof JsonObject auth
                            && auth.get("loginPageUrl") instanceof JsonPrimitive page
                            && page.getAsString().matches("/login\\?token=[\\w-]+")
                    ? page.getAsString()
                    : null;
        }
    }

    /// The name of the token's person.
    public String nameOf(Secret token) throws InterruptedException {
        if (!token.reveal().matches("[\\x21-\\x7e]+")) {
            throw rejected();
        }
        var answer =
                send(
                        HttpRequest.newBuilder(server.at("/api/me"))
                                .header("Authorization", "Bearer " + token.reveal())
                                .GET(),
                        WITHIN);
        var name = answer.text("name");
        if (answer.status() == OK && name != null) {
            return name;
        }
        throw answer.status() == UNAUTHORIZED ? rejected() : unexpected(answer);
    }

    private IllegalArgumentException rejected() {
        return new IllegalArgumentException(
                "The server at %s rejected the token: create another one on its account page, or with `qide token create`."
                        .formatted(server));
    }

    /// Begins a login in a browser.
    public Pending begin() throws InterruptedException {
        var answer = post("/oct/api/login/initial?client=command-line", WITHIN);
        var id = answer.text("pollToken");
        var page = answer.page();
        if (answer.status() != OK || id == null || !id.matches("[\\w-]+") || page == null) {
            throw unexpected(answer);
        }
        return new Pending(id, server.at("/oct" + page));
    }

    /// Waits until the person has allowed the login, at most five minutes.
    ///
    /// @return the new token
    public Secret await(Pending login) throws InterruptedException {
        while (true) {
            var answer = post("/oct/api/login/poll/" + login.id(), POLL_WITHIN);
            var token = answer.text("loginToken");
            if (answer.status() == OK && token != null) {
                return Secret.of(token);
            }
            if (answer.status() == BAD_REQUEST) {
                throw new IllegalArgumentException(
                        "Nobody has allowed the login within five minutes: run `qide login` again.");
            }
            if (answer.status() != NO_CONTENT) {
                throw unexpected(answer);
            }
        }
    }

    private Answer post(String path, Duration within) throws InterruptedException {
        return send(
                HttpRequest.newBuilder(server.at(path)).POST(HttpRequest.BodyPublishers.noBody()),
                within);
    }

    private Answer send(HttpRequest.Builder request, Duration within) throws InterruptedException {
        if (proxy != null && proxy.authorization() != null) {
            // It is sent to the proxy alone.
            request.setHeader("Proxy-Authorization", proxy.authorization().reveal());
        }
        try {
            var answer =
                    http.send(
                            request.timeout(within).build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            try (var body = answer.body()) {
                if (proxy != null
                        && answer.statusCode() == ProxyException.AUTHENTICATION_REQUIRED) {
                    throw ProxyException.refused(proxy, server, answer.statusCode());
                }
                return new Answer(answer.statusCode(), object(body));
            }
        } catch (IOException failure) {
            throw new IllegalArgumentException(sentence(failure), failure);
        }
    }

    private String sentence(IOException failure) {
        if (proxy == null || failure instanceof SSLException) {
            return ConnectFailure.sentence(server, failure);
        }
        var told =
                switch (failure) {
                    case ProxyException _ -> failure;
                    // The client connects to nothing but the proxy.
                    case ConnectException _, HttpConnectTimeoutException _ ->
                            ProxyException.unreachable(proxy, failure);
                    default ->
                            ProxyException.refused(
                                    proxy, server, ConnectFailure.reason(failure), failure);
                };
        return ConnectFailure.reason(told);
    }

    private static @Nullable JsonObject object(InputStream body) throws IOException {
        try {
            var text = new String(body.readNBytes(BODY_BYTES), StandardCharsets.UTF_8);
            return JsonParser.parseString(text) instanceof JsonObject object ? object : null;
        } catch (JsonParseException _) {
            return null;
        }
    }

    /// A server without the endpoint, or one that is busy or broken.
    private IllegalArgumentException unexpected(Answer answer) {
        var message = answer.text("message");
        if (message != null && answer.status() != NOT_FOUND && answer.status() != OK) {
            return new IllegalArgumentException(
                    "The server at %s refuses the login: %s".formatted(server, message));
        }
        return new IllegalArgumentException(
                "%s answers %d, unlike this version of Q-IDE: check --url, or update the older of the two. If you have a token, try `qide login --token-stdin`."
                        .formatted(server, answer.status()));
    }

    @Override
    public void close() {
        http.close();
    }
}
