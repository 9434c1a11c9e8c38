package dev.qide.server;

import dev.qide.server.ai.Model;
import dev.qide.server.ai.ModelKeys;
import dev.qide.server.secrets.Envelope.Binding;
import dev.qide.server.secrets.Envelope.UnsealException;
import dev.qide.server.secrets.KeyRing;
import dev.qide.server.secrets.SealedSecrets;
import dev.qide.server.secrets.Secret;
import dev.qide.server.store.Database;
import dev.qide.server.store.SealedSecretTable;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keys of model providers in the store of encrypted secrets. The key ring is created with the
/// first key. Thread-safe; keeps the latest keys in memory, so that a call rarely waits for the
/// database: for each key once a second while there are other servers.
final class SealedModelKeys implements ModelKeys {
    private static final Logger LOG = LoggerFactory.getLogger(SealedModelKeys.class);
    private static final int CACHED_KEYS = 10_000;

    private final SealedSecretTable table;
    private final Path ringFile;
    private final Workspaces workspaces;
    private final SecureRandom random;
    private @Nullable SealedSecrets opened;

    /// Guarded by itself, like [#changes].
    private final Map<Binding, Cached> cache =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Binding, Cached> eldest) {
                    return size() > CACHED_KEYS;
                }
            };

    /// The number of changes so far, of one key here, or of any by another server.
    private long changes;

    /// @param changes their number before the key was read: after another one it is read again
    private record Cached(Model.Key key, long changes) {}

    SealedModelKeys(Database database, Path ringFile, Workspaces workspaces, SecureRandom random) {
        table = new SealedSecretTable(database);
        this.ringFile = ringFile;
        this.workspaces = workspaces;
        this.random = random;
    }

    @Override
    public Model.Key find(Owner owner, Model model) {
        var binding = binding(owner, model);
        Cached known;
        long before;
        synchronized (cache) {
            known = cache.get(binding);
            before = changes;
        }
        if (known != null && known.changes() == before) {
            return known.key();
        }
        try {
            var read = read(binding);
            synchronized (cache) {
                if (before == changes) {
                    cache.put(binding, new Cached(read, before));
                }
            }
            return read;
        } catch (FailureException failure) {
            if (known == null || failure.failure() != Failure.STORE_UNAVAILABLE) {
                throw failure;
            }
            // While the database is down, the key that was read last remains valid, and is asked
            // for once.
            synchronized (cache) {
                cache.put(binding, new Cached(known.key(), before));
            }
            return known.key();
        }
    }

    @Override
    public void put(Owner owner, Model model, Model.Key key) {
        var binding = binding(owner, model);
        secrets().put(binding, Secret.of(key.value()));
        changed(binding);
    }

    @Override
    public boolean delete(Owner owner, Model model) {
        var binding = binding(owner, model);
        boolean existed = table.delete(binding.owner(), binding.purpose());
        changed(binding);
        return existed;
    }

    @Override
    public void refresh() {
        synchronized (cache) {
            changes++;
        }
    }

    @Override
    public @Nullable Owner organisationOf(@Nullable String workspace) {
        var found = workspace == null ? null : workspaces.find(workspace);
        return found == null ? null : new Owner.Organisation(found.organisation().value());
    }

    private Model.Key read(Binding binding) {
        if (!Files.exists(ringFile)) {
            return Model.Key.NONE;
        }
        try {
            var secret = secrets().get(binding);
            return secret == null ? Model.Key.NONE : new Model.Key(secret.reveal());
        } catch (UnsealException broken) {
            LOG.atWarn()
                    .addKeyValue("event.action", "server.model_key_unusable")
                    .addKeyValue("reason", String.valueOf(broken.getMessage()))
                    .log("cannot decrypt a key of a model provider: it is not used");
            return Model.Key.NONE;
        }
    }

    private void changed(Binding binding) {
        synchronized (cache) {
            changes++;
            cache.remove(binding);
        }
    }

    private synchronized SealedSecrets secrets() {
        if (opened == null) {
            try {
                opened = new SealedSecrets(table, KeyRing.openOrCreate(ringFile, random), random);
            } catch (IOException unusable) {
                throw new java.io.UncheckedIOException("the key ring cannot be used", unusable);
            }
        }
        return opened;
    }

    private static Binding binding(Owner owner, Model model) {
        return new Binding(
                switch (owner) {
                    case Owner.Person(var id) -> "person:" + id;
                    case Owner.Organisation(var id) -> "organisation:" + id;
                    case Owner.Server() -> "server";
                },
                "model-key:" + model.name() + " " + model.url());
    }
}
