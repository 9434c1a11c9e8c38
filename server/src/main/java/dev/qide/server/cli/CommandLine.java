package dev.qide.server.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParseResult;

/// The commands and options, and what they say about themselves.
public final class CommandLine {
    private static final int PORTS = 65_536;

    private CommandLine() {}

    public static CommandSpec spec(String version) {
        var serve =
                described(
                                "Starts the server and prints one line, with a link, when it accepts work.")
                        .addOption(
                                option(
                                                "--workspace",
                                                "NAME=DIR",
                                                "Serves the directory DIR, in place, as workspace NAME; may be repeated. Default: a sample workspace.")
                                        .arity("1")
                                        .type(List.class)
                                        .auxiliaryTypes(String.class)
                                        .build())
                        .addOption(
                                option(
                                                "--trust",
                                                "NAME",
                                                "Lets language servers run the code of workspace NAME also where the sandbox does not hold; may be repeated.")
                                        .arity("1")
                                        .type(List.class)
                                        .auxiliaryTypes(String.class)
                                        .build())
                        .addOption(host())
                        .addOption(port())
                        .addOption(data())
                        .mixinStandardHelpOptions(true)
                        .version(version);
        serve.usageMessage().footer(environment());
        var spec =
                described(
                                "Language intelligence, live collaboration and AI for any editor over one WebSocket.")
                        .name("qide")
                        .version(version)
                        .mixinStandardHelpOptions(true);
        spec.addSubcommand("serve", new picocli.CommandLine(serve));
        spec.addSubcommand("doctor", new picocli.CommandLine(DoctorCommand.spec()));
        spec.addSubcommand("token", new picocli.CommandLine(TokenCommand.spec()));
        spec.addSubcommand("backup", new picocli.CommandLine(BackupCommand.backup()));
        spec.addSubcommand("restore", new picocli.CommandLine(BackupCommand.restore()));
        return spec;
    }

    private static String[] environment() {
        var lines =
                new ArrayList<>(
                        List.of("", "Environment (NAME_FILE names a file that holds the value):"));
        for (var setting : EnvironmentVariable.values()) {
            lines.add("  %-20s  %s".formatted(setting.variable(), setting.meaning()));
        }
        return lines.toArray(String[]::new);
    }

    static OptionSpec host() {
        return option("--host", "ADDRESS", "The address to listen on. Default: ${DEFAULT-VALUE}")
                .type(String.class)
                .defaultValue("127.0.0.1")
                .build();
    }

    static OptionSpec port() {
        return option(
                        "--port",
                        "PORT",
                        "The port to listen on, 0 for any free one. Default: ${DEFAULT-VALUE}")
                .type(int.class)
                .defaultValue("8080")
                .build();
    }

    /// The option that every command takes.
    static OptionSpec data() {
        return option(
                        "--data",
                        "DIR",
                        "Where everything is kept. Default: $XDG_DATA_HOME/qide or ~/.local/share/qide")
                .type(Path.class)
                .build();
    }

    /// The settings that a parsed `serve` or `doctor` and the environment make.
    ///
    /// @throws IllegalArgumentException with a sentence for the person
    public static ServerConfig config(ParseResult serve, ServerConfig.Environment environment) {
        int port = serve.matchedOptionValue("--port", 8080);
        if (port < 0 || port >= PORTS) {
            throw new IllegalArgumentException("--port must be from 0 to 65535.");
        }
        var workspaces = workspaces(serve.matchedOptionValue("--workspace", List.of()));
        Set<String> trusted =
                Set.copyOf(serve.<List<String>>matchedOptionValue("--trust", List.of()));
        Path data = serve.matchedOptionValue("--data", ServerConfig.defaultData(environment));
        var database = environment.get("QIDE_DATABASE_URL");
        var models = environment.get("QIDE_MODELS_FILE");
        var languages = environment.get("QIDE_LANGUAGES_FILE");
        return new ServerConfig(
                workspaces,
                trusted,
                serve.matchedOptionValue("--host", "127.0.0.1"),
                port,
                data.toAbsolutePath().normalize(),
                ServerConfig.tools(environment),
                database == null ? null : new ServerConfig.DatabaseUrl(database),
                models == null ? null : Path.of(models),
                languages == null ? null : Path.of(languages),
                ServerConfig.origins(environment),
                ServerConfig.tls(environment),
                ServerConfig.proxies(environment),
                ServerConfig.showsToken(environment),
                ServerConfig.logLevel(environment));
    }

    private static Map<String, Path> workspaces(List<String> options) {
        var workspaces = new LinkedHashMap<String, Path>();
        var twice = new ArrayList<String>();
        for (var option : options) {
            int equals = option.indexOf('=');
            if (equals <= 0 || equals == option.length() - 1) {
                throw new IllegalArgumentException(
                        "--workspace must be NAME=DIR, not " + option + ".");
            }
            var name = option.substring(0, equals);
            var folder = Path.of(option.substring(equals + 1)).toAbsolutePath().normalize();
            if (workspaces.put(name, folder) != null) {
                twice.add(name);
            }
        }
        if (!twice.isEmpty()) {
            throw new IllegalArgumentException("--workspace names " + twice.getFirst() + " twice.");
        }
        return workspaces;
    }

    private static CommandSpec described(String sentence) {
        return CommandSpec.create().usageMessage(new UsageMessageSpec().description(sentence));
    }

    private static OptionSpec.Builder option(String name, String label, String description) {
        return OptionSpec.builder(name).paramLabel(label).description(description);
    }
}
