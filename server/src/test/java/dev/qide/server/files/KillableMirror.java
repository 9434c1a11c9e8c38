package dev.qide.server.files;

import dev.qide.server.store.DatabaseAddress;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A server that types into a document and keeps its file, in a process of its own, to be killed.
final class KillableMirror {
    private KillableMirror() {}

    /// Types a line at the document's beginning again and again until it is killed; tells each
    /// number when its line is committed.
    ///
    /// @param arguments URL, user and password of the database, the workspace, the document, the
    ///   first number
    public static void main(String[] arguments) throws Exception {
        var lab =
                new MirrorLab(
                        new DatabaseAddress(arguments[0], arguments[1], arguments[2]),
                        Path.of(arguments[3]));
        var path = arguments[4];
        lab.open(path);
        System.out.println("ready");
        for (int number = Integer.parseInt(arguments[5]); ; number++) {
            var line = "d" + number + "\n";
            lab.documents.edit(lab.workspace, path, text -> line + text);
            System.out.println(number);
            Thread.sleep(3);
        }
    }

    /// Starts one and waits until it types.
    static Process start(DatabaseAddress address, Path root, String path, int first)
            throws IOException {
        var classes = System.getProperty("surefire.test.class.path");
        var process =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                classes == null ? System.getProperty("java.class.path") : classes,
                                KillableMirror.class.getName(),
                                address.url(),
                                address.user(),
                                address.password(),
                                root.toString(),
                                path,
                                "" + first)
                        .redirectError(Redirect.to(new File("/dev/null")))
                        .start();
        var lines = process.inputReader(StandardCharsets.UTF_8);
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("ready")) {
                return process;
            }
        }
        process.destroyForcibly();
        throw new IOException("the server did not come up");
    }
}
