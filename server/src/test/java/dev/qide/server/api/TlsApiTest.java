package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import dev.qide.server.transport.TestCertificate;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The endpoints with TLS, by the server itself or by a trusted proxy.
class TlsApiTest {
    @TempDir Path folder;

    @Test
    void with_tls_the_link_is_https_and_the_cookie_is_secure() throws Exception {
        var certificate = TestCertificate.make(folder, "EC");
        var workspace = Files.createDirectory(folder.resolve("demo"));
        try (var server = TestServer.startWithTls(workspace, certificate.writeTo(folder));
                var http =
                        HttpClient.newBuilder()
                                .sslContext(TestCertificate.trust(certificate))
                                .build()) {
            assertThat(server.link()).startsWith("https://127.0.0.1:").contains("/#token=");
            var login =
                    HttpRequest.newBuilder(URI.create(server.link()).resolve("/api/login"))
                            .POST(
                                    HttpRequest.BodyPublishers.ofString(
                                            "{\"token\":\"" + server.token() + "\"}"))
                            .build();
            var answer = http.send(login, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(204);
            assertThat(answer.headers().firstValue("Set-Cookie").orElse(""))
                    .startsWith("qide_session=")
                    .endsWith("; Secure");
        }
    }

    @Test
    void behind_a_tls_proxy_the_cookie_is_secure_too_and_only_the_proxy_is_trusted()
            throws Exception {
        try (var server = TestServer.start(Files.createDirectory(folder.resolve("demo")))) {
            var proxy = new ApiClient(server.http(""), "127.7.7.7");
            var anybody = new ApiClient(server.http(""), "127.0.0.1");
            assertThat(loginCookie(proxy, server.token())).endsWith("; Secure");
            assertThat(loginCookie(anybody, server.token())).doesNotContain("Secure");
        }
    }

    @Test
    void a_browser_with_tls_gets_strict_transport_security_except_on_localhost() throws Exception {
        try (var server = TestServer.start(Files.createDirectory(folder.resolve("hsts")))) {
            var proxy = new ApiClient(server.http(""), "127.7.7.7");
            var anybody = new ApiClient(server.http(""), "127.0.0.1");
            for (var path : List.of("/", "/health", "/auth")) {
                var answer = proxy.send("GET", path, "X-Forwarded-Proto: https");
                assertThat(answer.header("Strict-Transport-Security"))
                        .as(path)
                        .isEqualTo("max-age=31536000");
                assertThat(anybody.send("GET", path).header("Strict-Transport-Security"))
                        .as(path)
                        .isNull();
            }
            assertThat(anybody.send("GET", "/").header("Permissions-Policy"))
                    .contains("camera=()", "microphone=()");
        }
    }

    private static String loginCookie(ApiClient client, String token) throws Exception {
        var body =
                ("{\"token\":\"" + token + "\"}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        var answer =
                client.send(
                        "POST",
                        "/api/login",
                        body,
                        "X-Forwarded-For: 192.0.2.1",
                        "X-Forwarded-Proto: https");
        assertThat(answer.status()).isEqualTo(204);
        return String.valueOf(answer.header("Set-Cookie"));
    }
}
