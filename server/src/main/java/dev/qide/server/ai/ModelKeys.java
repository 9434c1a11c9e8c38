package dev.qide.server.ai;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Keys of providers that are stored encrypted, each for one model of one owner. Implemented by
/// `root`. Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public interface ModelKeys {
    /// Nobody has a key.
    ModelKeys NONE =
            new ModelKeys() {
                @Override
                public Model.Key find(Owner owner, Model model) {
                    return Model.Key.NONE;
                }

                @Override
                public void put(Owner owner, Model model, Model.Key key) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public boolean delete(Owner owner, Model model) {
                    return false;
                }

                @Override
                public void refresh() {}

                @Override
                public @Nullable Owner organisationOf(@Nullable String workspace) {
                    return null;
                }
            };

    /// The owner of a stored key.
    sealed interface Owner {
        /// Used for the person's own calls.
        record Person(UUID id) implements Owner {}

        /// Used for calls that belong to the organisation.
        record Organisation(UUID id) implements Owner {}

        /// Used for all calls: the key of a model that was added while the server ran.
        record Server() implements Owner {}
    }

    /// The owner's key for a model; [Model.Key#NONE] without one. A key is bound to the model's
    /// URL: when that changes, there is none.
    Model.Key find(Owner owner, Model model);

    /// Stores a key in place of an earlier one.
    void put(Owner owner, Model model, Model.Key key);

    /// Deletes a key; false when there is none.
    boolean delete(Owner owner, Model model);

    /// Makes the next use of each key read it again, since another server may have changed it. Does
    /// not block.
    void refresh();

    /// The organisation of a workspace; null for none.
    ///
    /// @param workspace its name; null for a call outside any workspace
    @Nullable Owner organisationOf(@Nullable String workspace);
}
