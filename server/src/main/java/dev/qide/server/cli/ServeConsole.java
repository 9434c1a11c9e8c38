package dev.qide.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// The messages of `serve` for a person at a terminal. Writes nothing if stderr is not a terminal,
/// since a supervisor reads the log there.
public final class ServeConsole {
    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    private ServeConsole() {}

    /// Whether stderr is a terminal.
    public static boolean isPresent() {
        return isTerminal(STDERR);
    }

    /// The sentences for a person when the server is ready.
    ///
    /// @param link with the owner's token, unless that is not to be shown
    public static List<String> ready(ServerConfig config, String link) {
        var sentences = new ArrayList<String>();
        if (isTerminal(STDOUT)) {
            sentences.add("Open this link in a browser" + signsIn(config) + ".");
        } else {
            sentences.add("Open " + link + " in a browser" + signsIn(config) + ".");
        }
        sentences.add(workspaces(config));
        sentences.add("Press Ctrl+C to stop; your data is in " + config.data() + ".");
        return List.copyOf(sentences);
    }

    private static String signsIn(ServerConfig config) {
        if (config.login().hasProviders()) {
            return "";
        }
        return config.showsToken()
                ? "; it signs you in as the owner"
                : "; the token is in " + config.data().resolve("token");
    }

    private static String workspaces(ServerConfig config) {
        var directories = config.workspaces();
        if (config.hasSample()) {
            return "The workspace \"sample\" is for trying things out; `./qide DIR` opens a"
                    + " directory of yours.";
        }
        if (directories.isEmpty()) {
            return "The workspaces are those that people create; their files are in the database.";
        }
        var named = new ArrayList<String>();
        new TreeMap<>(directories)
                .forEach((name, directory) -> named.add(name + " (" + directory + ")"));
        return (named.size() == 1 ? "Workspace: " : "Workspaces: ")
                + String.join(", ", named)
                + ".";
    }

    /// Java tells only of stdin and stdout together. Linux shows what a descriptor is; elsewhere
    /// the log is JSON at a terminal, too.
    private static boolean isTerminal(int descriptor) {
        try {
            var target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException _) {
            return false;
        }
    }
}
