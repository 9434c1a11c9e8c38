package dev.qide.server.login;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests to a login provider that is slow or down, and mistakes in the login file.
class LoginProvidersTest {
    private static final int LOGINS = 20;

    @TempDir Path folder;

    @Test
    void logins_at_an_issuer_that_does_not_answer_share_one_request() throws Exception {
        var requests = new AtomicInteger();
        var isOver = new CountDownLatch(1);
        var down = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        down.createContext(
                "/",
                exchange -> {
                    requests.incrementAndGet();
                    try {
                        isOver.await();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                    exchange.sendResponseHeaders(503, -1);
                    exchange.close();
                });
        down.start();
        var issuerUrl = URI.create("http://127.0.0.1:" + down.getAddress().getPort());
        Files.writeString(folder.resolve("down.secret"), "s");
        var settings =
                LoginFile.read(
                                Files.writeString(
                                        folder.resolve("down.json"),
                                        """
                                        [{"id":"down","kind":"oidc","issuer":"%s","clientId":"c",
                                          "clientSecretFile":"down.secret"}]
                                        """
                                                .formatted(issuerUrl)))
                        .getFirst();
        try (var http = new ProviderHttp();
                var people = Executors.newVirtualThreadPerTaskExecutor()) {
            var callback = URI.create("http://127.0.0.1/auth/down/callback");
            var provider =
                    new OidcProvider(settings, issuerUrl, callback, http, InstantSource.system());
            var pending =
                    new PendingLogin(
                            "down", "s", "n", "v".repeat(43), null, null, null, Instant.now());
            var logins =
                    IntStream.range(0, LOGINS)
                            .mapToObj(_ -> people.submit(() -> provider.authorization(pending)))
                            .toList();
            // Each either sent the one request or waits for its outcome.
            await(() -> requests.get() == 1 && provider.waiting() == LOGINS - 1);
            isOver.countDown();
            for (var login : logins) {
                assertThatThrownBy(login::get)
                        .cause()
                        .isInstanceOfSatisfying(
                                LoginException.class,
                                failed ->
                                        assertThat(failed.failure())
                                                .isEqualTo(LoginFailure.PROVIDER_DOWN));
            }
            assertThat(requests).as("one for all of them").hasValue(1);
            assertThatThrownBy(() -> provider.authorization(pending))
                    .isInstanceOf(LoginException.class);
            assertThat(requests).as("the next login tries again").hasValue(2);
        } finally {
            isOver.countDown();
            down.stop(0);
        }
    }

    @Test
    void a_slow_or_endless_answer_ends_in_time() throws Exception {
        var isOver = new CountDownLatch(1);
        var slow = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        slow.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('{');
                    exchange.getResponseBody().flush();
                    try {
                        isOver.await();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                    exchange.close();
                });
        slow.start();
        var url = URI.create("http://127.0.0.1:" + slow.getAddress().getPort() + "/").toURL();
        try (var http = new ProviderHttp(Duration.ofSeconds(3))) {
            assertThatThrownBy(() -> http.retrieveResource(url)).hasMessageContaining("too slow");
            assertThatThrownBy(
                            () -> http.retrieveResource(URI.create("http://example.org/").toURL()))
                    .hasMessageContaining("requires TLS");
        } finally {
            isOver.countDown();
            slow.stop(0);
        }
    }

    @Test
    void requests_that_cannot_be_sent_leave_room_for_others() throws Exception {
        var url = URI.create("https://a.example/").toURL();
        var selector = ProxySelector.getDefault();
        ProxySelector.setDefault(new FailingProxySelector());
        try (var http = new ProviderHttp()) {
            ProxySelector.setDefault(selector);
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() -> http.retrieveResource(url))
                        .isInstanceOf(IllegalStateException.class);
            }
        } finally {
            ProxySelector.setDefault(selector);
        }
    }

    private static final class FailingProxySelector extends ProxySelector {
        @Override
        public List<Proxy> select(URI uri) {
            throw new IllegalStateException("the proxies of this machine cannot be read");
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"kind\":\"saml\"} | kind must be oidc or github",
                "{\"issuer\":\"http://ide.example\"} | must begin with https://",
                "{\"issuer\":\"https://a:b@ide.example\"} | must begin with https://",
                "{\"admit\":\"all\"} | admit must be",
                "{\"admit\":{\"domains\":[]}} | must be an array of strings",
                "{\"admit\":{\"organisations\":[\"acme\"]}} | organisations are GitHub's",
                "{\"role\":\"admin\"} | role must be one of owner, editor, viewer",
                "{\"admits\":\"invited\"} | unknown member \"admits\": remove it",
                "{\"id\":\"../x\"} | an id has",
                "{\"clientSecretFile\":\"none\"} | clientSecretFile cannot be used"
            })
    void a_mistake_in_the_login_file_is_named(String change, String sentence) throws Exception {
        Files.writeString(folder.resolve("secret"), "s");
        var entry =
                JsonParser.parseString(
                                "{\"id\":\"a\",\"kind\":\"oidc\",\"issuer\":\"https://a.example\",\"clientId\":\"c\",\"clientSecretFile\":\"secret\"}")
                        .getAsJsonObject();
        JsonParser.parseString(change).getAsJsonObject().asMap().forEach(entry::add);
        var file = Files.writeString(folder.resolve("login.json"), "[" + entry + "]");

        assertThatThrownBy(() -> LoginFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence)
                .hasMessageContaining(file.toString());
    }
}
