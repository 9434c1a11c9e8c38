package dev.qide.server.transport;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/// A server in a separate process that uses up all its file descriptors on request. Prints its
/// port, then answers each line with one line.
final class DescriptorsProcess {
    private static final int MOST = 100_000;

    private DescriptorsProcess() {}

    public static void main(String[] arguments) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var taken = new ArrayList<FileInputStream>();
        loadClasses();
        // Includes the checks of log lines in tests.
        LoggerFactory.getLogger(DescriptorsProcess.class)
                .atInfo()
                .addKeyValue("event.action", "transport.test_started")
                .log("a process that will run out of descriptors");
        try (var server = TestHost.standard()) {
            System.out.println(server.port());
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(answer(line, server, taken));
            }
        }
        System.exit(0);
    }

    /// A server's classes come from a jar, which is open; here they are files, and loading each
    /// needs a descriptor.
    private static void loadClasses() throws IOException {
        for (var root : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            var folder = Path.of(root);
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try (var files = Files.walk(folder)) {
                files.map(file -> folder.relativize(file).toString())
                        .filter(name -> name.matches("dev/qide/(wire|server/[a-z/]+)/.*\\.class"))
                        .map(name -> name.replace(".class", "").replace('/', '.'))
                        .forEach(DescriptorsProcess::load);
            }
        }
    }

    private static void load(String name) {
        try {
            var _ = Class.forName(name, false, DescriptorsProcess.class.getClassLoader());
        } catch (ClassNotFoundException | NoClassDefFoundError _) {
            // The class belongs to another feature and is not needed.
        }
    }

    private static String answer(String line, TestHost server, List<FileInputStream> taken)
            throws IOException {
        return switch (line) {
            case "limit" -> Integer.toString(TransportLimits.Connections.defaults().total());
            case "failures" ->
                    Integer.toString((int) server.metric("qide_transport_accept_failures_total"));
            case "exhaust" -> exhaust(taken);
            default -> {
                for (var file : taken) {
                    file.close();
                }
                taken.clear();
                yield "free";
            }
        };
    }

    private static String exhaust(List<FileInputStream> taken) {
        try {
            while (taken.size() < MOST) {
                taken.add(new FileInputStream("/dev/null"));
            }
            return "too many";
        } catch (IOException exhausted) {
            return "exhausted";
        }
    }
}
