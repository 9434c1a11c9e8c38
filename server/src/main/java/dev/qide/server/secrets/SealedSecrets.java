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

/// Secrets that must be stored readable, such as keys of model providers: encrypted in the
/// database, each bound to its owner and purpose.
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

    /// What a rotation did.
    ///
    /// @param keyId the key that encrypts now
    /// @param rewrapped secrets whose data key was encrypted again
    /// @param broken secrets that cannot be opened, and were left as they are
    /// @param dropped keys that were removed from the ring
    public record Rotation(String keyId, int rewrapped, int broken, int dropped) {}

    /// Stores a secret, in place of an earlier one.
    public void put(Binding binding, Secret secret) {
        var value = secret.reveal().getBytes(StandardCharsets.UTF_8);
        // Sealed inside the transaction: a rotation that ends waits for it, and one that begins is
        // seen by it.
        table.put(
                binding.owner(),
                binding.purpose(),
                () -> {
                    var sealed = envelope.seal(value, binding);
                    return new SealedSecretTable.Sealed(keyIdOf(sealed), sealed);
                });
    }

    /// The secret; null when there is none.
    ///
    /// @throws UnsealException when it was altered, or its key is missing
    public @Nullable Secret get(Binding binding) throws UnsealException {
        var sealed = table.find(binding.owner(), binding.purpose());
        return sealed == null
                ? null
                : Secret.of(new String(envelope.open(sealed, binding), StandardCharsets.UTF_8));
    }

    /// Deletes a secret; false when there is none.
    public boolean delete(Binding binding) {
        return table.delete(binding.owner(), binding.purpose());
    }

    /// Encrypts every data key under a new key of the ring, in small transactions, while servers
    /// run. A rotation that was interrupted is finished first, without a further key; so is one
    /// that began with an operator's new first line in the ring.
    ///
    /// @param dropsOld whether to remove the keys that no row needs any more. A backup from before
    ///   needs them
    /// @param progress receives sentences, also one for each secret that cannot be opened
    /// @throws IOException with a sentence when the ring cannot be written
    public Rotation rotate(boolean dropsOld, Consumer<String> progress) throws IOException {
        if (!table.hasOthers(ring.currentId())) {
            progress.accept("The new key is " + ring.add(random) + ".");
        }
        var first = rewrapAll(Writers.RUNNING, _ -> {});
        // From here on no writer is left that read the ring before.
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
            // Rows that cannot be opened keep their key, and remain the first of those left.
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
