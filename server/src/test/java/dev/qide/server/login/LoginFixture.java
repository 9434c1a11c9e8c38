package dev.qide.server.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Await;
import dev.qide.server.FreePort;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A JUnit extension: doubles of two login providers, and a server that is started with them.
final class LoginFixture implements BeforeEachCallback, AfterEachCallback {
    private int port;
    private @Nullable IssuerDouble issuer;
    private @Nullable GithubDouble github;
    private @Nullable TestServer server;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        port = FreePort.next();
        issuer = new IssuerDouble();
        github = new GithubDouble();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (server != null) {
            server.close();
        }
        issuer().close();
        github().close();
    }

    int port() {
        return port;
    }

    IssuerDouble issuer() {
        return Objects.requireNonNull(issuer);
    }

    GithubDouble github() {
        return Objects.requireNonNull(github);
    }

    /// Starts a server with the provider `issuer` (OpenID Connect) and `github`.
    void start(Path folder, String issuerAdmits, String role, String githubAdmits)
            throws IOException {
        Files.writeString(folder.resolve("issuer.secret"), IssuerDouble.SECRET + "\n");
        Files.writeString(folder.resolve("github.secret"), GithubDouble.SECRET + "\n");
        var file =
                Files.writeString(
                        folder.resolve("login.json"),
                        """
                        [{"id":"issuer","kind":"oidc","issuer":"%s","clientId":"%s",
                          "clientSecretFile":"issuer.secret","admit":%s,"role":"%s"},
                         {"id":"github","kind":"github","clientId":"%s",
                          "clientSecretFile":"github.secret","url":"%s","apiUrl":"%s","admit":%s}]
                        """
                                .formatted(
                                        issuer().url(),
                                        IssuerDouble.CLIENT,
                                        issuerAdmits,
                                        role,
                                        GithubDouble.CLIENT,
                                        github().url(),
                                        github().url(),
                                        githubAdmits));
        var workspace = Files.createDirectories(folder.resolve("workspace"));
        start(workspace, file);
    }

    /// Starts a server with the providers of a login file.
    void start(Path workspace, Path file) throws IOException {
        server = TestServer.startWithLogin(workspace, port, file);
    }

    TestServer server() {
        return Objects.requireNonNull(server);
    }

    void logIn(WebBrowser browser, String provider) throws Exception {
        var answer = browser.open(server().http("/auth/" + provider));
        assertThat(answer.uri()).as(answer.body()).isEqualTo(server().http("/"));
        assertThat(browser.once(server().http("/api/me")).statusCode()).isEqualTo(200);
    }

    static void assertPage(HttpResponse<String> answer, LoginFailure failure) {
        assertThat(answer.body()).contains(failure.sentence().split("[’'&]", 2)[0], "Start again");
        assertThat(answer.statusCode()).isEqualTo(failure.status());
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("text/html; charset=utf-8");
    }

    void awaitRow(String table) {
        Await.await(table, Duration.ofSeconds(20), () -> rows(table) > 0);
    }

    long rows(String table) {
        return server().database().count("SELECT count(*) FROM " + table);
    }
}
