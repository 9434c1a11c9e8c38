package dev.qide.server.cli;

import dev.qide.server.secrets.KeyRing;
import dev.qide.server.secrets.SealedSecrets;
import dev.qide.server.store.SealedSecretTable;
import dev.qide.server.telemetry.Logging;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    static final class Rotate implements Callable<Integer> {
        private final QideCommand.Context context;

        @Option(
                names = "--drop-old",
                description =
                        "Removes the keys that no stored secret uses any more. Older backups may still need them")
        private boolean dropsOld;

        @Mixin private final DataOption data = new DataOption();

        Rotate(QideCommand.Context context) {
            this.context = context;
        }

        @Override
        public Integer call() throws InterruptedException {
            Logging.startForCommand();
            try (var database = DatabaseTarget.of(data, context.environment()).openExisting()) {
                var random = new SecureRandom();
                var secrets =
                        new SealedSecrets(
                                new SealedSecretTable(database.database()),
                                ring(data, context.environment()),
                                random);
                var done = secrets.rotate(dropsOld, context.err()::println);
                context.out()
                        .println(
                                "%s encrypts now; %d secrets encrypted again, %d keys dropped."
                                        .formatted(done.keyId(), done.rewrapped(), done.dropped()));
                return done.broken() == 0 ? QideCommand.DONE : QideCommand.REFUSED;
            } catch (IOException refused) {
                throw new IllegalArgumentException(refused.getMessage(), refused);
            }
        }
    }

    /// `keys list`.
    @Command(
            name = "list",
            description = "Lists the ids of the keys and which of them stored secrets use.",
            mixinStandardHelpOptions = true)
    static final class ListKeys implements Callable<Integer> {
        private final QideCommand.Context context;

        @Mixin private final DataOption data = new DataOption();

        ListKeys(QideCommand.Context context) {
            this.context = context;
        }

        @Override
        public Integer call() throws InterruptedException {
            Logging.startForCommand();
            try (var database = DatabaseTarget.of(data, context.environment()).openExisting()) {
                var ring = ring(data, context.environment());
                var needed = new HashSet<>(new SealedSecretTable(database.database()).keyIds());
                for (var id : ring.ids()) {
                    context.out()
                            .printf(
                                    "%-32s  %-8s  %s%n",
                                    id,
                                    id.equals(ring.currentId()) ? "encrypts" : "decrypts",
                                    needed.remove(id) ? "needed" : "not needed");
                }
                needed.forEach(
                        id -> context.out().printf("%-32s  %-8s  %s%n", id, "missing", "needed"));
            } catch (IOException refused) {
                throw new IllegalArgumentException(refused.getMessage(), refused);
            }
            return QideCommand.DONE;
        }
    }

    private static KeyRing ring(DataOption data, ServerConfig.Environment environment)
            throws IOException {
        return KeyRing.openOrCreate(
                keysFile(data.directory(environment), environment), new SecureRandom());
    }

    /// The file of the key ring.
    static Path keysFile(Path data, ServerConfig.Environment environment) {
        var file = environment.get("QIDE_KEYS_FILE");
        return file == null ? data.resolve("keys") : Path.of(file).toAbsolutePath();
    }
}
