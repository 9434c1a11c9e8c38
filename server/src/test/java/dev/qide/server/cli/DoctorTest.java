package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FreePort;
import dev.qide.server.TestDatabase;
import dev.qide.server.cli.Doctor.Finding;
import dev.qide.server.cli.Doctor.State;
import dev.qide.server.redis.TestRedis;
import dev.qide.server.terminal.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// `doctor`: its findings and advice, and that it knows every setting.
class DoctorTest {
    private static final Pattern SETTING = Pattern.compile("QIDE_[A-Z_]*[A-Z]");

    @TempDir Path folder;

    @Test
    void without_node_doctor_says_what_still_works_and_what_to_do() throws Exception {
        var findings = examine(Map.of("PATH", folder.toString()));

        assertThat(finding(findings, "Node").state()).isEqualTo(State.LIMITED);
        assertThat(finding(findings, "Node").sentence())
                .contains("is missing", "collaboration, files and AI work", "apt install nodejs");
        assertThat(finding(findings, "sandbox").sentence()).contains("without Node");
        assertThat(findings).noneMatch(finding -> finding.state() == State.BROKEN);
        assertThat(Files.exists(folder.resolve("data"))).as("doctor changes nothing").isFalse();
    }

    @Test
    void a_silent_database_is_reported_without_its_password() throws Exception {
        int free = FreePort.next();
        var findings =
                examine(
                        Map.of(
                                "QIDE_DATABASE_URL",
                                "postgresql://me:s3cret@127.0.0.1:" + free + "/qide"));

        assertThat(finding(findings, "database").state()).isEqualTo(State.BROKEN);
        assertThat(findings.toString()).contains("QIDE_DATABASE_URL").doesNotContain("s3cret");
    }

    @Test
    void an_answering_database_is_reported_with_its_version() throws Exception {
        try (var test = TestDatabase.create()) {
            var address = test.address();
            var url =
                    address.url()
                            .replace(
                                    "jdbc:postgresql://",
                                    "postgresql://%s:%s@"
                                            .formatted(address.user(), address.password()));
            assertThat(finding(examine(Map.of("QIDE_DATABASE_URL", url)), "database").toString())
                    .startsWith("ok")
                    .containsPattern("PostgreSQL \\d+\\.\\d+ answers");
        }
    }

    @Test
    void redis_is_reported_if_it_is_set() throws Exception {
        assertThat(examine(Map.of())).noneMatch(finding -> finding.subject().equals("Redis"));
        try (var redis = TestRedis.start(folder, "hunter2")) {
            var url = "redis://:%s@127.0.0.1:" + redis.address().port();
            var right = examine(Map.of("QIDE_REDIS_URL", url.formatted("hunter2")));
            assertThat(finding(right, "Redis").toString())
                    .startsWith("ok")
                    .contains("servers count rate limits together")
                    .doesNotContain("hunter2");

            var wrong = finding(examine(Map.of("QIDE_REDIS_URL", url.formatted("other"))), "Redis");
            assertThat(wrong.state()).isEqualTo(State.LIMITED);
            assertThat(wrong.sentence()).contains("refuses the login", "QIDE_REDIS_URL");
        }
    }

