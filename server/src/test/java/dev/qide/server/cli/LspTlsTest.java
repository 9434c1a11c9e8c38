package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import dev.qide.server.TestServer;
import dev.qide.server.transport.TestCertificate;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `qide lsp` and `qide login` over TLS: the certificate must be trusted, and be that of the host.
class LspTlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir Path folder;
    @RegisterExtension final CommandProcesses processes = new CommandProcesses();

    @Test
    void only_the_certificate_of_the_host_that_was_named_is_accepted() throws Exception {
        var certificate = TestCertificate.make(folder, "EC");
        var options = new ArrayList<>(trusting(certificate, folder));
        var hosts =
                Files.writeString(folder.resolve("hosts"), "127.0.0.1 localhost other.example\n");
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        try (var server = TestServer.startWithTls(workspace, certificate.writeTo(folder))) {
            var token = Files.writeString(folder.resolve("token"), server.token());
            int port = server.http("").getPort();
            options.add("-Djdk.net.hosts.file=" + hosts);
            var lsp = List.of("lsp", TestServer.WORKSPACE, "--token-file", token.toString());

            var process = start(Redirect.PIPE, options, lsp, "https://localhost:" + port);
            try (var editor = StdioEditor.of(process)) {
                editor.initialize("{}");
                editor.exit();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();

            refused("other.example found", options, lsp, "https://other.example:" + port);
            refused("PKIX path building failed", List.of(), lsp, "https://localhost:" + port);
            var login = List.of("login");
            refused("other.example found", options, login, "https://other.example:" + port);
        }
    }

    private void refused(String reason, List<String> options, List<String> line, String url)
            throws Exception {
        var nothing = Redirect.from(new File("/dev/null"));
        var process = start(nothing, options, line, url);
        assertThat(CommandProcesses.awaitEnd(process)).isEmpty();
        assertThat(process.exitValue()).isEqualTo(QideCommand.REFUSED);
        var err = folder.resolve("stderr");
        assertThat(err).content().contains("There is no secure connection to", reason);
        Files.delete(err);
    }

    private Process start(Redirect input, List<String> options, List<String> line, String url)
            throws Exception {
        var command = new ArrayList<>(List.of(ChildJvm.java()));
        command.addAll(options);
        command.addAll(List.of("-cp", ChildJvm.classPath(), "dev.qide.server.ClientMain"));
        command.addAll(line);
        command.addAll(List.of("--url", url));
        return processes.start(
                folder.resolve("stderr"),
                Map.of(
                        "XDG_CONFIG_HOME", folder.resolve("config").toString(),
                        "XDG_CACHE_HOME", folder.resolve("cache").toString()),
                input,
                command);
    }

    /// The options of a JVM that trusts a certificate.
    static List<String> trusting(TestCertificate certificate, Path folder) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("a", certificate.certificate());
        var file = folder.resolve("trust.p12");
        try (var out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        }
        return List.of(
                "-Djavax.net.ssl.trustStore=" + file,
                "-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
    }
}
