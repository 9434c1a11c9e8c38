package dev.qide.server.cli;

import dev.qide.server.ai.Model;
import dev.qide.server.ai.ModelsFile;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.InstalledTools;
import dev.qide.server.language.SandboxProbeResult;
import dev.qide.server.redis.RedisCheck;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.DatabaseCheck;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.terminal.TerminalAccess;
import dev.qide.server.terminal.Terminals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Checks whether this machine can run the server: what is missing, what works without it, and what
/// to do. Starts no server and changes nothing.
final class Doctor {
    private static final long LOW_SPACE_BYTES = 1L << 30;
    private static final long TOO_LITTLE_SPACE_BYTES = 100L << 20;
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files +(\\d+)");
    private static final long OPEN_FILES_OF_A_SERVER = 4_096;
    private static final Pattern NODE_VERSION = Pattern.compile("v(\\d+)\\.(\\d+)\\..*");
    private static final int NODE_MAJOR = 20;
    private static final int NODE_MINOR = 19;
    private static final String WITHOUT_LANGUAGES =
            " Editing, collaboration, files and AI work; language servers do not.";

    private final ServerConfig config;
    private final Map<String, String> variables;
    private final List<Finding> findings = new ArrayList<>();

    /// The result of a check.
    enum State {
        OK("ok"),
        LIMITED("limited"),
        BROKEN("BROKEN");

        private final String word;

        State(String word) {
            this.word = word;
        }
    }

    /// One check.
    ///
    /// @param sentence the result; if it is not `OK`, also the consequence and what to do
    record Finding(State state, String subject, String sentence) {
        @Override
        public String toString() {
            return "%-8s %-17s %s".formatted(state.word, subject, sentence);
        }
    }

    private Doctor(ServerConfig config, Map<String, String> variables) {
        this.config = config;
        this.variables = variables;
    }

    /// Runs all checks; takes a second or two, at most a minute.
    static List<Finding> examine(ServerConfig config, Map<String, String> variables)
            throws InterruptedException {
        var doctor = new Doctor(config, variables);
        doctor.java();
        doctor.unknownSettings();
        doctor.data();
        boolean isRunning = doctor.database();
        doctor.ok("files", config.nodes().files().sentence());
        doctor.redis();
        doctor.port(isRunning);
        doctor.certificate();
        doctor.openFiles();
        doctor.languages();
        doctor.models();
        return List.copyOf(doctor.findings);
    }

    private void java() {
        var runtime = Runtime.getRuntime();
        ok(
                "Java",
                "%s, %d processors, heap up to %s"
                        .formatted(
                                Runtime.version(),
                                runtime.availableProcessors(),
                                gigabytes(runtime.maxMemory())));
    }

    private void unknownSettings() {
        for (var variable : EnvironmentVariable.unknown(variables)) {
            limited(
                    "setting",
                    variable
                            + " is not a setting of this version and is ignored: check its spelling.");
        }
    }

    private void redis() throws InterruptedException {
        var address = config.nodes().redis();
        if (address != null) {
            var check = RedisCheck.of(address);
            var state = check.isUsable() ? State.OK : State.LIMITED;
            findings.add(new Finding(state, "Redis", check.sentence()));
        }
    }

