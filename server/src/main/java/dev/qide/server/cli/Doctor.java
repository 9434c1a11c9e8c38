package dev.qide.server.cli;

import dev.qide.server.ai.Model;
import dev.qide.server.ai.ModelsFile;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.MachineTools;
import dev.qide.server.language.SandboxVerdict;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.DatabaseCheck;
import dev.qide.server.store.StartRefusedException;
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

/// Looks at what a server needs on this machine: what was found, what is missing, what works
/// without it and what to do. Starts and changes nothing.
final class Doctor {
    private static final long LITTLE_BYTES = 1L << 30;
    private static final long TOO_LITTLE_BYTES = 100L << 20;
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

    /// How well something is.
    enum State {
        OK("ok"),
        LIMITED("limited"),
        BROKEN("BROKEN");

        private final String word;

        State(String word) {
            this.word = word;
        }
    }

    /// One thing that was looked at.
    ///
    /// @param sentence what was found; for what is not well also what that means and what to do
    record Finding(State state, String what, String sentence) {
        @Override
        public String toString() {
            return "%-8s %-17s %s".formatted(state.word, what, sentence);
        }
    }

    private Doctor(ServerConfig config, Map<String, String> variables) {
        this.config = config;
        this.variables = variables;
    }

    /// Looks at everything; takes a second or two, at most a minute.
    static List<Finding> examine(ServerConfig config, Map<String, String> variables)
            throws InterruptedException {
        var doctor = new Doctor(config, variables);
        doctor.java();
        doctor.unknownSettings();
        doctor.data();
        boolean isRunning = doctor.database();
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
                            + " is no setting of this version, and is passed over: is it misspelt?");
        }
    }

    private void data() {
        var data = config.data();
        var there = data;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            broken(
                    "data directory",
                    data
                            + " cannot be written: give it to this user, or name another with --data.");
            return;
        }
        try {
            long free = Files.getFileStore(there).getUsableSpace();
            var sentence = data + ", " + gigabytes(free) + " free";
            if (free < TOO_LITTLE_BYTES) {
                broken("data directory", sentence + ": the database needs more room.");
            } else if (free < LITTLE_BYTES) {
                limited("data directory", sentence + ": edits stop when it is full. Make room.");
            } else {
                ok("data directory", sentence);
            }
        } catch (IOException failure) {
            limited("data directory", data + ": its free space cannot be told: " + failure);
        }
    }

    /// @return whether a server is running on this data directory
    private boolean database() {
        var url = config.databaseUrl();
        if (url != null) {
            external(url.value());
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
                        "A server runs here, but its PostgreSQL does not answer: " + why);
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
                                "It does not answer: %s Is it running, and is QIDE_DATABASE_URL right?"
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
                        name + " is in use by another program: give `serve` another with --port.");
            }
        }
    }

    private void certificate() {
        var tls = config.tls();
        if (tls == null) {
            ok("TLS", "off. QIDE_TLS_CERT and QIDE_TLS_KEY turn it on");
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
                        "At most %d: connections are refused early. Raise it with `ulimit -n %d`."
                                .formatted(files, OPEN_FILES_OF_A_SERVER));
            } else {
                ok("open files", "at most " + files);
            }
        } catch (IOException _) {
            // Not Linux: there is nothing to read, and nothing is claimed.
        }
    }

    private void languages() throws InterruptedException {
        var path = variables.getOrDefault("PATH", "/usr/bin:/bin");
        var machine = MachineTools.look(config.tools(), path, declarations(path));
        var node = machine.node();
        if (node == null) {
            limited(
                    "Node",
                    "It is missing."
                            + WITHOUT_LANGUAGES
                            + " Install Node 20.19 or newer (Debian: apt install nodejs npm).");
            limited("sandbox", "It cannot be tried without Node: whether it holds is not known.");
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
            case SandboxVerdict.Holds() -> ok("sandbox", "it holds");
            case SandboxVerdict.Fails(var sentence) ->
                    limited(
                            "sandbox",
                            sentence + " Until then only servers that run no project code start.");
            case null -> {
                // It is probed with Node.
            }
        }
    }

    private Declarations declarations(String path) {
        try {
            return config.declarations(path);
        } catch (IllegalArgumentException wrong) {
            broken("language servers", String.valueOf(wrong.getMessage()));
            return Declarations.builtIn().present(path);
        }
    }

    private void servers(MachineTools machine) {
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
                    "Not installed: %s. npm, which installs them, is missing (Debian: apt install npm)."
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
            ok("models", "none: no ghost text. QIDE_MODELS_FILE names a file of them");
            return;
        }
        try {
            var models = ModelsFile.read(file);
            var names = models.stream().map(Model::name).toList();
            ok("models", (names.isEmpty() ? "none" : String.join(", ", names)) + " in " + file);
        } catch (StartRefusedException | UncheckedIOException | IllegalArgumentException wrong) {
            broken("models", String.valueOf(wrong.getMessage()));
        }
    }

    private void ok(String what, String sentence) {
        findings.add(new Finding(State.OK, what, sentence));
    }

    private void limited(String what, String sentence) {
        findings.add(new Finding(State.LIMITED, what, sentence));
    }

    private void broken(String what, String sentence) {
        findings.add(new Finding(State.BROKEN, what, sentence));
    }

    private static String gigabytes(long bytes) {
        return "%.1f GB".formatted(bytes / 1e9);
    }
}
