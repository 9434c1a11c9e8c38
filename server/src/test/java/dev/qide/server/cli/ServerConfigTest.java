package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.secrets.Secret;
import dev.qide.server.transport.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ServerConfigTest {
    @TempDir Path folder;

    @Test
    void without_options_everything_has_a_default() {
        var config = config(Map.of("XDG_DATA_HOME", "/data", "XDG_CACHE_HOME", "/cache"));

        assertThat(config.host()).isEqualTo("127.0.0.1");
        assertThat(config.port()).isEqualTo(8080);
        assertThat(config.data()).isEqualTo(Path.of("/data/qide"));
        assertThat(config.tools()).isEqualTo(Path.of("/cache/qide/tools"));
        assertThat(config.workspaces()).isEmpty();
        assertThat(config.databaseUrl()).isNull();
        assertThat(config.modelsFile()).isNull();
    }

    @Test
    void errors_are_reported_only_to_a_sentry_project() {
        assertThat(config(Map.of()).errorReports()).isNull();
        var config =
                config(
                        Map.of(
                                "QIDE_SENTRY_DSN",
                                "https://public@sentry.example/7",
                                "QIDE_ENVIRONMENT",
                                "staging"));
        assertThat(config.shown().get("errorReports"))
                .startsWith("staging, ")
                .doesNotContain("public");
        assertThatThrownBy(() -> config(Map.of("QIDE_SENTRY_DSN", "sentry.example")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("QIDE_SENTRY_DSN", "https://KEY@HOST/PROJECT");
    }

    @Test
    void spans_are_exported_only_to_a_collector_that_is_named() {
        assertThat(config(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")).spans())
                .isNull();
        var config =
                config(
                        Map.of(
                                "QIDE_OTLP_ENDPOINT",
                                "http://localhost:4318",
                                "QIDE_ENVIRONMENT",
                                "staging"));
        assertThat(config.shown().get("spans")).startsWith("staging, ");
        assertThatThrownBy(() -> config(Map.of("QIDE_OTLP_ENDPOINT", "localhost:4318")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("QIDE_OTLP_ENDPOINT", "http://localhost:4318");
    }

    @Test
    void a_pooler_is_a_secret_and_optional() {
        assertThat(config(Map.of()).databasePoolUrl()).isNull();
        var config = config(Map.of("QIDE_DATABASE_POOL_URL", "postgresql://a:secret@h:6432/d"));
        assertThat(config.databasePoolUrl()).isEqualTo(Secret.of("postgresql://a:secret@h:6432/d"));
        assertThat(config.toString()).doesNotContain("secret");
    }

    @Test
    void a_file_may_supply_a_value_and_wins() throws IOException {
        var file = Files.writeString(folder.resolve("url"), "postgresql://a:secret@h/d\n");

        var config =
                config(
                        Map.of(
                                "QIDE_DATABASE_URL",
                                "postgresql://b@h/d",
                                "QIDE_DATABASE_URL_FILE",
                                file.toString()));

        assertThat(databaseUrl(config)).isEqualTo(Secret.of("postgresql://a:secret@h/d"));
        assertThat(config.toString()).doesNotContain("secret");
        Files.writeString(file, "postgresql://a:renewed@h/d");
        assertThat(databaseUrl(config)).isEqualTo(Secret.of("postgresql://a:renewed@h/d"));
        // Neither an empty nor a missing file ends the use of the last value.
        Files.writeString(file, "\n");
        assertThat(databaseUrl(config)).isEqualTo(Secret.of("postgresql://a:renewed@h/d"));
        Files.delete(file);
        assertThat(databaseUrl(config)).isEqualTo(Secret.of("postgresql://a:renewed@h/d"));
    }

    private static Secret databaseUrl(ServerConfig config) {
        return Objects.requireNonNull(config.databaseUrl()).current();
    }

    @Test
    void a_directory_may_supply_values() throws IOException {
        Files.writeString(folder.resolve("QIDE_DATABASE_URL"), "postgresql://a:secret@h/d\n");
        Files.writeString(folder.resolve("QIDE_LOG_LEVEL"), "DEBUG\n");
        var file = Files.writeString(folder.resolve("level"), "WARN");

        var config =
                config(
                        Map.of(
                                "QIDE_SETTINGS_DIR",
                                folder.toString(),
                                "QIDE_DATABASE_URL",
                                "postgresql://b@h/d",
                                "QIDE_LOG_LEVEL_FILE",
                                file.toString()));

        assertThat(databaseUrl(config)).isEqualTo(Secret.of("postgresql://a:secret@h/d"));
        assertThat(config.logLevel()).isEqualTo("WARN");
    }

    @Test
    void a_missing_file_is_named() {
        assertThatThrownBy(() -> config(Map.of("QIDE_MODELS_FILE_FILE", "/no/such/file")))
                .hasMessageContaining("QIDE_MODELS_FILE_FILE");
    }

    @Test
    void the_settings_in_the_log_contain_no_secret() {
        var config = config(Map.of("QIDE_DATABASE_URL", "postgresql://a:secret@h/d"));

        assertThat(config.shown().toString())
                .doesNotContain("secret")
                .contains("database=external");
        assertThat(config.toString()).doesNotContain("secret");
    }

    @Test
    void options_of_the_command_line_are_read() {
        var config =
                config(
                        Map.of(),
                        "--workspace",
                        "a=" + folder,
                        "--workspace",
                        "b=/b",
                        "--trust",
                        "a",
                        "--port",
                        "0");

        assertThat(config.workspaces())
                .containsOnly(Map.entry("a", folder), Map.entry("b", Path.of("/b")));
        assertThat(config.trusted()).containsExactly("a");
        assertThat(config.port()).isZero();
    }

    @Test
    void origins_are_a_list() {
        assertThat(
                        config(Map.of("QIDE_ORIGINS", "https://a.example, https://b.example,"))
                                .origins())
                .containsExactlyInAnyOrder("https://a.example", "https://b.example");
    }

    @Test
    void a_meaningless_value_is_refused_with_a_correction() {
        assertThatThrownBy(() -> config(Map.of("QIDE_LOG_LEVEL", "VERBOSE")))
                .hasMessage("QIDE_LOG_LEVEL must be one of TRACE, DEBUG, INFO, WARN, ERROR.");
        for (var origin : List.of("ide.example", "https://ide.example/", "https://Ide.example")) {
            assertThatThrownBy(() -> config(Map.of("QIDE_ORIGINS", origin)))
                    .hasMessageContaining(
                            "QIDE_ORIGINS contains " + origin + ": write each origin as");
        }
    }

    @Test
    void tls_needs_both_files_and_a_proxy_is_a_network() {
        var both = config(Map.of("QIDE_TLS_CERT", "/c.pem", "QIDE_TLS_KEY", "/k.pem"));
        assertThat(both.tls()).isEqualTo(new TlsFiles(Path.of("/c.pem"), Path.of("/k.pem")));
        assertThat(both.shown()).containsEntry("tls", "on");
        assertThat(config(Map.of()).tls()).isNull();
        assertThatThrownBy(() -> config(Map.of("QIDE_TLS_CERT", "/c.pem")))
                .hasMessageContaining("QIDE_TLS_KEY");
        assertThatThrownBy(() -> config(Map.of("QIDE_SHOW_TOKEN", "no")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("QIDE_SHOW_TOKEN must be true or false");
        assertThatThrownBy(() -> config(Map.of("QIDE_TRUSTED_PROXIES", "10.0.0.0/8, proxy")))
                .hasMessageContaining("not proxy");
    }

    @Test
    void the_url_of_a_node_has_a_scheme_and_no_path() throws IOException {
        assertThat(config(Map.of()).nodes()).isEqualTo(NodeConfig.none());
        for (var url :
                List.of("http://10.0.0.5:8080", "https://node.example:443", "http://[::1]:80")) {
            assertThat(config(Map.of("QIDE_NODE_URL", url)).nodes().url()).hasToString(url);
        }
        assertThat(config(Map.of("QIDE_NODE_URL", "https://node.example/")).nodes().url())
                .hasToString("https://node.example:443");
        for (var url :
                List.of(
                        "10.0.0.5:8080",
                        "ftp://10.0.0.5",
                        "http://a.example/path",
                        "http://user@a.example",
                        "http://a b")) {
            assertThatThrownBy(() -> config(Map.of("QIDE_NODE_URL", url)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("QIDE_NODE_URL must be a URL without a path");
        }
        var empty = Files.writeString(folder.resolve("empty.pem"), "");
        for (var file : List.of(empty.toString(), folder.resolve("none.pem").toString())) {
            assertThatThrownBy(() -> config(Map.of("QIDE_NODE_CA", file)))
                    .hasMessageContaining("QIDE_NODE_CA is " + file + ", which cannot be used");
        }
    }

    @Test
    void a_server_with_files_in_an_external_database_serves_no_sample() {
        var external = Map.of("QIDE_DATABASE_URL", "postgresql://qide:x@database/qide");
        var files = Map.of("QIDE_FILES", "database");
        assertThat(config(Map.of()).hasSample()).isTrue();
        assertThat(config(external).hasSample()).isTrue();
        assertThat(config(files).hasSample()).isTrue();
        var both = new HashMap<>(external);
        both.putAll(files);
        assertThat(config(both).hasSample()).isFalse();
    }

    @Test
    void redis_is_a_setting_whose_password_is_never_shown() throws Exception {
        assertThat(config(Map.of()).nodes().redis()).isNull();
        var file = Files.writeString(folder.resolve("redis"), "redis://:hunter2@cache/1\n");
        var config = config(Map.of("QIDE_REDIS_URL_FILE", file.toString()));
        assertThat(config.shown()).containsEntry("redis", "redis://cache:6379/1");
        assertThat(config.toString()).doesNotContain("hunter2");
        assertThatThrownBy(() -> config(Map.of("QIDE_REDIS_URL", "cache:6379")))
                .hasMessageContaining("QIDE_REDIS_URL must be redis://");
    }

    @Test
    void help_names_the_settings_of_the_environment() {
        assertThat(new CommandLine(command(Map.of())).getUsageMessage())
                .contains("QIDE_TLS_CERT", "QIDE_TLS_KEY", "QIDE_TRUSTED_PROXIES");
    }

    private static ServerConfig config(Map<String, String> environment, String... options) {
        var command = command(environment);
        var _ = new CommandLine(command).parseArgs(options);
        return command.config();
    }

    private static ServeCommand command(Map<String, String> environment) {
        var context =
                new QideCommand.Context(
                        new ServerConfig.Environment(new HashMap<>(environment)),
                        System.out,
                        System.err);
        return new ServeCommand(
                context,
                (_, _) -> {
                    throw new AssertionError("No server is started.");
                });
    }
}
