package dev.qide.server.secrets;

import dev.qide.server.secrets.Envelope.Binding;
import dev.qide.server.secrets.Envelope.UnsealException;
import dev.qide.server.store.SealedSecretTable;
import dev.qide.server.store.SealedSecretTable.Writers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Secrets that the server must be able to read again, such as keys of model providers. They are
/// encrypted in the database, each bound to its owner and purpose.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class SealedSecrets {
    private static final int BATCH_ROWS = 200;

    private final SealedSecretTable table;
    private final KeyRing ring;
    private final Envelope envelope;
    private final SecureRandom random;

    public SealedSecrets(SealedSecretTable table, KeyRing ring, SecureRandom random) {
        this.table = table;
        this.ring = ring;
        this.envelope = new Envelope(ring, random);
        this.random = random;
    }

    /// The result of a rotation.
    ///
    /// @param keyId the key that encrypts now
    /// @param rewrapped the number of secrets whose data key was re-encrypted
    /// @param broken the number of secrets that cannot be decrypted, which stay unchanged
    /// @param dropped the number of keys removed from the ring
    public record Rotation(String keyId, int rewrapped, int broken, int dropped) {}

    /// Stores a secret, replacing an earlier one.
    public void put(Binding binding, Secret secret) {
        var value = secret.reveal().getBytes(StandardCharsets.UTF_8);
        // Encrypts inside the transaction, so that a concurrent rotation either waits for it or
        // sees it.
        table.put(
                binding.owner(),
                binding.purpose(),
                () -> {
                    var sealed = envelope.seal(value, binding);
                    return new SealedSecretTable.Sealed(keyIdOf(sealed), sealed);
                });
    }

    /// The secret; null for none.
    ///
    /// @throws UnsealException when it was altered, or its key is missing
    public @Nullable Secret get(Binding binding) throws UnsealException {
        var sealed = table.find(binding.owner(), binding.purpose());
        return sealed == null
                ? null
                : Secret.of(new String(envelope.open(sealed, binding), StandardCharsets.UTF_8));
    }

    /// Deletes a secret; false when it does not exist.
    public boolean delete(Binding binding) {
        return table.delete(binding.owner(), binding.purpose());
    }

    /// Re-encrypts every data key under a new key of the ring, in small transactions, while servers
    /// run. An interrupted rotation is completed first, without a new key, and so is one that an
    /// operator began with a new first line in the ring.
    ///
    /// @param dropsOld whether to remove the keys that no row uses any more; older backups may need
    ///   them
    /// @param progress receives sentences, one of them for each secret that cannot be decrypted
    /// @throws IOException with a sentence when the ring cannot be written
    public Rotation rotate(boolean dropsOld, Consumer<String> progress) throws IOException {
        if (!table.hasOthers(ring.currentId())) {
            progress.accept("The new key is " + ring.add(random) + ".");
        }
        var first = rewrapAll(Writers.RUNNING, _ -> {});
        // From here on, no writer uses the earlier ring.
        var last = rewrapAll(Writers.EXCLUDED, progress);
        int dropped = 0;
        if (dropsOld) {
            Set<String> needed = new TreeSet<>(table.keyIds());
            needed.add(ring.currentId());
            dropped = ring.retain(needed);
        }
        return new Rotation(
                ring.currentId(), first.rewrapped() + last.rewrapped(), last.broken(), dropped);
    }

    private SealedSecretTable.Batch rewrapAll(Writers writers, Consumer<String> progress) {
        var sum = new SealedSecretTable.Batch(0, 0);
        SealedSecretTable.Batch batch;
        do {
            // Rows that cannot be decrypted keep their key, and stay the first of the remaining
            // ones.
            batch =
                    table.rewrap(
                            new SealedSecretTable.RotationBatch(
                                    ring.currentId(), sum.broken(), BATCH_ROWS),
                            writers,
                            row -> rewrapped(row, progress));
            sum = sum.plus(batch);
        } while (batch.rewrapped() + batch.broken() > 0);
        return sum;
    }

    private byte @Nullable [] rewrapped(SealedSecretTable.Row row, Consumer<String> progress) {
        try {
            return envelope.rewrap(row.sealed(), new Binding(row.owner(), row.purpose()));
        } catch (UnsealException broken) {
            progress.accept(
                    "The secret %s of %s was not changed. %s"
                            .formatted(row.purpose(), row.owner(), broken.getMessage()));
            return null;
        }
    }

    private static String keyIdOf(byte[] sealed) {
        try {
            return Envelope.keyId(sealed);
        } catch (UnsealException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
