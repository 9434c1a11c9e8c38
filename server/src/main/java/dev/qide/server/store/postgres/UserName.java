package dev.qide.server.store.postgres;

import dev.qide.server.store.StartRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Gives the user a name for `initdb`, which does not run for a user id without a line in
/// `/etc/passwd`. Containers run so with `--user 54321`, and always on OpenShift. The postmaster
/// needs no name.
///
/// The ways, the first that works: none is needed; `nss_wrapper`, a preloaded library that reads
/// another passwd file; a user namespace, in which the user is `nobody`; bubblewrap, which puts
/// another file in the place of `/etc/passwd`. Each is tried by running `id -un`.
public final class UserName {
    private static final List<String> PROBE = List.of("id", "-un");
    private static final int NOBODY = 65_534;

    private UserName() {}

    /// The command that runs `initdb`.
    ///
    /// @param command how PostgreSQL's programs are started else
    /// @param passwd where a passwd file may be written
    /// @throws StartRefusedException when the user has no name and no way gives it one
    public static PostgresCommand named(PostgresCommand command, Path passwd) throws IOException {
        int uid = uid();
        Files.writeString(passwd, line("qide", uid) + line("nobody", NOBODY));
        for (var way : ways(passwd)) {
            var prefix = new ArrayList<>(command.prefix());
            prefix.addAll(way);
            if (PostgresCommand.runs(prefix, PROBE)) {
                return new PostgresCommand(prefix);
            }
        }
        throw new StartRefusedException(
                "PostgreSQL cannot be set up: the user id "
                        + uid
                        + " has no name on this machine. Install libnss-wrapper, or add the line"
                        + " \"qide:x:%d:%d::/:/bin/sh\" to /etc/passwd, or name a PostgreSQL of your"
                                .formatted(uid, uid)
                        + " own in QIDE_DATABASE_URL.");
    }

    private static List<List<String>> ways(Path passwd) {
        return List.of(
                List.of(),
                List.of(
                        "env",
                        "LD_PRELOAD=libnss_wrapper.so",
                        "NSS_WRAPPER_PASSWD=" + passwd,
                        "NSS_WRAPPER_GROUP=/etc/group"),
                List.of("unshare", "-U"),
                List.of(
                        "bwrap",
                        "--dev-bind",
                        "/",
                        "/",
                        "--ro-bind",
                        passwd.toString(),
                        "/etc/passwd"));
    }

    private static String line(String name, int uid) {
        return "%s:x:%d:%d::/:/bin/sh%n".formatted(name, uid, uid);
    }

    private static int uid() throws IOException {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (NoSuchFileException | UnsupportedOperationException _) {
            return NOBODY;
        }
    }
}