    @Test
    void a_port_in_use_and_a_malformed_models_file_are_named() throws Exception {
        var models = Files.writeString(folder.resolve("models.json"), "{");
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var findings =
                    examine(
                            Map.of("QIDE_MODELS_FILE", models.toString()),
                            "--port=" + taken.getLocalPort());

            assertThat(finding(findings, "port").state()).isEqualTo(State.LIMITED);
            assertThat(finding(findings, "port").sentence()).contains("--port");
            assertThat(finding(findings, "models").state()).isEqualTo(State.BROKEN);
        }
    }

    @Test
    void an_unusable_certificate_is_named() throws Exception {
        var nothing = Files.writeString(folder.resolve("nothing.pem"), "").toString();
        var finding =
                finding(examine(Map.of("QIDE_TLS_CERT", nothing, "QIDE_TLS_KEY", nothing)), "TLS");
        assertThat(finding.state()).isEqualTo(State.BROKEN);
        assertThat(finding.sentence()).contains("nothing.pem");
        assertThat(finding(examine(Map.of()), "TLS").state()).isEqualTo(State.OK);
    }

    @Test
    void an_unusable_data_directory_is_named() throws Exception {
        Files.writeString(folder.resolve("data"), "a file");
        var finding = finding(examine(Map.of()), "data directory");
        assertThat(finding.state()).isEqualTo(State.BROKEN);
        assertThat(finding.sentence()).contains("--data");
    }

    @Test
    void terminals_are_reported_with_what_they_lack() throws Exception {
        var off = finding(examine(Map.of()), "terminals");
        assertThat(off.state()).isEqualTo(State.OK);
        assertThat(off.sentence()).contains("off", "QIDE_TERMINALS");

        var findings = examine(Map.of("QIDE_TERMINALS", "owners"));
        boolean isPossible =
                finding(findings, "sandbox").state() == State.OK
                        && Terminals.machineProblem() == null;
        assertThat(finding(findings, "terminals").state())
                .isEqualTo(isPossible ? State.OK : State.LIMITED);

        var without =
                finding(
                        examine(Map.of("QIDE_TERMINALS", "owners", "PATH", folder.toString())),
                        "terminals");
        assertThat(without.state()).isEqualTo(State.LIMITED);
        assertThat(without.sentence()).contains("owners", "no terminals", "sandbox");
    }

    @Test
    void an_unknown_variable_with_our_prefix_is_named() {
        assertThat(
                        EnvironmentVariable.unknown(
                                Map.of(
                                        "QIDE_TOOL", "x",
                                        "QIDE_TOOLS", "x",
                                        "QIDE_ORIGINS_FILE", "x",
                                        "PATH", "x")))
                .containsExactly("QIDE_TOOL");
    }

    @Test
    void the_settings_are_listed_with_their_values_and_secrets_masked() throws Exception {
        var out = new ByteArrayOutputStream();
        var environment =
                new ServerConfig.Environment(
                        variables(
                                Map.of(
                                        "QIDE_DATABASE_URL",
                                        "postgresql://me:s3cret@127.0.0.1:1/qide",
                                        "QIDE_LOG_LEVEL",
                                        "DEBUG")));
        var printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        var command = command(environment, printed);

        assertThat(command.call())
                .as("the database does not answer")
                .isEqualTo(QideCommand.REFUSED);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("QIDE_DATABASE_URL +\\*\\*\\*")
                .containsPattern("QIDE_LOG_LEVEL +DEBUG")
                .contains("(default)")
                .doesNotContain("s3cret");
    }

    /// `doctor` would report a setting that it does not know as misspelt, although the code or the
    /// documents name it.
    @Test
    void every_setting_that_is_read_or_documented_is_known() throws IOException {
        var root = Path.of("..").toRealPath();
        try (var sources = Files.walk(root.resolve("server/src/main/java"))) {
            for (var source : sources.filter(Files::isRegularFile).toList()) {
                assertThat(unknownIn(source)).as(source.toString()).isEmpty();
            }
        }
        for (var file : List.of("docs/operations.md", "qide", "ops/build/find-java")) {
            assertThat(unknownIn(root.resolve(file))).as(file).isEmpty();
        }
        var settings = Files.readString(root.resolve("docs/operations.md"));
        for (var setting : EnvironmentVariable.values()) {
            assertThat(settings).contains("`" + setting.variable() + "`");
        }
    }

    private static List<String> unknownIn(Path file) throws IOException {
        var named = new HashMap<String, String>();
        SETTING.matcher(Files.readString(file)).results().forEach(it -> named.put(it.group(), ""));
        return EnvironmentVariable.unknown(named);
    }

    private List<Finding> examine(Map<String, String> given, String... options)
            throws InterruptedException {
        var environment = new ServerConfig.Environment(variables(given));
        return Doctor.examine(config(environment, options), environment.variables());
    }

    private Map<String, String> variables(Map<String, String> given) {
        var variables = new HashMap<>(Map.of("PATH", System.getenv("PATH")));
        variables.put("QIDE_TOOLS", folder.resolve("tools").toString());
        variables.putAll(given);
        return variables;
    }

    private ServerConfig config(ServerConfig.Environment environment, String... options) {
        return command(environment, System.out, options).config();
    }

    private DoctorCommand command(
            ServerConfig.Environment environment, PrintStream out, String... options) {
        var arguments = new ArrayList<>(List.of(options));
        arguments.add("--data=" + folder.resolve("data"));
        var command = new DoctorCommand(new QideCommand.Context(environment, out, System.err));
        var _ = new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
        return command;
    }

    private static Finding finding(List<Finding> findings, String what) {
        return findings.stream()
                .filter(finding -> finding.subject().equals(what))
                .findFirst()
                .orElseThrow(() -> new AssertionError(what + " in " + findings));
    }
}
