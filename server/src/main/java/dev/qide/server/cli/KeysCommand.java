package dev.qide.server.cli;

import dev.qide.server.secrets.KeyRing;
import dev.qide.server.secrets.SealedSecrets;
import dev.qide.server.store.CommandDatabase;
import dev.qide.server.store.SealedSecretTable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `keys rotate`, `keys list`: work on the key ring and the database, whether a server runs or not.
@Command(
        name = "keys",
        description = "Rotates and lists the keys that encrypt stored secrets.",
        mixinStandardHelpOptions = true)
final class KeysCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        return QideCommand.usage(spec);
    }

    /// `keys rotate`.
    @Command(
            name = "rotate",
            description =
                    "Encrypts the stored secrets with a new key. Completes an interrupted rotation first.",
            mixinStandardHelpOptions = true)
    static final class Rotate extends DatabaseCommand {
        @Option(
                names = "--drop-old",
                description =
                        "Removes the keys that no stored secret uses any more. Older backups may still need them")
        private boolean dropsOld;

        Rotate(QideCommand.Context context) {
            super(context);
        }

        @Override
        int run(CommandDatabase database) throws IOException {
            var random = new SecureRandom();
            var secrets =
                    new SealedSecrets(
                            new SealedSecretTable(database.database()),
                            ring(directory(), environment()),
                            random);
            var done = secrets.rotate(dropsOld, err()::println);
            out().println(
                            "%s encrypts now; %d secrets encrypted again, %d keys dropped."
                                    .formatted(done.keyId(), done.rewrapped(), done.dropped()));
            return done.broken() == 0 ? QideCommand.DONE : QideCommand.REFUSED;
        }
    }

    /// `keys list`.
    @Command(
            name = "list",
            description = "Lists the ids of the keys, and shows which keys stored secrets use.",
            mixinStandardHelpOptions = true)
    static final class ListKeys extends DatabaseCommand {
        ListKeys(QideCommand.Context context) {
            super(context);
        }

        @Override
        int run(CommandDatabase database) throws IOException {
            var ring = ring(directory(), environment());
            var needed = new HashSet<>(new SealedSecretTable(database.database()).keyIds());
            for (var id : ring.ids()) {
                out().printf(
                                "%-32s  %-8s  %s%n",
                                id,
                                id.equals(ring.currentId()) ? "encrypts" : "decrypts",
                                needed.remove(id) ? "needed" : "not needed");
            }
            needed.forEach(id -> out().printf("%-32s  %-8s  %s%n", id, "missing", "needed"));
            return QideCommand.DONE;
        }
    }

    private static KeyRing ring(Path data, ServerConfig.Environment environment)
            throws IOException {
        return KeyRing.openOrCreate(keysFile(data, environment), new SecureRandom());
    }

    /// The file of the key ring.
    static Path keysFile(Path data, ServerConfig.Environment environment) {
        var file = environment.get("QIDE_KEYS_FILE");
        return file == null ? data.resolve("keys") : Path.of(file).toAbsolutePath();
    }
}
