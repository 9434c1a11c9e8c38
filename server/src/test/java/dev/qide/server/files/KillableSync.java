package dev.qide.server.files;

import dev.qide.server.ChildJvm;
import dev.qide.server.store.DatabaseAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/// A server that types into a document and keeps its file, in a process of its own, to be killed.
final class KillableSync {
    /// In place of the first number: only keeps the file.
    static final int NO_TYPING = -1;

    private KillableSync() {}

    /// Types a line at the document's beginning again and again until it is killed; tells each
    /// number when its line is committed.
    ///
    /// @param arguments URL, user and password of the database, the workspace, the document, the
    ///   first number
    public static void main(String[] arguments) throws Exception {
        var fixture =
                new FileSyncFixture(
                        new DatabaseAddress(arguments[0], arguments[1], arguments[2]),
                        Path.of(arguments[3]));
        var path = arguments[4];
        fixture.open(path);
        System.out.println("ready");
        if (Integer.parseInt(arguments[5]) == NO_TYPING) {
            Thread.sleep(Duration.ofDays(1));
        }
        for (int number = Integer.parseInt(arguments[5]); ; number++) {
            var line = "d" + number + "\n";
            fixture.documents.edit(fixture.workspace, path, text -> line + text);
            System.out.println(number);
            Thread.sleep(3);
        }
    }

    /// Starts one and waits until it types.
    static Process start(DatabaseAddress address, Path root, String path, int first)
            throws IOException {
        return ChildJvm.start(
                        KillableSync.class,
                        address.url(),
                        address.user(),
                        address.password(),
                        root.toString(),
                        path,
                        "" + first)
                .process();
    }
}
