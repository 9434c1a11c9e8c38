package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import dev.qide.server.ConnectProxy;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.transport.TestCertificate;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `qide login` and `qide lsp` through an HTTP proxy, to a host that only the proxy can find.
class LspProxyTest {
    private static final String HOST = "ide.example";
    private static final String CREDENTIALS =
            "Basic "
                    + Base64.getEncoder()
                            .encodeToString("ann:p@ss".getBytes(StandardCharsets.UTF_8));

    @TempDir Path folder;
    @RegisterExtension final CommandProcesses processes = new CommandProcesses();

    /// Of the JVM.
    private final List<String> options = new ArrayList<>();

    private final Map<String, String> environment = new HashMap<>();

    @Test
    void a_server_with_tls_is_reached_through_a_proxy_with_a_password() throws Exception {
        var certificate = TestCertificate.make(folder, "EC", "-ext", "SAN=dns:" + HOST);
        options.addAll(LspTlsTest.trusting(certificate, folder));
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        try (var server = TestServer.startWithTls(workspace, certificate.writeTo(folder));
                var proxy = new ConnectProxy(server.http("").getPort())) {
            proxy.require(CREDENTIALS);
            environment.put("HTTPS_PROXY", proxy.url("ann:p%40ss"));
            var url = "https://%s:%d".formatted(HOST, server.http("").getPort());

            requireServed(server, url);
            assertThat(proxy.heads())
                    .hasSizeGreaterThanOrEqualTo(2)
                    .allMatch(head -> head.startsWith("CONNECT " + url.substring(8) + " HTTP/1.1"))
                    .noneMatch(head -> head.contains("Bearer"));

            environment.put("HTTPS_PROXY", proxy.url("ann:wrong"));
            requireRefused(server, url, "demands a name and password: write them into HTTPS_PROXY");
            environment.put("HTTPS_PROXY", proxy.url("ann:p%40ss"));
            proxy.refuse("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            requireRefused(server, url, "does not connect to");
        }
    }

    @Test
    void a_server_without_tls_is_reached_through_a_proxy() throws Exception {
        try (var server = TestServer.start(Files.createDirectory(folder.resolve("workspace")));
                var proxy = new ConnectProxy(server.http("").getPort())) {
            proxy.require(CREDENTIALS);
            environment.put("http_proxy", proxy.url("ann:p%40ss"));
            environment.put("https_proxy", "http://127.0.0.1:1");
            var url = "http://%s:%d".formatted(HOST, server.http("").getPort());

            requireServed(server, url);
            assertThat(proxy.heads()).anyMatch(head -> head.startsWith("CONNECT " + HOST));
            environment.put("http_proxy", environment.get("https_proxy"));
            requireRefused(server, url, "does not answer");
        }
    }

    private void requireServed(TestServer server, String url) throws Exception {
        var login = run("login", "--url", link(server, url));
        assertThat(CommandProcesses.awaitEnd(login)).contains("Logged in to " + url + " as Ann.");
        var lsp = start(Redirect.PIPE, "lsp", TestServer.WORKSPACE, "--url", url);
        try (var editor = StdioEditor.of(lsp)) {
            editor.initialize("{}");
            editor.exit();
        }
        assertThat(lsp.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(lsp.exitValue()).isZero();
        assertThat(stderr()).isEmptyFile();
    }

    private void requireRefused(TestServer server, String url, String sentence) throws Exception {
        for (var process :
                List.of(
                        run("login", "--url", link(server, url)),
                        run("lsp", TestServer.WORKSPACE, "--url", url))) {
            assertThat(CommandProcesses.awaitEnd(process)).isEmpty();
            assertThat(process.exitValue()).isEqualTo(QideCommand.REFUSED);
        }
        assertThat(stderr())
                .content()
                .satisfies(text -> assertThat(text.split("\n", -1)).hasSize(3))
                .matches(text -> text.indexOf(sentence) < text.lastIndexOf(sentence))
                .doesNotContain("p@ss", "p%40ss", "wrong");
        Files.delete(stderr());
    }

    private static String link(TestServer server, String url) throws InterruptedException {
        return url + "/#token=" + server.tokenOf("Ann", Scope.EDIT);
    }

    private Process run(String... line) throws Exception {
        return start(Redirect.from(new File("/dev/null")), line);
    }

    private Process start(Redirect input, String... line) throws Exception {
        var command =
                new ArrayList<>(
                        List.of(ChildJvm.java(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", ChildJvm.classPath(), "dev.qide.server.ClientMain"));
        command.addAll(List.of(line));
        var variables = new HashMap<>(environment);
        variables.put("XDG_CONFIG_HOME", folder.resolve("config").toString());
        variables.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        return processes.start(stderr(), variables, input, command);
    }

    private Path stderr() {
        return folder.resolve("stderr");
    }
}
