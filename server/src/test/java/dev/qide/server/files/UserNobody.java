package dev.qide.server.files;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/// A user without root's right to read and write everything.
final class UserNobody {
    private static final int ID = 65_534;

    private UserNobody() {}

    interface Work {
        void run() throws Exception;
    }

    /// Gives everything below a folder to this user, and does the work on the calling thread with
    /// the user's rights. Whoever is not root has no more rights than that, and keeps the folder.
    static void run(Path folder, Work work) throws Exception {
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            work.run();
            return;
        }
        try (var all = Files.walk(folder)) {
            for (var path : all.toList()) {
                Files.setAttribute(path, "unix:uid", ID);
            }
        }
        become(ID);
        try {
            work.run();
        } finally {
            become(0);
        }
    }

    @SuppressWarnings("restricted") // Linux has users per thread, and Java has no call for it.
    private static void become(int id) throws Exception {
        var linker = Linker.nativeLinker();
        var function = linker.defaultLookup().find("setfsuid");
        assumeThat(function).isPresent();
        var call =
                linker.downcallHandle(
                        function.orElseThrow(),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            var _ = (int) call.invokeExact(id);
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }
}