    private void data() {
        var data = config.data();
        var existing = data;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            broken(
                    "data directory",
                    data
                            + " is not writable: make it writable for this user, or name another with --data.");
            return;
        }
        try {
            long free = Files.getFileStore(existing).getUsableSpace();
            var sentence = data + ", " + gigabytes(free) + " free";
            if (free < TOO_LITTLE_SPACE_BYTES) {
                broken(
                        "data directory",
                        sentence + ": not enough for the database. Free some space.");
            } else if (free < LOW_SPACE_BYTES) {
                limited(
                        "data directory",
                        sentence
                                + ": edits cannot be saved when the disk is full. Free some space.");
            } else {
                ok("data directory", sentence);
            }
        } catch (IOException failure) {
            limited(
                    "data directory",
                    data + ": its free space is unknown: " + failure + ". Check it yourself.");
        }
    }

    /// @return whether a server is running on this data directory
    private boolean database() {
        var url = config.databaseUrl();
        if (url != null) {
            external(url.current().reveal());
            return false;
        }
        var directory = ServerConfig.postgres(config.data());
        switch (DatabaseCheck.ofRunning(directory)) {
            case null -> idle(directory);
            case DatabaseCheck.Answers(var version) -> {
                ok("database", "embedded PostgreSQL " + version + " of a running server answers");
                return true;
            }
            case DatabaseCheck.Silent(var why) -> {
                limited(
                        "database",
                        "A server runs on this data directory, but its PostgreSQL does not answer: "
                                + (why.endsWith(".") ? why : why + ".")
                                + " See the server's log.");
                return true;
            }
        }
        return false;
    }

    private void idle(Path directory) {
        var problem = DatabaseCheck.setupProblem(directory);
        if (problem != null) {
            broken("database", problem);
        } else {
            ok(
                    "database",
                    Files.isDirectory(directory)
                            ? "embedded PostgreSQL, not running; a server starts it"
                            : "embedded PostgreSQL; the first start sets it up");
        }
    }

    private void external(String url) {
        try {
            switch (DatabaseCheck.of(DatabaseAddress.parse(url))) {
                case DatabaseCheck.Answers(var version) ->
                        ok("database", "PostgreSQL " + version + " answers");
                case DatabaseCheck.Silent(var why) ->
                        broken(
                                "database",
                                "It does not answer: %s Check that it is running and that QIDE_DATABASE_URL is correct."
                                        .formatted(why.endsWith(".") ? why : why + "."));
            }
        } catch (StartRefusedException wrong) {
            broken("database", String.valueOf(wrong.getMessage()));
        }
    }

    private void port(boolean isRunning) {
        var address = new InetSocketAddress(config.host(), config.port());
        var name = config.host() + ":" + config.port();
        try (var socket = new ServerSocket()) {
            socket.bind(address);
            ok("port", name + " is free");
        } catch (IOException taken) {
            if (isRunning) {
                ok("port", name + " is in use while a server runs on this data directory");
            } else {
                limited(
                        "port",
                        name + " is in use by another program: choose another port with --port.");
            }
        }
    }

    private void certificate() {
        var tls = config.tls();
        if (tls == null) {
            ok("TLS", "off; QIDE_TLS_CERT and QIDE_TLS_KEY turn it on");
            return;
        }
        try {
            tls.requirePair();
            ok("TLS", "on, with the certificate of " + tls.certificate());
        } catch (IllegalArgumentException wrong) {
            broken("TLS", String.valueOf(wrong.getMessage()));
        }
    }

    private void openFiles() {
        try {
            var matcher = OPEN_FILES.matcher(Files.readString(LIMITS));
            if (!matcher.find()) {
                return;
            }
            long files = Long.parseLong(matcher.group(1));
            if (files < OPEN_FILES_OF_A_SERVER) {
                limited(
                        "open files",
                        "%d: too few for many connections. Raise the limit with `ulimit -n %d`."
                                .formatted(files, OPEN_FILES_OF_A_SERVER));
            } else {
                ok("open files", "at most " + files);
            }
        } catch (IOException _) {
            // Only Linux has this file.
        }
    }

    private void languages() throws InterruptedException {
        var path = variables.getOrDefault("PATH", "/usr/bin:/bin");
        var machine = InstalledTools.detect(config.tools(), path, declarations(path));
        var node = machine.node();
        if (node == null) {
            limited(
                    "Node",
                    "It is missing."
                            + WITHOUT_LANGUAGES
                            + " Install Node 20.19 or newer (Debian: apt install nodejs npm).");
            limited("sandbox", "Cannot test it without Node. Install Node first.");
            terminals(null);
            return;
        }
        if (isOld(node)) {
            limited(
                    "Node",
                    node + " is older than 20.19: language servers may not start. Update it.");
        } else {
            ok("Node", node);
        }
        servers(machine);
        switch (machine.sandbox()) {
            case SandboxProbeResult.Works() -> ok("sandbox", "works");
            case SandboxProbeResult.Failed(var sentence) ->
                    limited(
                            "sandbox",
                            sentence + " Until then only servers that run no project code start.");
            case null -> {
                // The sandbox is tested only with Node.
            }
        }
        terminals(machine.sandbox());
    }

    private void terminals(@Nullable SandboxProbeResult sandbox) {
        var access = config.terminals();
        if (access == TerminalAccess.OFF) {
            ok("terminals", "off; QIDE_TERMINALS=owners or =editors turns them on");
            return;
        }
        var problem =
                sandbox instanceof SandboxProbeResult.Works
                        ? Terminals.machineProblem()
                        : "sandbox";
        if (problem == null) {
            ok("terminals", "on for the " + access + " of a workspace");
            return;
        }
        var what =
                switch (problem) {
                    case "system" -> "they need Linux on x86-64 or arm64.";
                    case "root" ->
                            "as root, the server must create control groups. Run it as another user.";
                    case "setsid" -> "setsid is missing. Install util-linux.";
                    default -> "they need the sandbox. See above.";
                };
        limited(
                "terminals",
                "QIDE_TERMINALS is %s, but there are no terminals: %s".formatted(access, what));
    }

    private Declarations declarations(String path) {
        try {
            return config.declarations(path);
        } catch (IllegalArgumentException wrong) {
            broken("language servers", String.valueOf(wrong.getMessage()));
            return Declarations.builtIn().present(path);
        }
    }

    private void servers(InstalledTools machine) {
        if (!machine.ready().isEmpty()) {
            ok("language servers", "ready: " + String.join(", ", machine.ready()));
        }
        if (machine.installable().isEmpty()) {
            return;
        }
        var rest = String.join(", ", machine.installable());
        if (machine.hasNpm()) {
            ok("language servers", "installed by npm when first needed: " + rest);
        } else {
            limited(
                    "language servers",
                    "Not installed: %s. Install npm, which installs them (Debian: apt install npm)."
                            .formatted(rest));
        }
    }

    private static boolean isOld(String version) {
        var matcher = NODE_VERSION.matcher(version);
        if (!matcher.matches()) {
            return false;
        }
        int major = Integer.parseInt(matcher.group(1));
        int minor = Integer.parseInt(matcher.group(2));
        return major < NODE_MAJOR || (major == NODE_MAJOR && minor < NODE_MINOR);
    }

    private void models() {
        var file = config.modelsFile();
        if (file == null) {
            ok(
                    "models",
                    "none, so no ghost text and no chat; set QIDE_MODELS_FILE to a models file");
            return;
        }
        try {
            var models = ModelsFile.read(file).models();
            var names = models.stream().map(Model::name).toList();
            ok("models", (names.isEmpty() ? "none" : String.join(", ", names)) + " in " + file);
        } catch (StartRefusedException | UncheckedIOException | IllegalArgumentException wrong) {
            broken("models", String.valueOf(wrong.getMessage()));
        }
    }

    private void ok(String subject, String sentence) {
        findings.add(new Finding(State.OK, subject, sentence));
    }

    private void limited(String subject, String sentence) {
        findings.add(new Finding(State.LIMITED, subject, sentence));
    }

    private void broken(String subject, String sentence) {
        findings.add(new Finding(State.BROKEN, subject, sentence));
    }

    private static String gigabytes(long bytes) {
        return "%.1f GB".formatted(bytes / 1e9);
    }
}
